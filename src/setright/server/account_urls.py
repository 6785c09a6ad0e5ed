"""Signing in and out, passwords, second factors, the organisation's own sign-in.

Each address is listed by hand. The library knows more of them (signing up by oneself, several e-mail addresses, linked
accounts); their names must exist, since it builds links to some, but they lead nowhere.
"""

from __future__ import annotations

from typing import NoReturn

from allauth.account import views as account
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.http import Http404, HttpRequest
from django.urls import include, path, re_path

from setright.server import account_log  # noqa: F401 - connects the log to what happens on these pages


def nowhere(request: HttpRequest, **keys: str) -> NoReturn:
    """No such page: accounts come by invitation, and each has one e-mail address."""
    raise Http404


urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("mfa/", include("allauth.mfa.urls")),
    path("oidc/<str:provider_id>/login/", oidc.login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
    path("oidc/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/error/", social.login_error, name="socialaccount_login_error"),
    path("none/signup/", nowhere, name="account_signup"),
    path("none/email/", nowhere, name="account_email"),
    path("none/email/sent/", nowhere, name="account_email_verification_sent"),
    path("none/social/", nowhere, name="socialaccount_connections"),
    path("none/social/signup/", nowhere, name="socialaccount_signup"),
]
