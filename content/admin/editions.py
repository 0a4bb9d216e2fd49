"""Editions in the admin."""

from __future__ import annotations

from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from content import domain, models
from content.admin.base import ContentAdmin
from organisations.models import User


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
