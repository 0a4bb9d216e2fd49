"""People, the groups they can be in, and the roles that hold in organisations and teams."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from lerend.mail.choice import MailChoice

NJI_GROUP, ASSOCIATIE_GROUP, REDACTIE_GROUP = "NJi-programma", "Associatie", "redactie"
LONGEST_ADDRESS = 254  # of a mail address, as the database keeps it and SMTP takes it
GUARDED_GROUPS = (NJI_GROUP, ASSOCIATIE_GROUP, REDACTIE_GROUP)


_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def one_line(text: str) -> str:
    """Return ``text`` as a name: on one line, white space once, without control characters or marks of direction.

    The first break files and mail, the others turn the words around a name about. What joins emoji stays.
    """
    seen = (letter if letter.isspace() or unicodedata.category(letter) not in {"Cc", "Cs"} else "" for letter in text)
    return " ".join("".join(one for one in seen if unicodedata.bidirectional(one or " ") not in _TURNS).split())


def sort_key(name: str) -> str:
    """Return ``name`` without accents and capitals, the way Dutch lists are ordered."""
    plain = unicodedata.normalize("NFKD", one_line(name)).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))[:200]


class Role(models.TextChoices):
    """What somebody does, where it holds: the first two on an organisation, the others on a team."""

    BESTUURDER = "bestuurder", "Bestuurder"
    PLANNER = "planner", "Planner"
    LEIDINGGEVENDE = "leidinggevende", "Leidinggevende"
    PROFESSIONAL = "professional", "Professional"

    @property
    def in_words(self) -> str:
        """The role in the middle of a sentence."""
        return str(self.label).lower()


ON_ORGANISATION = (Role.BESTUURDER, Role.PLANNER)
ON_TEAM = (Role.LEIDINGGEVENDE, Role.PROFESSIONAL)


class UserManager(BaseUserManager["User"]):
    """Makes people; the mail address is what they sign in with."""

    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> User:
        """Return a new person; without a password they sign in by a code by mail."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str, password: str | None = None, **fields: Any) -> User:
        """Return a new person who may do all in the admin (and still reads no contribution)."""
        return self.create_user(email, name, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a person by mail address, capitals aside."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account, in any number of organisations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("mailadres", unique=True)
    name = models.CharField("naam", max_length=120, help_text="Zo zien collega's je.")
    name_sorted = models.CharField(max_length=200, editable=False, db_index=True)
    # Of mail that is not necessary; what is necessary comes whatever stands here.
    mail_choice = models.CharField(
        "welke mail", max_length=5, choices=MailChoice.choices, default=MailChoice.EACH, editable=False
    )
    is_active = models.BooleanField("actief", default=True)
    is_staff = models.BooleanField("mag in het beheer", default=False)
    date_joined = models.DateTimeField("sinds", default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name, verbose_name_plural = "persoon", "personen"
        ordering = ("name_sorted", "id")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(condition=Q(mail_choice__in=MailChoice.values), name="user_mail_choice_known"),
        )
        indexes = (models.Index(fields=("id",), name="user_daily_mail", condition=Q(mail_choice=MailChoice.DAILY)),)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the address in small letters and the sort column in step with the name."""
        self.email = self.email.lower()
        self.name_sorted = sort_key(self.name)
        if (fields := kwargs.get("update_fields")) and "name" in fields:
            kwargs["update_fields"] = {*fields, "name_sorted"}
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        """Return the display name."""
        return self.name

    def get_short_name(self) -> str:
        """Return the first word of the display name, to say hello with."""
        return self.name.split()[0] if self.name.split() else self.name

    @property
    def initials(self) -> str:
        """Return the first letters of the first and last word, for the round badge."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def in_group(user: User, name: str) -> bool:
    """Return whether ``user`` is in the Django group ``name``; asked once a user object.

    Who is signed in was loaded with the names (``organisations.adapter.Backend``), so that costs no query.
    """
    known: set[str] | None = getattr(user, "_group_names", None)
    if known is None:
        known = set(user.groups.values_list("name", flat=True))
        user._group_names = known  # type: ignore[attr-defined]
    return name in known


def needs_second_factor(user: User) -> bool:
    """Return whether ``user`` sees so much that a password or a code by mail is not enough to sign in."""
    return user.is_staff or user.is_superuser or any(in_group(user, name) for name in GUARDED_GROUPS)
