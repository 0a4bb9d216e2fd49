"""What every page of content in the admin shares."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import URLField
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from js_asset import Media as NoncedMedia
from simple_history.admin import SimpleHistoryAdmin

from content.models.base import Content


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

    class Media:
        """The editor of rich text, in Dutch and within the content security policy."""

        js = ("editing/prose.js",)
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("editing/editing.css",)}

    def history_form_view_title(self, request: HttpRequest, obj: Content) -> str:
        """Name the earlier version on its page."""
        return f"Eerdere versie van {obj}"

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


class OfEditionAdmin(ContentAdmin):
    """Content that belongs to an edition."""

    list_filter: ClassVar[tuple[Any, ...]] = ("edition",)
    list_select_related: ClassVar[tuple[str, ...]] = ("edition",)


def _nonced(media: Media, request: HttpRequest) -> NoncedMedia:
    """Return ``media`` with the nonce on each tag: the editor's import map is inline, and the policy blocks that."""
    return NoncedMedia.from_media(media, nonce=str(request.csp_nonce))  # type: ignore[attr-defined]
