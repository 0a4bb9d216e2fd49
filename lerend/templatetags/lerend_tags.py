"""Template tags that every page may use without loading them."""

from functools import cache

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lerend import devices, moments

register = template.Library()
register.filter("day", moments.day)
register.filter("moment", moments.moment)
register.filter("span", moments.span)
register.filter("hours", moments.hours)
register.filter("short_day", moments.short_day)
register.filter("device", devices.device)


@cache
def _address(name: str) -> str:
    return reverse(name)  # the menu stands on every page; the address of a name does not change


@register.simple_tag(takes_context=True)
def menu_link(context: Context, name: str, text: str, *families: str) -> SafeString:
    """Return a link to the URL called ``name``, marked when this page is it, lies under it, or is one of ``families``:
    the first words of names of URLs, "poll" for ``poll_change``."""
    request, address = context["request"], _address(name)
    family = (request.resolver_match.url_name or "").partition("_")[0] if request.resolver_match else ""
    current = "page" if request.path == address else ""
    if not current and (request.path.startswith(address) or family in families):
        current = "true"
    return format_html(
        '<a href="{}"{}>{}</a>', address, SafeString(f' aria-current="{current}"' if current else ""), text
    )
