"""The two bodies of a mail, and the registry of kinds."""

import pytest
from django.template import TemplateDoesNotExist

from lerend.mail.kinds import MailKind, register, registry
from lerend.mail.rendering import render_body


@pytest.fixture
def mail_templates(settings, tmp_path):
    """A folder with one template pair, beside the project's own."""
    (tmp_path / "mail").mkdir()
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    folder = tmp_path / "mail"
    (folder / "pair.txt").write_text(
        '{% extends "mail/base.txt" %}{% block content %}Dag {{ name }},\n\n{% if False %}\n\nniets\n{% endif %}\n\n'
        "{{ url }}\n{% endblock %}"
    )
    (folder / "pair.html").write_text(
        '{% extends "mail/base.html" %}{% block content %}<p>Dag {{ name }},</p>'
        '{% include "mail/parts/button.html" with text="Open" %}{% include "mail/parts/link.html" with text="Of" %}'
        "{% endblock %}"
    )
    (folder / "half.txt").write_text("Dag")
    from lerend.mail import rendering

    rendering._engine.cache_clear()
    yield
    rendering._engine.cache_clear()


def test_text_is_plain_and_html_is_escaped(mail_templates):
    text, html = render_body("pair", {"name": "A & <b>", "url": "https://lerend.test/a?b=1&c=2"})
    assert text == (
        "Dag A & <b>,\n\nhttps://lerend.test/a?b=1&c=2\n\n--\nLerend Versterken\nhttp://localhost:8000\n"
        "Je krijgt dit bericht omdat je meedoet aan Lerend Versterken.\n"
    )
    assert "<p>Dag A &amp; &lt;b&gt;,</p>" in html
    assert html.count('href="https://lerend.test/a?b=1&amp;c=2"') == 2
    assert "<table" not in html
    assert "src=" not in html


def test_both_bodies_must_be_there(mail_templates):
    with pytest.raises(TemplateDoesNotExist):
        render_body("half", {})


def test_a_name_belongs_to_one_kind(monkeypatch):
    monkeypatch.delitem(registry, "once", raising=False)

    @register
    class Once(MailKind[str]):
        name = "once"

    assert register(Once) is Once
    with pytest.raises(ValueError, match="once"):
        register(type("Other", (MailKind,), {"name": "once"}))
    del registry["once"]
