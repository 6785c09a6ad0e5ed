"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("round.view", *GET)
def round_list(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("c/<int:campaign>/enrolments/<int:pk>/rounds/", round_list, name="round_list"),
]
