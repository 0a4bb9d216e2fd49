"""Closing texts anew with another key, while people write."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime
from io import StringIO
from threading import Event, Thread

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from lerend import rotation
from lerend.crypto import decrypt, encrypt
from lerend.mail.models import Message
from organisations.models import User
from sessions_app.models import (
    Contribution,
    GuestAnswer,
    GuestLink,
    Interpretation,
    InterpretationReply,
    Report,
    SongPlaying,
    ThemeAnswer,
    ThemeRemark,
    Verse,
)
from tests.rows import add_contributions, add_talks

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
DONE = (
    "Everything opens with the first key alone. The older keys may go from ENCRYPTION_KEYS; "
    "keep them with the backups that were made while they counted."
)


@pytest.fixture
def notes(cast, edition, settings):
    """Three texts, closed with the old key; the new one is in front now."""
    settings.ENCRYPTION_KEYS = [OLD]
    talk = add_talks(
        cast.home, [[cast.lina]], planned_by=cast.lina, first=datetime(2026, 3, 1, tzinfo=UTC), state="held"
    )[0]
    made = add_contributions([talk] * 3, [cast.lina])
    Contribution.objects.filter(id=made[0].id).update(who="Fatma")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    return made


def run() -> list[str]:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue().splitlines()


def texts(settings, *keys: str) -> list[str]:
    settings.ENCRYPTION_KEYS = list(keys)
    return list(Contribution.objects.order_by("created_at").values_list("text", flat=True))


def test_it_knows_every_field_that_is_closed() -> None:
    fields = [(place.model, place.field) for place in rotation.places()]
    assert {
        (Message, "payload"),
        (Contribution, "text"),
        (Contribution, "who"),
        (Interpretation, "text"),
        (InterpretationReply, "text"),
        (Report, "reason"),
        (GuestAnswer, "text"),
        (GuestLink, "introduction"),
        (SongPlaying, "what"),
        (Verse, "text"),
        (ThemeAnswer, "remark"),
        (ThemeRemark, "text"),
    } <= set(fields)
    assert len(fields) == len(set(fields))


def test_afterwards_the_first_key_alone_opens_everything(notes, settings) -> None:
    before = [note.text for note in notes]
    told = run()
    counts = {line.split(": ")[0]: line.split(": ")[1] for line in told[:-1]}
    assert (counts["sessions_app.Contribution.text"], counts["sessions_app.Contribution.who"], told[-1]) == (
        "3 closed anew.",
        "1 closed anew.",  # the others have no value
        DONE,
    )
    assert texts(settings, NEW) == before
    assert list(Contribution.objects.filter(who__isnull=False).values_list("who", flat=True)) == ["Fatma"]


def test_a_second_time_there_is_nothing_to_do(notes) -> None:
    run()
    assert "sessions_app.Contribution.text: 0 closed anew." in run()


def test_cut_off_halfway_it_goes_on_where_it_was(notes, settings, monkeypatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    times = iter([False, True])
    whole = rotation.rotate

    def cut_off(token: bytes) -> bytes:
        if next(times):
            raise KeyboardInterrupt
        return whole(token)

    monkeypatch.setattr(rotation, "rotate", cut_off)
    (place,) = (place for place in rotation.places() if (place.model, place.field) == (Contribution, "text"))
    with pytest.raises(KeyboardInterrupt):
        rotation.renew(place)
    assert rotation.needing_older_keys(place) == 2
    monkeypatch.setattr(rotation, "rotate", whole)
    assert astuple(rotation.renew(place)) == (2, 0, 0)
    assert texts(settings, NEW) == [note.text for note in notes]


def test_what_was_written_with_the_new_key_meanwhile_is_left_alone(notes) -> None:
    Contribution.objects.filter(id=notes[0].id).update(text="nieuw")
    assert "sessions_app.Contribution.text: 2 closed anew." in run()
    assert Contribution.objects.get(id=notes[0].id).text == "nieuw"


def test_a_text_that_no_key_opens_is_counted_and_left_alone(notes, settings) -> None:
    settings.ENCRYPTION_KEYS = [LOST]
    token = encrypt("weg")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    Contribution.objects.filter(id=notes[0].id).update(text=token)
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 texts do not open with the first key alone: keep the older keys\."):
        call_command("rotate_keys", stdout=out)
    assert "sessions_app.Contribution.text: 2 closed anew, 1 that no key opens." in out.getvalue().splitlines()
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM sessions_app_contribution WHERE id = %s", [notes[0].id])
        assert bytes(cursor.fetchone()[0]) == token


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_is_writing_is_not_waited_for(notes, settings) -> None:
    held, finish = Event(), Event()

    def write() -> None:
        settings_keys = [OLD]  # a process that was not started anew yet
        with transaction.atomic():
            note = Contribution.objects.select_for_update().get(id=notes[1].id)
            held.set()
            finish.wait(10)
            settings.ENCRYPTION_KEYS = settings_keys
            note.text = "met de oude sleutel"
            note.save(update_fields=["text"])
            settings.ENCRYPTION_KEYS = [NEW, OLD]
        connection.close()

    writer = Thread(target=write)
    writer.start()
    held.wait(10)
    try:
        with pytest.raises(CommandError, match=r"^1 texts do not open"):
            call_command("rotate_keys", stdout=(out := StringIO()))
    finally:
        finish.set()
        writer.join()
    assert "sessions_app.Contribution.text: 2 closed anew, 1 in use." in out.getvalue().splitlines()
    assert "sessions_app.Contribution.text: 1 closed anew." in run()
    assert texts(settings, NEW)[1] == "met de oude sleutel"


@isolate_apps("lerend")
def test_an_app_can_name_closed_values_in_json(cast, settings, monkeypatch) -> None:
    class Secrets(models.Model):
        data = models.JSONField()

        class Meta:
            app_label = "lerend"
            managed = False
            db_table = "secrets"

        def __str__(self) -> str:
            return "geheim"

    def through(data, renew):
        return {**data, "secret": renew(data["secret"].encode()).decode()}

    monkeypatch.setattr(rotation, "_registered", [])
    rotation.register(place := rotation.Place(Secrets, "data", through))
    settings.ENCRYPTION_KEYS = [OLD]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE secrets (id bigint PRIMARY KEY, data jsonb)")
    Secrets.objects.create(id=1, data={"secret": encrypt("zaad").decode(), "open": 1})
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert place in rotation.places()
    assert (rotation.needing_older_keys(place), astuple(rotation.renew(place))) == (1, (1, 0, 0))
    data = Secrets.objects.get().data
    assert (decrypt(data["secret"].encode(), [NEW]), data["open"]) == ("zaad", 1)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE secrets")


def test_nothing_to_rotate_is_well(db) -> None:
    assert (User.objects.count(), run()[-1]) == (0, DONE)


def test_the_secrets_of_second_factors_are_renewed(cast, settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    TOTP.activate(cast.ilse, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(cast.ilse).get_unused_codes()
    migrated = Authenticator.objects.create(
        user=cast.aart, type="recovery_codes", data={"migrated_codes": [encrypt("een-code").decode()]}
    )
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    run()
    settings.ENCRYPTION_KEYS = [NEW]
    app, kept = (Authenticator.objects.get(user=cast.ilse, type=kind).wrap() for kind in ("totp", "recovery_codes"))
    migrated.refresh_from_db()
    assert decrypt(app.instance.data["secret"].encode()) == "JBSWY3DPEHPK3PXP"
    assert kept.get_unused_codes() == codes
    assert [decrypt(code.encode()) for code in migrated.data["migrated_codes"]] == ["een-code"]
