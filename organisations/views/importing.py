"""Members from a spreadsheet: choose a file, see what it would do, then do it; and the list of members to download."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import tablib
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from import_export.formats.base_formats import CSV, XLSX
from import_export.tmp_storages import CacheStorage

from lerend import spreadsheets
from lerend.crypto import decrypt, encrypt
from organisations import queries, resources
from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.forms import ImportForm
from organisations.models import Action
from organisations.queries import Reach
from organisations.resources import MemberResource
from organisations.views.loading import SignedIn, limited_to, signed_in
from organisations.views.people import reach_of

SHOWN = 50  # wrong rows on a page
FORMATS = {"csv": (CSV.CONTENT_TYPE, spreadsheets.as_csv), "xlsx": (XLSX.CONTENT_TYPE, spreadsheets.as_xlsx)}
EXPIRED = "Dit voorbeeld is verlopen. Kies het bestand opnieuw."


class Upload(CacheStorage):
    """What was read from a file, closed, until it is imported; for an hour."""

    CACHE_LIFETIME = 3600


def _keep(request: SignedIn, reach: Reach, table: tablib.Dataset) -> None:
    """Keep of ``table`` what an import uses, in the place of what this visitor uploaded before."""
    if former := request.session.get(_key(reach)):
        Upload(name=former).remove()
    used = [table.headers.index(name) for name in (*resources.COLUMNS, spreadsheets.NUMBER)]
    storage = Upload()
    storage.save(encrypt(json.dumps([[row[at] for at in used] for row in (table.headers, *table)])))
    request.session[_key(reach)] = storage.name


def _kept(request: SignedIn, reach: Reach) -> tablib.Dataset | None:
    name = request.session.get(_key(reach))
    try:
        content = Upload(name=name).read() if name else None
        headers, *rows = json.loads(decrypt(content)) if content else [None]
    except InvalidToken:
        return None
    return tablib.Dataset(*rows, headers=headers) if headers else None


def _key(reach: Reach) -> str:
    return f"member_import:{reach.organisation.id}"


@signed_in
@require_http_methods(["GET", "POST"])
def member_import(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Choose a file; by POST see what it would do. Nothing is written."""
    reach = reach_of(request, organisation_id)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and (limited := limited_to(request, "member_import")):
        return limited
    if request.method == "POST" and form.is_valid():
        table = form.cleaned_data["file"]
        resource = MemberResource(reach)
        if problem := resources.rehearse(resource, table):
            form.add_error("file", problem)
        else:
            _keep(request, reach, table)
            return _preview(request, resource)
    return render(
        request, "organisations/member_import.html", {"organisation": reach.organisation, "reach": reach, "form": form}
    )


def _preview(request: SignedIn, resource: MemberResource) -> HttpResponse:
    context: dict[str, Any] = {
        "organisation": resource.reach.organisation,
        "reach": resource.reach,
        "new": len(resource.invitees),
        "first": resource.invitees[:5],
        "known": len(resource.known),
        "expired": resource.expired,
        "wrong": resource.wrong[:SHOWN],
        "wrong_count": len(resource.wrong),
        "more": len(resource.wrong[SHOWN:]),
        "batch": uuid4(),
    }
    return render(request, "organisations/member_import_preview.html", context)


@signed_in
@require_POST
def member_import_run(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Import what was previewed: all of it, or with ``overslaan`` what is right; the same form twice is one import."""
    reach = reach_of(request, organisation_id)
    table = _kept(request, reach)
    try:
        batch = UUID(request.POST.get("batch", ""))
    except ValueError:
        raise Http404 from None
    if queries.progress_of(reach, batch):
        return redirect("member_import_progress", organisation_id, batch)
    if table is None:
        messages.error(request, EXPIRED)
        return redirect("member_import", organisation_id)
    resource = MemberResource(reach, batch=batch, skip_wrong="overslaan" in request.POST)
    try:
        problem = resources.run(resource, table)
    except Refused as refused:
        problem = refused.message
    if problem:
        messages.error(request, problem)
        return redirect("member_import", organisation_id)
    if not resource.made:
        return _preview(request, resource)
    Upload(name=request.session.pop(_key(reach))).remove()
    return redirect("member_import_progress", organisation_id, batch)


@signed_in
@require_safe
def member_import_progress(request: SignedIn, organisation_id: UUID, batch: UUID) -> HttpResponse:
    """How far the mails of an import are."""
    reach = reach_of(request, organisation_id)
    progress = queries.progress_of(reach, batch)
    if progress is None:
        raise Http404
    context = {"organisation": reach.organisation, "reach": reach, "progress": progress}
    return render(request, "organisations/member_import_progress.html", context)


@signed_in
@require_safe
def member_import_template(request: SignedIn, organisation_id: UUID, form: str) -> HttpResponse:
    """The empty list to fill in."""
    reach_of(request, organisation_id)
    return _file(resources.template(), form, "sjabloon-mensen")


@signed_in
@require_POST
def member_export(request: SignedIn, organisation_id: UUID, form: str) -> HttpResponse:
    """The list of the members that the visitor manages; that it was fetched is written down."""
    reach = reach_of(request, organisation_id)
    response = _file(resources.member_list(reach), form, "mensen")
    audit.note(reach.organisation, Action.EXPORTED, by=request.user)
    return response


def _file(table: tablib.Dataset, form: str, name: str) -> HttpResponse:
    if form not in FORMATS:
        raise Http404
    content_type, written = FORMATS[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return HttpResponse(written(table), content_type=content_type, headers=headers)
