"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("unit.view", *GET)
def unit_list(request, *args, **keys):
    return HttpResponse("stub")


@page("unit.view", *GET)
def unit_page(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("c/<int:campaign>/units/", unit_list, name="unit_list"),
    path("c/<int:campaign>/units/<int:pk>/", unit_page, name="unit_page"),
]
