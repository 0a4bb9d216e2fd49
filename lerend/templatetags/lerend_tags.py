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
def menu_link(context: Context, name: str, text: str, *under: str) -> SafeString:
    """Return a link to the URL called ``name``, marked when this page is it, or lies under it or one of ``under``."""
    address, path = _address(name), context["request"].path
    current = "page" if path == address else "true" if path.startswith((address, *under)) else ""
    return format_html(
        '<a href="{}"{}>{}</a>', address, SafeString(f' aria-current="{current}"' if current else ""), text
    )
