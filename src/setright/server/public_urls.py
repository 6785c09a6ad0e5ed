"""Addresses anyone may open: no session, no log."""

from __future__ import annotations

from django.urls import path

from setright.campaign.views import public

urlpatterns = [
    path("", public.front, name="front"),
    path("healthz", public.health, name="health"),
]

handler404 = "setright.campaign.views.trouble.not_found"
handler500 = "setright.campaign.views.trouble.broken"
