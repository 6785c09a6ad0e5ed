"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("", *GET)
def campaign_list(request, *args, **keys):
    return HttpResponse("stub")


@page("campaign.manage", *GET)
def campaign_page(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("campaigns/", campaign_list, name="campaign_list"),
    path("c/<int:campaign>/", campaign_page, name="campaign_page"),
]
