"""Editions in the admin: copied, previewed, compared, published now or later, put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from content import comparison, domain, models
from content.admin.base import ContentAdmin
from content.forms.editions import CopyForm, PlanForm
from content.models import Edition, EditionState
from content.views import importing
from content.views.showing import PREVIEW
from lerend.moments import moment
from organisations.domain.errors import Refused
from organisations.models import User


@admin.register(models.Edition)
class EditionAdmin(ContentAdmin):
    """Editions; only the domain moves one on show, so that there is never more than one."""

    change_list_template = "content/admin/edition_list.html"
    change_form_template = "content/admin/edition_form.html"
    list_display = ("name", "phase", "dated", "state", "published_at", "planned", "own_wording", "next_steps")
    list_filter = ("state",)
    search_fields = ("name", "title", "intro", "afterword")
    readonly_fields = ("state", "published_at", "planned")
    fieldsets = (
        (None, {"fields": ("name", "phase", "dated", "own_wording", "state", "published_at", "planned")}),
        ("Het traject", {"fields": ("title", "subtitle", "intro", "basis_title", "basis_url")}),
        ("Hoe het ontstond", {"fields": ("period", "activities", "organisations", "authors", "signed")}),
        ("Vooruitblik", {"fields": ("outlook", "afterword", "sharing_day")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages about an edition as a whole."""
        pages: dict[str, Callable[..., HttpResponse]] = {
            "copy": self.copy_view,
            "preview": self.preview_view,
            "compare": self.compare_view,
            "publish": self.publish_view,
            "plan": self.plan_view,
            "unplan": self.unplan_view,
        }
        wrap = self.admin_site.admin_view
        urls = [path(f"<uuid:pk>/{name}/", wrap(view), name=f"content_edition_{name}") for name, view in pages.items()]
        urls.append(path("roll-back/", wrap(self.roll_back_view), name="content_edition_roll_back"))
        return [*importing.Pages(self).urls(), *urls, *super().get_urls()]

    @admin.display(description="gepland voor", ordering="planned_for", empty_value="-")
    def planned(self, edition: Edition) -> str | None:
        """Return the planned moment in words."""
        return moment(edition.planned_for) if edition.planned_for else None

    @admin.display(description="wat kun je doen?")
    def next_steps(self, edition: Edition) -> str:
        """Return links to the pages about this edition."""
        if edition.state == EditionState.PUBLISHED:
            return format_html('<a href="{}">Kopieer naar een concept</a>', _page("copy", edition))
        return format_html(
            '<a href="{}">Vergelijk</a> · <a href="{}">Publiceer</a>',
            _page("compare", edition),
            _page("publish", edition),
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, with which edition can be put back."""
        before = domain.shown_before(list(Edition.objects.filter(state=EditionState.ARCHIVED)))
        return super().changelist_view(request, {"before": before, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Edition, form: ModelForm[Edition], change: bool) -> None:
        """Leave where the edition stands to publishing: an earlier version brings back texts, not its old state."""
        now = Edition.objects.select_for_update().filter(pk=obj.pk).first() or Edition()
        obj.state, obj.published_at = now.state, now.published_at
        obj.planned_for, obj.planned_by, obj.note = now.planned_for, now.planned_by, now.note
        super().save_model(request, obj, form, change)

    def get_deleted_objects(
        self, objs: QuerySet[Edition], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Return what goes along with a draft; an edition that is or was on show stays, and the page says so."""
        kept = [edition for edition in objs if edition.state != EditionState.DRAFT]
        if kept:
            names = ", ".join(edition.name for edition in kept)
            return [], {}, set(), [f"{names}: staat of stond op de site. Alleen een concept kun je weggooien."]
        found = [f"{edition}, met alle teksten die erin staan" for edition in objs]
        return found, {str(Edition._meta.verbose_name_plural): len(found)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Edition) -> None:
        """Throw a draft away with all that is in it."""
        domain.discard_edition(obj.pk, by=cast(User, request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> None:
        """Throw drafts away with all that is in them."""
        for edition in queryset:
            domain.discard_edition(edition.pk, by=cast(User, request.user))

    def copy_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Ask for a name, and make the draft."""
        edition = self._edition(request, pk)
        form = CopyForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                made = domain.copy_edition(edition.pk, form.cleaned_data["name"], by=cast(User, request.user))
            except Refused as refused:
                form.add_error("name", refused.message)
            else:
                done = f"{made} is gemaakt, met alle teksten van {edition}. Niemand ziet het nog."
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:content_edition_change", args=[made.pk]))
        return self._show(request, edition, "copy", f"Kopieer {edition} naar een concept", form=form)

    def preview_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Let this editor see the site in this edition."""
        edition = self._edition(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:content_edition_change", args=[pk]))
        request.session[PREVIEW] = str(edition.pk)
        return HttpResponseRedirect(reverse("home"))

    def compare_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Show what this edition changes in what is on the site now."""
        edition = self._edition(request, pk)
        return self._show(
            request, edition, "compare", f"{edition} naast wat nu op de site staat", **_against_the_site(edition)
        )

    def publish_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Show what would change, then put the edition on show."""
        edition = self._edition(request, pk)
        if request.method == "POST":
            try:
                shown = domain.publish_edition(edition.pk, by=cast(User, request.user))
            except Refused as refused:
                self.message_user(request, refused.message, messages.ERROR)
                return HttpResponseRedirect(_page("publish", edition))
            self.message_user(request, f"{shown} staat nu op de site. Wat er stond, is gearchiveerd.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:content_edition_changelist"))
        return self._publish_page(request, edition, PlanForm(initial={"at": edition.planned_for}))

    def plan_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Let the edition come on show at a moment."""
        edition = self._edition(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(_page("publish", edition))
        form = PlanForm(request.POST)
        if form.is_valid():
            try:
                domain.plan_publication(edition.pk, form.cleaned_data["at"], by=cast(User, request.user))
            except Refused as refused:
                form.add_error("at", refused.message)
            else:
                when = moment(form.cleaned_data["at"])
                self.message_user(request, f"{edition} komt op de site op {when}.", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:content_edition_changelist"))
        return self._publish_page(request, edition, form)

    def unplan_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Take a planned publication back."""
        edition = self._edition(request, pk)
        if request.method == "POST":
            domain.unplan(edition.pk, by=cast(User, request.user))
            self.message_user(request, f"{edition} is niet meer gepland.", messages.SUCCESS)
        return HttpResponseRedirect(_page("publish", edition))

    def roll_back_view(self, request: HttpRequest) -> HttpResponse:
        """Put back what was on show before, in one click."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            try:
                shown = domain.roll_back(by=cast(User, request.user))
            except Refused as refused:
                self.message_user(request, refused.message, messages.ERROR)
            else:
                self.message_user(request, f"{shown} staat weer op de site.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:content_edition_changelist"))

    def _edition(self, request: HttpRequest, pk: Any) -> Edition:
        edition = get_object_or_404(Edition, pk=pk)
        if not self.has_change_permission(request, edition):
            raise PermissionDenied
        return edition

    def _publish_page(self, request: HttpRequest, edition: Edition, form: PlanForm) -> HttpResponse:
        more = {"form": form, "missing": domain.missing(edition), **_against_the_site(edition)}
        return self._show(request, edition, "publish", f"Publiceer {edition}", **more)

    def _show(self, request: HttpRequest, edition: Edition, name: str, title: str, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "edition": edition,
            "opts": self.opts,
            "media": self.media + forms.Media(css={"all": ("admin/css/forms.css",)}),
            **more,
        }
        return TemplateResponse(request, f"content/admin/edition_{name}.html", context)


def _page(name: str, edition: Edition) -> str:
    return reverse(f"admin:content_edition_{name}", args=[edition.pk])


def _against_the_site(edition: Edition) -> dict[str, Any]:
    on_show = Edition.objects.published().exclude(pk=edition.pk).first()
    sections = comparison.compare(on_show, edition) if on_show else []
    return {"on_show": on_show, "sections": sections, "summary": comparison.summary(sections)}
