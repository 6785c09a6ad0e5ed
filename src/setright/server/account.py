"""How allauth behaves here: nobody signs up by themselves, and nothing says from where somebody came."""

from __future__ import annotations

import base64
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import translation

from setright.campaign.seal import seal, unseal


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come by invitation alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """No address is looked at: limits count by the name that is tried."""
        return "0.0.0.0"  # noqa: S104 - a constant in place of an address, nothing listens on it

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail speaks the language of whom it is for, not of the browser that asked."""
        person = context.get("user")
        with translation.override(person.language if person else translation.get_language()):
            super().send_mail(template_prefix, email, context)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A person known to the organisation's own sign-in enters only an account that was made here before."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Only signing in: nobody ties an outside account to their own by hand."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise Http404


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors; secrets are kept sealed, so that neither a database dump nor an administrator reads them."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text.encode(), settings.CONFIG.key_folder)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(base64.b64decode(encrypted_text), settings.CONFIG.key_folder).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code as SVG for the page itself, since the policy forbids data: images and style attributes."""
        return segno.make(url, error="m", micro=False).svg_inline(scale=5, border=4, light="#fff", dark="#000")
