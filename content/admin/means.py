"""The five means and the templates of conversations in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F

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
