"""Signing in and out, passwords, second factors, the organisation's own sign-in."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("allauth.account.urls")),
    path("mfa/", include("allauth.mfa.urls")),
    path("social/", include("allauth.socialaccount.urls")),
    path("oidc/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
