"""How allauth behaves here: nobody signs up by themselves, and nothing says from where somebody came."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from setright.campaign.seal import seal, unseal


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come by invitation alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """No address is looked at: limits count by the name that is tried."""
        return "0.0.0.0"  # noqa: S104 - a constant in place of an address, nothing listens on it


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A person known to the organisation's own sign-in enters only an account that was made here before."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors; secrets are kept sealed, so that neither a database dump nor an administrator reads them."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text.encode(), settings.CONFIG.key_folder)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(base64.b64decode(encrypted_text), settings.CONFIG.key_folder).decode()
