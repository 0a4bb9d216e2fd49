"""What every page of content in the admin shares."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, ForeignKey, Max, ProtectedError, Q, QuerySet, URLField
from django.forms import BaseInlineFormSet, Media, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from js_asset import Media as NoncedMedia
from simple_history.admin import SimpleHistoryAdmin

from content import domain
from content.admin.careful import CarefulForm, newest_history
from content.admin.lookback import lines_of_parts, tell_differences
from content.domain.ordering import ASIDE, lock_edition, siblings
from content.domain.uses import reasons_to_stay
from content.models import Edition, EditionState
from content.models.base import Content, Numbered
from lerend.lookups import NoHiddenLookups
from organisations.domain.errors import Refused
from organisations.models import User

USED_MEANWHILE = "Dit kwam intussen in gebruik. Er is niets verwijderd."
LAST = "Leeg: achteraan. Staat er al iets op deze plaats, dan schuift dat op."


class ContentAdmin(NoHiddenLookups, SimpleHistoryAdmin):
    """What every page of content in the admin shares."""

    # simple-history has no Dutch, and its list has an inline style, which the CSP blocks.
    object_history_template = "content/admin/history.html"
    object_history_list_template = "content/admin/history_list.html"
    object_history_form_template = "content/admin/history_form.html"
    change_form_template = "content/admin/change_form.html"
    delete_confirmation_template = "content/admin/delete.html"
    delete_selected_confirmation_template = "content/admin/delete_selected.html"
    history_list_per_page = 50
    list_per_page = 50
    save_on_top = True
    form = CarefulForm
    formfield_overrides: ClassVar[dict[Any, dict[str, Any]]] = {URLField: {"assume_scheme": "https"}}

    class Media:
        """The editor of rich text and the order of rows, in Dutch and within the content security policy."""

        js = ("editing/prose.js", "editing/order.js")
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("editing/editing.css",)}

    def get_urls(self) -> list[URLPattern]:
        """Add where a part of a text is put back."""
        name = f"content_{self.opts.model_name}_restore"
        page = self.admin_site.admin_view(self.restore_view)
        return [path("<uuid:pk>/onderdeel/<slug:kind>/<int:line>/", page, name=name), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show who changed what in a text and in the parts under it."""
        row = self.get_object(request, object_id)
        more = {
            "parts": lines_of_parts(row) if row else [],
            "may_restore": self.has_change_permission(request),
            "restore": f"admin:content_{self.opts.model_name}_restore",
        }
        return super().history_view(request, object_id, {**more, **(extra_context or {})})  # type: ignore[no-any-return]

    def history_view_title(self, request: HttpRequest, obj: Content) -> str:
        """Name the text on the page of its history."""
        return f"Geschiedenis van {obj}"

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """Give each line what it changed, as words."""
        tell_differences(list(historical_records))

    def restore_view(self, request: HttpRequest, pk: UUID, kind: str, line: int) -> HttpResponse:
        """Put a part of a text back as it was, and go back to its history."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        owner = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method == "POST":
            try:
                part = domain.restore_part(owner, kind, line, by=cast(User, request.user))
            except LookupError as error:
                raise Http404 from error
            except Refused as refused:
                self.message_user(request, refused.message, messages.ERROR)
            else:
                self.message_user(request, f"{part} is teruggezet.", messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:content_{self.opts.model_name}_history", args=[pk]))

    def history_form_view_title(self, request: HttpRequest, obj: Content) -> str:
        """Name the earlier version on its page."""
        return f"Eerdere versie van {obj}"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show or save a text; the form checks that nobody changed it meanwhile."""
        request.one_text = True  # type: ignore[attr-defined]
        return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return a text; where it is about to be saved, locked until it is."""
        if request.method == "POST" and getattr(request, "one_text", False):
            found = super().get_object(request, object_id, from_field)
            return found and self.model._default_manager.select_for_update().get(pk=found.pk)
        return super().get_object(request, object_id, from_field)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, which knows how the text stands now."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        if obj is not None and getattr(request, "one_text", False):
            parts = [(inline.model, inline.fk_name or self.model._meta.model_name) for inline in self.inlines]
            keys = {"conversationtemplate": "template"}
            form.now, form.latest = newest_history(obj, [(model, keys.get(key, key)) for model, key in parts])
        if number := form.base_fields.get("number"):
            number.required, number.help_text = False, LAST
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets, with the hidden version in the first."""
        first, *others = super().get_fieldsets(request, obj)
        fields = list(first[1]["fields"])
        if "opened_at" not in fields:
            fields.append("opened_at")
        return [(first[0], {**first[1], "fields": fields}), *others]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the form with its scripts under the nonce of this answer."""
        context["media"] = _nonced(context["media"], request)
        return super().render_change_form(request, context, **kwargs)  # type: ignore[no-any-return]

    def render_history_view(
        self, request: HttpRequest, template: str, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Show a page of history with its scripts under the nonce of this answer."""
        if "media" in context:
            context["media"] = _nonced(context["media"], request)
        return super().render_history_view(request, template, context, **kwargs)  # type: ignore[no-any-return]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Return what goes along; where a text is used, only why it stays: never what people recorded with it."""
        if why := reasons_to_stay(objs):
            return [], {}, set(), why
        found, counts, _, _ = super().get_deleted_objects(objs, request)
        return found, counts, set(), []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then delete; what came into use between the question and the answer stays, and the page says why."""
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except (ProtectedError, IntegrityError, Refused):
            self.message_user(request, USED_MEANWHILE, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; of what is deleted there, all goes or nothing."""
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]
        except (ProtectedError, IntegrityError, Refused):
            self.message_user(request, USED_MEANWHILE, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the parts under a text, in the order that their numbers say."""
        if isinstance(formset, OrderedFormSet):
            formset.put_in_order(cast(User, request.user))
        super().save_formset(request, form, formset, change)


class OfEditionAdmin(ContentAdmin):
    """Content that belongs to an edition."""

    list_filter: ClassVar[tuple[Any, ...]] = ("edition",)
    list_select_related: ClassVar[tuple[str, ...]] = ("edition",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A text stays in its edition: what people recorded with it belongs there."""
        return ("edition",) if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the edition of the list one came from, else the newest draft; and the place after the last."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        if "edition" not in initial:
            preserved = request.GET.get("_changelist_filters", "")
            chosen = preserved.partition("edition__id__exact=")[2].partition("&")[0]
            state = Q(state=EditionState.DRAFT) | Q(state=EditionState.PUBLISHED)
            drafts_first = Edition.objects.filter(state).order_by("state", "-name")
            initial["edition"] = chosen or getattr(drafts_first.first(), "pk", None)
        if issubclass(self.model, Numbered) and initial["edition"]:
            row = self.model(edition_id=initial["edition"])
            last = siblings(row).aggregate(last=Max("number"))["last"] or 0
            initial.setdefault("number", last + 1)
        return initial

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer as the wolkje of a part only those of its own edition."""
        match = request.resolver_match
        pk = match.kwargs.get("object_id") if match else None
        if db_field.name == "parent" and pk:
            edition = Edition.objects.filter(themes=pk)
            kwargs["queryset"] = self.model._default_manager.filter(edition__in=edition, parent=None).exclude(pk=pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Save a text; a numbered one at its place, the others around it."""
        if isinstance(obj, Numbered):
            domain.place(obj, by=cast(User, request.user))
        else:
            super().save_model(request, obj, form, change)


class OrderedAdmin(OfEditionAdmin):
    """Content in an order that the list changes: by dragging, or with a button up and down."""

    def get_urls(self) -> list[URLPattern]:
        """Add where a row is moved."""
        name = f"content_{self.opts.model_name}_move"
        return [path("<uuid:pk>/move/", self.admin_site.admin_view(self.move_view), name=name), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Return the columns, with the buttons that change the order for who may."""
        columns = list(super().get_list_display(request))
        if self.has_change_permission(request):
            columns.insert(columns.index("number") + 1, "order")  # further on, a narrow screen would hide the buttons
        return columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the redactie's rows: an organisation's own version of a template is its own."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(organisation=None) if self.opts.model_name == "conversationtemplate" else rows

    @admin.display(description="volgorde")
    def order(self, row: Any) -> str:
        """Return the buttons that move a row."""
        address = reverse(f"admin:content_{self.opts.model_name}_move", args=[row.pk])
        group = getattr(row, "parent_id", None) or row.edition_id
        button = '<button type="submit" name="to" value="{}" formaction="{}" aria-label="{}">{}</button>'
        return format_html(
            '<span class="order" data-id="{}" data-group="{}" data-move="{}">{}{}</span>',
            row.pk,
            group,
            address,
            format_html(button, "up", address, f"{row} omhoog", "↑"),
            format_html(button, "down", address, f"{row} omlaag", "↓"),
        )

    def move_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Move a row, and go back to the list."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        back = reverse(f"admin:content_{self.opts.model_name}_changelist")
        if request.method == "POST":
            row = get_object_or_404(self.get_queryset(request), pk=pk)
            to: Any = request.POST.get("to", "")
            try:
                number = domain.move(row, to if to in {"up", "down"} else UUID(to), by=cast(User, request.user))
            except ValueError as error:
                raise Http404 from error
            self.message_user(request, f"{row.title} staat nu op plaats {number}.", messages.SUCCESS)
            query = request.META.get("HTTP_REFERER", "").partition("?")[2]
            back = f"{back}?{query}" if query else back
        return HttpResponseRedirect(back)


class OrderedForm(forms.ModelForm):
    """A part of a text; its number says a place, and the others make room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].required = False
        self.fields["number"].help_text = "Leeg: achteraan."

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {"number"}  # type: ignore[no-any-return,misc]


class OrderedFormSet(BaseInlineFormSet):
    """The parts of a text, numbered from 1 in the order of the numbers that were filled in."""

    def put_in_order(self, by: User) -> None:
        """Give each part its number before it is saved, so that two may change places; call it in a transaction."""
        own: Any = self  # what is deleted and which rows there are is known to Django alone
        rows = own.model._default_manager
        kept = [form for form in self.initial_forms if not own._should_delete_form(form)]
        kept += [form for form in self.extra_forms if form.has_changed() and not own._should_delete_form(form)]
        kept.sort(key=lambda form: form.cleaned_data.get("number") or ASIDE)
        changed = [form for form in kept if "number" in form.changed_data or not form.instance.number]
        rank = {id(form): number for number, form in enumerate(kept, 1)}
        moved = [form for form in kept if form.initial.get("number") != rank[id(form)]]
        if not (changed or moved or self.deleted_forms):
            return
        if kept:
            lock_edition(kept[0].instance)
        aside = [form.instance.pk for form in moved if form in self.initial_forms]
        rows.filter(pk__in=aside).update(number=F("number") + ASIDE)
        for form in self.initial_forms:  # what goes makes room before another takes its number
            if own._should_delete_form(form):
                rows.filter(pk=form.instance.pk).update(number=F("number") + ASIDE)
        for form in kept:
            form.instance.number = rank[id(form)]
            if form in moved and form in self.initial_forms and not form.has_changed():
                form.instance._history_user = by
                form.instance._change_reason = "Volgorde gewijzigd"
                form.instance.save()


def _nonced(media: Media, request: HttpRequest) -> NoncedMedia:
    """Return ``media`` with the nonce on each tag: the editor's import map is inline, and the policy blocks that."""
    return NoncedMedia.from_media(media, nonce=str(request.csp_nonce))  # type: ignore[attr-defined]
