"""The letter that carries a one-time link, in the language of whom it is for."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from setright.campaign.models import Person


def send_link(*, person: Person, url: str, connection: Any = None) -> bool:
    """Send the link; False when the person has no address or the mail could not be handed over."""
    if not person.email:
        return False
    with translation.override(person.language):
        body = render_to_string("invitation/mail.txt", {"person": person, "url": url})
        message = EmailMessage(_("Your account for Setright"), body, to=[person.email], connection=connection)
    try:
        return bool(message.send())
    except (OSError, SMTPException):
        return False
