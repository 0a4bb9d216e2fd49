"""The five means and the templates of conversations in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from content import models
from content.admin.base import OfEditionAdmin, OrderedAdmin, OrderedForm, OrderedFormSet


class UseInline(admin.StackedInline):
    """The ways to use a means."""

    model = models.Use
    form, formset = OrderedForm, OrderedFormSet
    extra = 0
    classes = ("ordered",)


@admin.register(models.Means)
class MeansAdmin(OrderedAdmin):
    """The five means."""

    list_display = ("name", "number", "title", "edition")
    search_fields = ("name", "title", "lead", "support", "uses__text")
    ordering = ("edition__name", "number")
    inlines = (UseInline,)


@admin.register(models.QuestionCard)
class QuestionCardAdmin(OrderedAdmin):
    """The cards."""

    list_display = ("title", "number", "heading", "only_if_needed", "edition")
    search_fields = ("heading", "title", "text", "follow_up")
    ordering = ("edition__name", "number")


@admin.register(models.Theme)
class ThemeAdmin(OrderedAdmin):
    """The wolkjes and their parts."""

    list_display = ("title", "number", "parent", "runs_through_all", "edition")
    list_filter = ("edition", ("parent", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("edition", "parent")
    search_fields = ("title", "summary", "text", "points", "open_questions")
    ordering = ("edition__name", F("parent__number").asc(nulls_first=True), "number")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("title",)}


@admin.register(models.RuleOfThumb)
class RuleOfThumbAdmin(OrderedAdmin):
    """The vuistregels."""

    list_display = ("title", "number", "edition")
    search_fields = ("title", "text", "prompts")
    ordering = ("edition__name", "number")


@admin.register(models.Assignment)
class AssignmentAdmin(OrderedAdmin):
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
    form, formset = OrderedForm, OrderedFormSet
    extra = 0
    classes = ("ordered",)


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
    form, formset = OrderedForm, OrderedFormSet
    extra = 0
    classes = ("ordered",)


class TemplateReminderInline(admin.TabularInline):
    """The reminders of a template."""

    model = models.TemplateReminder
    extra = 0


@admin.register(models.ConversationTemplate)
class ConversationTemplateAdmin(OrderedAdmin):
    """The templates that people plan a conversation from."""

    list_display = ("title", "number", "kind", "uses_cards", "edition")
    list_filter = ("edition", "kind")
    search_fields = ("title", "summary", "purpose", "preparation", "steps__title", "steps__text")
    ordering = ("edition__name", "number")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("title",)}
    inlines = (TemplateStepInline, TemplateReminderInline)

    def get_history_queryset(
        self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any
    ) -> QuerySet[Any]:
        """Return the history of the redactie's: that of an organisation's own version is theirs, as it is itself."""
        found: QuerySet[Any] = super().get_history_queryset(request, history_manager, pk_name, object_id)
        return found.filter(organisation=None)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an earlier version of one of the redactie's."""
        if not self.model.history.filter(id=object_id, history_id=version_id, organisation=None).exists():
            raise Http404
        return super().history_form_view(request, object_id, version_id, extra_context)  # type: ignore[no-any-return]
