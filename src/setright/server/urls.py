"""Addresses of staff pages and of the API."""

from __future__ import annotations

from django.urls import include, path, re_path

from setright.campaign.api import api, nowhere

urlpatterns = [
    path("app/account/", include("setright.server.account_urls")),
    path("app/", include("setright.campaign.views.urls")),
    path("api/v1/", nowhere),
    path("api/v1/", api.urls),
    re_path(r"^api/", nowhere),
]

handler404 = "setright.campaign.views.trouble.not_found"
handler403 = "setright.campaign.views.trouble.not_found"
handler500 = "setright.campaign.views.trouble.broken"
