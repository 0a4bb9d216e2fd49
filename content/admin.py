"""How the redactie edits content: every model in the admin, each change kept in history."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import URLPattern
from simple_history.admin import SimpleHistoryAdmin

from content import domain, models
from content.models.base import Content
from content.views import importing
from organisations.models import User


class ContentAdmin(SimpleHistoryAdmin):  # type: ignore[misc]  # simple-history has no types
    """What every page of content in the admin shares."""

    # simple-history has no Dutch, and its list has an inline style, which the CSP blocks.
    object_history_template = "content/admin/history.html"
    object_history_list_template = "content/admin/history_list.html"
    object_history_form_template = "content/admin/history_form.html"
    history_list_per_page = 50
    list_per_page = 50
    save_on_top = True
    formfield_overrides: ClassVar[dict[Any, dict[str, Any]]] = {URLField: {"assume_scheme": "https"}}

    def history_form_view_title(self, request: HttpRequest, obj: Content) -> str:
        """Name the earlier version on its page."""
        return f"Eerdere versie van {obj}"


class OfEditionAdmin(ContentAdmin):
    """Content that belongs to an edition."""

    list_filter: ClassVar[tuple[Any, ...]] = ("edition",)
    list_select_related: ClassVar[tuple[str, ...]] = ("edition",)


@admin.register(models.Edition)
class EditionAdmin(ContentAdmin):
    """Editions; only the action moves one on show, so that there is never more than one."""

    list_display = ("name", "phase", "dated", "state", "published_at", "own_wording")
    list_filter = ("state",)
    search_fields = ("name", "title", "intro", "afterword")
    readonly_fields = ("state", "published_at")
    actions = ("publish",)
    fieldsets = (
        (None, {"fields": ("name", "phase", "dated", "own_wording", "state", "published_at")}),
        ("Het traject", {"fields": ("title", "subtitle", "intro", "basis_title", "basis_url")}),
        ("Hoe het ontstond", {"fields": ("period", "activities", "organisations", "authors", "signed")}),
        ("Vooruitblik", {"fields": ("outlook", "afterword", "sharing_day")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """Import and export stand before the pages of the admin."""
        return [*importing.Pages(self).urls(), *super().get_urls()]

    def save_model(
        self, request: HttpRequest, obj: models.Edition, form: ModelForm[models.Edition], change: bool
    ) -> None:
        """Leave where the edition stands to publishing: an earlier version brings back texts, not its old state."""
        now = models.Edition.objects.select_for_update().filter(pk=obj.pk).first() or models.Edition()
        obj.state, obj.published_at = now.state, now.published_at
        super().save_model(request, obj, form, change)

    @admin.action(description="Publiceer de gekozen uitgave", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[models.Edition]) -> None:
        """Put the one chosen edition on show."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, "Kies precies één uitgave om te publiceren.", messages.ERROR)
            return
        edition = domain.publish_edition(chosen[0].pk, by=cast(User, request.user))
        self.message_user(request, f"{edition} staat nu op de site. Wat er stond, is gearchiveerd.", messages.SUCCESS)


class UseInline(admin.StackedInline):
    """The ways to use a means."""

    model = models.Use
    extra = 0


@admin.register(models.Means)
class MeansAdmin(OfEditionAdmin):
    """The five means."""

    list_display = ("name", "number", "title", "edition")
    search_fields = ("name", "title", "lead", "support", "uses__text")
    ordering = ("edition__name", "number")
    inlines = (UseInline,)


@admin.register(models.QuestionCard)
class QuestionCardAdmin(OfEditionAdmin):
    """The cards."""

    list_display = ("title", "number", "heading", "only_if_needed", "edition")
    search_fields = ("heading", "title", "text", "follow_up")
    ordering = ("edition__name", "number")


@admin.register(models.Theme)
class ThemeAdmin(OfEditionAdmin):
    """The wolkjes and their parts."""

    list_display = ("title", "number", "parent", "runs_through_all", "edition")
    list_filter = ("edition", ("parent", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("edition", "parent")
    search_fields = ("title", "summary", "text", "points", "open_questions")
    ordering = ("edition__name", "parent__number", "number")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("title",)}


@admin.register(models.RuleOfThumb)
class RuleOfThumbAdmin(OfEditionAdmin):
    """The vuistregels."""

    list_display = ("title", "number", "edition")
    search_fields = ("title", "text", "prompts")
    ordering = ("edition__name", "number")


@admin.register(models.Assignment)
class AssignmentAdmin(OfEditionAdmin):
    """The parts of the opdracht."""

    list_display = ("title", "number", "edition")
    search_fields = ("title", "text")
    ordering = ("edition__name", "number")


@admin.register(models.Song)
class SongAdmin(OfEditionAdmin):
    """The song. Its links stand on its own page only: no list shows them."""

    list_display = ("title", "words_by", "music_by", "edition")
    search_fields = ("title", "about", "condition")
    ordering = ("edition__name",)


class ProgrammeStepInline(admin.StackedInline):
    """The steps of a programme."""

    model = models.ProgrammeStep
    extra = 0


@admin.register(models.Programme)
class ProgrammeAdmin(OfEditionAdmin):
    """The programme of a dagdeel."""

    list_display = ("title", "edition")
    search_fields = ("title", "text", "steps__title", "steps__text")
    ordering = ("edition__name",)
    inlines = (ProgrammeStepInline,)


class TemplateStepInline(admin.StackedInline):
    """The steps of a template."""

    model = models.TemplateStep
    extra = 0


class TemplateReminderInline(admin.TabularInline):
    """The reminders of a template."""

    model = models.TemplateReminder
    extra = 0


@admin.register(models.ConversationTemplate)
class ConversationTemplateAdmin(OfEditionAdmin):
    """The templates that people plan a conversation from."""

    list_display = ("title", "number", "kind", "uses_cards", "edition")
    list_filter = ("edition", "kind")
    search_fields = ("title", "summary", "purpose", "preparation", "steps__title", "steps__text")
    ordering = ("edition__name", "number")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("title",)}
    inlines = (TemplateStepInline, TemplateReminderInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.ConversationTemplate]:
        """The redactie's own: an organisation's version is that organisation's to change, and nobody else's."""
        return cast(QuerySet[models.ConversationTemplate], super().get_queryset(request).filter(organisation=None))
