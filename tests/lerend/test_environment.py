"""What settings take from the environment, and what they refuse."""

import json
import os
import re
import runpy
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from lerend.environment import Environment

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "LEREND_ENV": "production",
    "SITE_URL": "https://lerend.example.nl",
    "SECRET_KEY": "k" * 60,
    "MARK_KEY": "m" * 60,
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "DATABASE_URL": "postgres://nobody@db.example.nl/none",
    "REDIS_URL": "redis://cache.example.nl:6379/0",
    "EMAIL_HOST": "mail.example.nl",
    "DEFAULT_FROM_EMAIL": "post@lerend.example.nl",
}
# Read outside settings: by the embedded services and by the tests themselves.
ELSEWHERE = {"LEREND_VALKEY_DB", "LEREND_EMBEDDED_FAST", "REQUIRE_BROWSER"}


@pytest.fixture
def settings_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Give the settings of an environment with exactly these variables."""

    def read(**variables: str) -> dict[str, object]:
        for name in _names_read() | {"LEREND_ENV", "LEREND_VAR"}:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"LEREND_VAR": str(tmp_path / "var"), **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "lerend" / "settings.py"))

    return read


def _names_read() -> set[str]:
    """Return every variable that the project's code reads."""
    reads = re.compile(r"""(?:env\.(?:text|number|flag|words|secret)|environ\.get)\(\s*["']([A-Z_]+)["']""")
    sources = [ROOT / "tests" / "browser" / "conftest.py", *(ROOT / "lerend").rglob("*.py")]
    return {name for source in sources for name in reads.findall(source.read_text())} - {"PATH"}


def test_the_readme_explains_every_variable() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(_names_read())


def test_every_variable_read_elsewhere_is_known() -> None:
    in_settings = re.findall(r"""["']([A-Z_]{3,})["']""", (ROOT / "lerend" / "settings.py").read_text())
    assert _names_read() - set(in_settings) == ELSEWHERE


@pytest.mark.parametrize("missing", sorted(PRODUCTION.keys() - {"LEREND_ENV"}))
def test_production_names_the_value_it_lacks(settings_with, missing: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"needs {missing}\\."):
        settings_with(**{name: value for name, value in PRODUCTION.items() if name != missing})


def test_a_mail_provider_is_switched_on_by_setting(settings_with) -> None:
    provider = {name: value for name, value in PRODUCTION.items() if name != "EMAIL_HOST"} | {"EMAIL_PROVIDER": "brevo"}
    with pytest.raises(ImproperlyConfigured, match="needs ANYMAIL_WEBHOOK_SECRET"):
        settings_with(**provider)
    made = settings_with(**provider, ANYMAIL_WEBHOOK_SECRET="a:b", ANYMAIL_BREVO_API_KEY="k")
    assert (made["EMAIL_BACKEND"], made["ANYMAIL"]) == (
        "anymail.backends.brevo.EmailBackend",
        {"REQUESTS_TIMEOUT": 10, "WEBHOOK_SECRET": "a:b", "BREVO_API_KEY": "k"},
    )
    assert "anymail" in made["INSTALLED_APPS"]
    assert "anymail" not in settings_with(**PRODUCTION)["INSTALLED_APPS"]
    with pytest.raises(ImproperlyConfigured, match=r"EMAIL_PROVIDER is one of brevo, .*, not 'postduif'"):
        settings_with(**{**provider, "EMAIL_PROVIDER": "postduif"})


def test_production_is_the_default(settings_with) -> None:
    with pytest.raises(ImproperlyConfigured, match="The production environment needs SITE_URL"):
        settings_with()


def test_production_makes_no_keys(settings_with, tmp_path: Path) -> None:
    settings_with(**PRODUCTION)
    assert list(tmp_path.iterdir()) == []


def test_production_over_https_is_strict(settings_with) -> None:
    names = (
        "DEBUG",
        "DEMO",
        "HTTPS",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
    )
    made = settings_with(**PRODUCTION, LEREND_DEMO="1", DEBUG="1")
    assert {name: made[name] for name in names} == {
        "DEBUG": False,
        "DEMO": False,
        "HTTPS": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
    }


@pytest.mark.parametrize("address", ["lerend.example.nl", "ftp://lerend.example.nl", "https://"])
def test_half_an_address_is_refused(settings_with, address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_URL must be a whole address"):
        settings_with(**{**PRODUCTION, "SITE_URL": address})


def test_an_unknown_environment_is_refused(settings_with) -> None:
    with pytest.raises(ImproperlyConfigured, match="LEREND_ENV is 'local' or 'production', not 'staging'"):
        settings_with(LEREND_ENV="staging")


def test_a_number_that_is_none_is_refused(settings_with) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_PORT must be a whole number, not 'many'"):
        settings_with(**PRODUCTION, EMAIL_PORT="many")


def test_local_keys_are_made_once_and_closed_to_others(settings_with, tmp_path: Path) -> None:
    first, second = settings_with(LEREND_ENV="local"), settings_with(LEREND_ENV="local")
    names = ("SECRET_KEY", "ENCRYPTION_KEYS", "MARK_KEY")
    assert [first[name] for name in names] == [second[name] for name in names]
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["keys.json"]
    assert stat.S_IMODE((tmp_path / "var" / "keys.json").stat().st_mode) == 0o600


def test_who_comes_second_takes_the_keys_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment("local", tmp_path / "var")
    first = environment.secret("MARK_KEY")
    monkeypatch.setattr(Path, "exists", lambda path: False)  # looked just before the first one was done
    assert environment.secret("MARK_KEY") == first
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["keys.json"]


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    program = (
        "from lerend.environment import Environment; from pathlib import Path; "
        "print(Environment('local', Path(__import__('sys').argv[1])).secret('MARK_KEY'))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "MARK_KEY"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "var")],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0].strip() for process in started}
    assert said == {json.loads((tmp_path / "var" / "keys.json").read_text())["MARK_KEY"]}
