"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("grant.manage", *GET)
def grant_list(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("c/<int:campaign>/roles/", grant_list, name="grant_list"),
]
