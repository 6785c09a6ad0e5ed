"""People who sign in, their one-time invitations, sessions and API tokens.

No address and no browser is kept of anyone, not of staff either: a session row holds the person and its end, nothing
that says from where.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import Language, Theme
from setright.campaign.models.named import in_language


class PersonManager(BaseUserManager["Person"]):
    """Makes people; a person without a password signs in by invitation first."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who can sign in. What they may do stands in their grants, never here."""

    username = models.CharField(_("user name"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), blank=True, default="")
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ZH)
    theme = models.CharField(_("colours"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    has_keys = models.BooleanField(_("single-letter keys"), default=True)
    is_active = models.BooleanField(default=True)
    joined_on = models.DateField(default=timezone.localdate)
    left_on = models.DateField(null=True, blank=True)
    run = models.BigIntegerField(null=True, blank=True, db_index=True)
    """The job that made the account from a list; nobody sees it before that job's last step switches it on."""

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = PersonManager()

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)

    def get_full_name(self) -> str:
        return self.label

    def get_short_name(self) -> str:
        return self.label


def token_hash(secret: str) -> str:
    """What is kept of a one-time link or of a token: SHA-256, enough for secrets that were drawn at random."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Invitation(models.Model):
    """A one-time link by which a person sets their first password; only the token's hash is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    expires_on = models.DateField()
    used_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class StaffSession(AbstractBaseSession):
    """A signed-in browser. `person` lets its owner end it; there is no address and no browser name on purpose."""

    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="staff_sessions")
    seen_on = models.DateField(default=timezone.localdate)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that fills this table."""
        from setright.server.session import SessionStore  # noqa: PLC0415 - Django's hook points upward by design

        return SessionStore


class Token(models.Model):
    """A key to the API: its hash, what it may do, until when."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    expires_on = models.DateField()
    revoked_on = models.DateField(null=True)
    used_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name
