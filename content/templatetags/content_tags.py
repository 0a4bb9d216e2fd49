"""Template filters for what the redactie writes; every page may use them without loading them."""

from django import template
from django.utils.safestring import SafeString

from content.models.prose import cleaned

register = template.Library()


@register.filter
def prose(html: str) -> SafeString:
    """Return rich text for a page, cleaned once more: not every way into the table cleans."""
    return SafeString(cleaned(html))
