"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("", *GET)
def me(request, *args, **keys):
    return HttpResponse("stub")


@page("person.manage", *GET)
def person_list(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("me/", me, name="me"),
    path("people/", person_list, name="person_list"),
]
