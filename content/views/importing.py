"""Import and export in the admin, at the edition: choose a file, see what it would change, then change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import tablib
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from import_export.formats.base_formats import CSV, XLSX
from import_export.tmp_storages import CacheStorage

from content import resources
from content.differences import merged
from content.forms.importing import ContentImportForm
from content.models import Edition, EditionState
from content.resources import Plan, WrongFileError
from lerend import spreadsheets
from lerend.crypto import decrypt, encrypt

GONE = "Dit voorbeeld is er niet meer: het is al ingelezen, vervangen door een ander bestand, of ouder dan een uur."
CHANGED = "Iemand wijzigde intussen iets waar dit bestand over gaat. Er is niets ingelezen. Kijk het opnieuw na."
MOST_KEPT = 20  # rows that are named because they are not in the file


class Upload(CacheStorage):
    """What was read from a file, closed, until it is imported; for an hour."""

    CACHE_LIFETIME = 3600


@dataclass(frozen=True)
class Pages:
    """The pages of one admin of editions."""

    admin: ModelAdmin[Edition]

    def urls(self) -> list[URLPattern]:
        """Return the addresses, to stand before the admin's own."""
        pages = (("import", self.choose), ("import/run", self.run), ("export", self.export))
        return [
            path(f"<path:object_id>/{end}/", self._at(page), name=f"content_edition_{end.replace('/', '_')}")
            for end, page in pages
        ]

    def _at(self, page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(page)
        def wrapped(request: HttpRequest, object_id: str) -> HttpResponse:
            allowed = resources.may_export if page == self.export else resources.may_import
            if not allowed(request.user):  # type: ignore[arg-type]  # admin_view lets in none but staff
                raise PermissionDenied
            try:
                edition = get_object_or_404(Edition, pk=object_id)
            except ValidationError:
                raise Http404 from None
            return page(request, edition)

        return self.admin.admin_site.admin_view(wrapped)

    def choose(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        """Choose a file; by POST see what it would change. Nothing is written."""
        return require_http_methods(["GET", "POST"])(self._choose)(request, edition)

    def _choose(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        if edition.state == EditionState.ARCHIVED:
            messages.error(request, resources.ARCHIVED)
            return redirect("admin:content_edition_change", edition.pk)
        form = ContentImportForm(
            request.POST or None, request.FILES or None, titles=[kind.title for kind in resources.SHEETS]
        )
        if request.method == "POST" and form.is_valid():
            tables = form.cleaned_data["file"]
            try:
                plan = Plan(edition, tables)
            except WrongFileError as wrong:
                form.add_error("file", str(wrong))
            else:
                return self._preview(request, plan, _keep(request, edition, tables, plan))
        return self._page(request, edition, "import", "Import uit Excel", form=form)

    def run(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        """Import what was previewed; the same form twice is one import."""
        return require_POST(self._run)(request, edition)

    def _run(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        name = request.session.get(_key(edition))
        kept = _kept(request, edition) if name and name == request.POST.get("upload") else None
        if kept is None:
            messages.warning(request, GONE)
            return redirect("admin:content_edition_import", edition.pk)
        tables, fingerprint = kept
        try:
            plan, written = resources.import_into(edition.pk, tables, fingerprint, by=request.user)  # type: ignore[arg-type]
        except WrongFileError as wrong:
            messages.error(request, str(wrong))
            return redirect("admin:content_edition_import", edition.pk)
        if not written:
            messages.error(request, CHANGED)
            return self._preview(request, plan, _keep(request, edition, tables, plan))
        Upload(name=request.session.pop(_key(edition))).remove()
        count = len(plan.to_write)
        said = "Er is 1 rij ingelezen" if count == 1 else f"Er zijn {count} rijen ingelezen"
        messages.success(request, f"{said} in {edition}. Bij elke rij staat in de geschiedenis: {resources.REASON}.")
        return redirect("admin:content_edition_change", edition.pk)

    def _preview(self, request: HttpRequest, plan: Plan, upload: str) -> HttpResponse:
        sheets = [_shown(sheet) for sheet in plan.read]
        return self._page(
            request,
            plan.edition,
            "preview",
            "Klopt dit?",
            sheets=sheets,
            wrong=sum(len(sheet["wrong"]) for sheet in sheets),
            count=len(plan.to_write),
            upload=upload,
        )

    def export(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        """The page to choose from; with ``soort`` and ``vorm`` the file itself."""
        return require_safe(self._export)(request, edition)

    def _export(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        titles = {slugify(kind.title): kind.title for kind in resources.SHEETS}
        kind, form = request.GET.get("soort", ""), request.GET.get("vorm")
        if form is None:
            return self._page(request, edition, "export", "Export naar Excel", titles=titles)
        if form not in {"csv", "xlsx"} or (kind and kind not in titles) or (form == "csv" and not kind):
            raise Http404
        tables = resources.tables_of(edition, [titles[kind]] if kind else [])
        try:
            content = spreadsheets.as_csv(tables[0]) if form == "csv" else spreadsheets.as_book(tables)
        except spreadsheets.UnreadableError as error:
            messages.error(request, str(error))
            return redirect("admin:content_edition_export", edition.pk)
        name = "-".join(filter(None, (slugify(edition.name) or "uitgave", kind)))
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "private, no-store"}
        return HttpResponse(content, content_type=(CSV if form == "csv" else XLSX).CONTENT_TYPE, headers=headers)

    def _page(self, request: HttpRequest, edition: Edition, page: str, title: str, **more: Any) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(request),
            "title": title,
            "edition": edition,
            "opts": Edition._meta,
            **more,
        }
        return render(request, f"content/admin/{page}.html", context)


def _key(edition: Edition) -> str:
    return f"content_import:{edition.pk}"


def _keep(request: HttpRequest, edition: Edition, tables: list[tablib.Dataset], plan: Plan) -> str:
    """Keep ``tables`` with what the preview showed, in the place of what this editor uploaded before; return its name.

    It is bound to the session, and to the person: the name alone opens nothing.
    """
    if former := request.session.get(_key(edition)):
        Upload(name=former).remove()
    sheets = [[table.title, table.headers, *(list(row) for row in table)] for table in tables]
    storage = Upload()
    storage.save(encrypt(json.dumps([str(request.user.pk), plan.fingerprint, sheets])))
    request.session[_key(edition)] = storage.name
    return str(storage.name)


def _kept(request: HttpRequest, edition: Edition) -> tuple[list[tablib.Dataset], str] | None:
    content = Upload(name=request.session[_key(edition)]).read()
    try:
        whose, fingerprint, sheets = json.loads(decrypt(content)) if content else ("", "", [])
    except InvalidToken:
        return None
    if whose != str(request.user.pk):
        return None
    return [tablib.Dataset(*rows, headers=headers, title=title) for title, headers, *rows in sheets], fingerprint


def _shown(sheet: Any) -> dict[str, Any]:
    lines = {line.instance.pk for line in sheet.lines}
    kept = [str(row) for row in sheet.rows if row.pk not in lines]
    wrong = [line for line in sheet.lines if line.problems]
    good = [line for line in sheet.lines if not line.problems]
    return {
        "title": sheet.title,
        "wrong": wrong,
        "new": [(line, _differences(line)) for line in good if line.new],
        "changed": [(line, _differences(line)) for line in good if line.changes and not line.new],
        "same": sum(not line.new and not line.changes for line in good),
        "kept": kept[:MOST_KEPT],
        "more_kept": len(kept[MOST_KEPT:]),
        "stays": sheet.stays,
    }


def _differences(line: Any) -> list[tuple[str, SafeString]]:
    return [(change.column, merged(change.old, change.new)) for change in line.changes if change.old or change.new]
