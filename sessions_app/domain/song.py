"""Playing the song, adding verses to it, and what of that travels along in its story."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.models import Action, Organisation, Team, User
from sessions_app.domain.contributions import start_of_day
from sessions_app.models import SongPlaying, Verse, VerseMaker
from sessions_app.models.song import song_mark, this_month

LONGEST_WHAT = 500
LONGEST_VERSE = 2000
LONGEST_MAKER = 120


@dataclass(frozen=True)
class Place:
    """Where the song was played or a verse was made: an organisation, perhaps one of its teams, or neither."""

    organisation: Organisation | None = None
    team: Team | None = None


@dataclass(frozen=True)
class VerseWords:
    """A verse, whether it goes into the story, and who stands under it there."""

    text: str
    release: bool = False
    maker: str = VerseMaker.UNNAMED
    name: str = ""
    place: Place = Place()


@transaction.atomic
def play(what: str, place: Place, *, shown: bool, form_key: UUID, by: User) -> SongPlaying:
    """Keep that ``by`` is there when the song sounds and what they do with it; the same form sent twice is once.

    Raises Refused when nothing is said, or for a place where ``by`` does not belong.
    """
    own = song_mark(by)
    made = SongPlaying.objects.filter(form_key=form_key, mark=own).first()
    if made:
        return made
    what = _within(what, LONGEST_WHAT)
    _belongs(place, by)
    now = timezone.now()
    playing, _ = SongPlaying.objects.get_or_create(
        mark=own,
        form_key=form_key,
        defaults={
            "organisation": place.organisation,
            "team": place.team,
            "what": what,
            "shown": shown and place.organisation is not None,
            "month": this_month(),
            "played_at": start_of_day(now),
        },
    )
    return playing


@transaction.atomic
def forget_playing(playing_id: UUID, *, by: User) -> None:
    """Erase one's own playing, out of the story too; raises SongPlaying.DoesNotExist for somebody else's."""
    SongPlaying.objects.own(by).select_for_update().defer("what").get(id=playing_id).delete()


@transaction.atomic
def take_name_out(organisation_id: UUID, *, by: User) -> int:
    """Take the name of an organisation out of the story, under verses too; returns how many places it stood in.

    Raises Organisation.DoesNotExist when ``by`` is neither its contact nor a bestuurder.
    """
    ways = Organisation.objects.contacted_through(by) | Organisation.objects.run_by(by)
    organisation = ways.get(id=organisation_id)
    taken = SongPlaying.objects.filter(organisation=organisation, shown=True).update(shown=False)
    return taken + Verse.objects.filter(organisation=organisation).update(
        organisation=None, team=None, maker=VerseMaker.UNNAMED
    )


@transaction.atomic
def write_verse(words: VerseWords, *, form_key: UUID, by: User) -> Verse:
    """Add a verse; the same form sent twice is one. Raises Refused when it cannot be so."""
    own = song_mark(by)
    made = Verse.objects.filter(form_key=form_key, mark=own).first()
    if made:
        return made
    verse = Verse(mark=own, form_key=form_key, created_at=start_of_day(timezone.now()))
    _write(verse, words, by)
    try:
        with transaction.atomic():
            verse.save(force_insert=True)
    except IntegrityError:  # the same form at the same moment
        return Verse.objects.get(form_key=form_key, mark=own)
    return verse


@transaction.atomic
def change_verse(verse_id: UUID, words: VerseWords, *, by: User) -> Verse:
    """Change one's own verse, put it in the story or take it back. A hidden one stays hidden.

    Raises Verse.DoesNotExist for somebody else's, Refused when it cannot be so.
    """
    verse = Verse.objects.own(by).select_for_update().get(id=verse_id)
    _write(verse, words, by)
    verse.save()
    return verse


@transaction.atomic
def erase_verse(verse_id: UUID, *, by: User) -> None:
    """Erase one's own verse, out of the story too; raises Verse.DoesNotExist for somebody else's."""
    Verse.objects.own(by).select_for_update().defer("text").get(id=verse_id).delete()


@transaction.atomic
def hide_verse(verse_id: UUID, *, hide: bool, by: User) -> None:
    """Hide a released verse from the story, or show it again.

    Raises Verse.DoesNotExist when ``by`` is neither of the redactie nor the contact of the organisation under it.
    """
    verse = Verse.objects.hideable_by(by).select_for_update(of=("self",)).defer("text").get(id=verse_id)
    if hide == (verse.hidden_at is not None):
        return
    verse.hidden_at = timezone.now() if hide else None
    verse.save(update_fields=["hidden_at"])
    if verse.organisation:
        audit.note(verse.organisation, Action.TEXT_HIDDEN if hide else Action.TEXT_SHOWN, by=by)


def _write(verse: Verse, words: VerseWords, by: User) -> None:
    verse.text = _within(words.text, LONGEST_VERSE)
    maker = words.maker if words.release else VerseMaker.UNNAMED
    place = words.place if maker == VerseMaker.ORGANISATION else Place()
    name = words.name.strip() if maker == VerseMaker.NAMED else ""
    if maker == VerseMaker.ORGANISATION and place.organisation is None:
        raise Refused("Kies welke organisatie of welk team onder het couplet staat.")
    if maker == VerseMaker.NAMED and not name:
        raise Refused("Schrijf op welke naam onder het couplet staat.")
    if place != Place(verse.organisation, verse.team):  # who left may still change what they wrote there
        _belongs(place, by)
    verse.maker, verse.organisation, verse.team = maker, place.organisation, place.team
    verse.released_name = name[:LONGEST_MAKER]
    verse.released_text = verse.text if words.release else ""
    verse.released_month = (verse.released_month or this_month()) if words.release else None


def _within(text: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise Refused("Schrijf eerst iets op.")
    if len(text) > most:
        raise Refused(f"Houd het bij {most} tekens; dit zijn er {len(text)}.")
    return text


def _belongs(place: Place, by: User) -> None:
    if place.organisation is None:
        return
    if not Organisation.objects.visible_to(by).filter(id=place.organisation.id).exists():
        raise Refused("Kies een organisatie waar je bij hoort.")
    teams = Team.objects.led_by(by) | Team.objects.with_professional(by)
    if place.team and not teams.filter(id=place.team.id, organisation=place.organisation).exists():
        raise Refused("Kies een team waar je bij hoort.")
