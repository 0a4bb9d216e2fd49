"""Every address of the site, with something in the place of each part that changes."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

FILLED = {"uuid": UUID(int=7), "int": 7}
BY_REGEX = {
    "account_confirm_email": {"key": "x:y:z"},
    "account_reset_password_from_key": {"uidb36": "x", "key": "y-z"},
}


def every_address() -> dict[str, str]:
    """Return the path of each named address outside the admin, which need not lead to anything."""

    def walk(patterns: list[URLPattern | URLResolver], above: dict[str, object]) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in patterns:
            parts = {**above, **{name: _filled(converter) for name, converter in one.pattern.converters.items()}}
            if isinstance(one, URLResolver):
                if one.namespace != "admin":
                    found |= walk(one.url_patterns, parts)
            elif one.name:
                found[one.name] = reverse(one.name, kwargs=BY_REGEX.get(one.name, parts))
        return found

    return walk(get_resolver().url_patterns, {})


def _filled(converter: object) -> object:
    kind = type(converter).__name__.removesuffix("Converter").lower()
    return FILLED.get(kind, "x")
