"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("notice.view", *GET)
def notice_list(request, *args, **keys):
    return HttpResponse("stub")


@page("notice.view", *GET)
def notice_page(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("c/<int:campaign>/notices/", notice_list, name="notice_list"),
    path("c/<int:campaign>/notices/<int:pk>/", notice_page, name="notice_page"),
]
