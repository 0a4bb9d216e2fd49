"""A season as the pages make it, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from content.models import ConversationTemplate
from organisations.models import Membership, Organisation, User
from sessions_app.domain import season
from sessions_app.models import Season

DAY = datetime(2027, 3, 9, 8, 0, tzinfo=UTC)  # a Tuesday, nine o'clock in Amsterdam
HOUR = timedelta(hours=1)


def member(user: User, organisation: Organisation) -> UUID:
    """Return the id of a membership."""
    return Membership.objects.get(user=user, organisation=organisation).id


def draft_season(
    by: User,
    organisation: Organisation,
    people: Sequence[User],
    *,
    partners: Sequence[User] = (),
    slug: str = "collegiaal-interview",
    blocks: Sequence[tuple[datetime, datetime]] = ((DAY, DAY + 4 * HOUR),),
    length: int = 60,
) -> Season:
    """Return a season of talks of ``people`` with ``partners`` (with ``by``, unless given), laid out."""
    template = ConversationTemplate.objects.published().get(slug=slug)
    made = season.start(template.id, organisation, uuid4(), by=by)

    def ids(users: Sequence[User]) -> list[UUID]:
        members = Membership.objects.filter(user__in=users, organisation=organisation)
        return list(members.values_list("id", flat=True))

    season.set_people(made.id, people=ids(people), partners=ids(partners or [by]), asks="", by=by)
    return season.set_times(made.id, length=length, pause=0, place="Wijkcentrum De Brug", link="", blocks=blocks, by=by)
