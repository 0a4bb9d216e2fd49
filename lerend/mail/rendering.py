"""Turning a template pair into the two bodies of a mail."""

import re
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.template import Context, Engine, Template, engines
from django.template.backends.django import DjangoTemplates
from django.urls import reverse

_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")


@cache
def _engine() -> Engine:
    return cast(DjangoTemplates, engines["django"]).engine


def _render(template: Template, context: dict[str, Any], *, autoescape: bool) -> str:
    text: str = template.render(Context(context, autoescape=autoescape))
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def link(name: str, *args: Any) -> str:
    """Return the whole address of a page, for in a mail."""
    return settings.SITE_URL + reverse(name, args=args)


def render_body(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Return (text, html) from ``templates/mail/<template>.txt`` and ``.html``.

    Both see ``context`` and ``site_url``; only the HTML is escaped. Optional mail gives ``unsubscribe``, the link of
    its receiver, which ends up at the bottom. Empty lines that tags leave behind are folded.
    Raises TemplateDoesNotExist when one of the two is missing.
    """
    engine, context = _engine(), {"site_url": settings.SITE_URL, "unsubscribe": "", **context}
    text = _render(engine.get_template(f"mail/{template}.txt"), context, autoescape=False)
    html = _render(engine.get_template(f"mail/{template}.html"), context, autoescape=True)
    return text, html
