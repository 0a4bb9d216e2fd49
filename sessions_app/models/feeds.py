"""The address at which somebody's own calendar fetches their talks."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from organisations.models import User
from sessions_app.models.guests import hashed


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    """The ways in to feeds."""

    def by_token(self, token: str) -> CalendarFeed:
        """Return the feed that ``token`` opens; raises CalendarFeed.DoesNotExist for any other.

        Of somebody who may not sign in any more it opens nothing.
        """
        return self.select_related("user").get(token_hash=hashed(token), user__is_active=True)


class CalendarFeed(models.Model):
    """One a person. The token is stored nowhere, so that its address can be shown only when it is made.

    ``print`` is what the feed last held, as a hash, and ``changed_at`` since when. ``used_on`` is the last day on which
    a calendar fetched it.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    used_on = models.DateField(null=True)
    print = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "agenda-abonnement", "agenda-abonnementen"

    def __str__(self) -> str:
        return f"agenda-abonnement {self.pk}"
