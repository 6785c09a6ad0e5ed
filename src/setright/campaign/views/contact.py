"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("contact.view", *GET)
def contact_list(request, *args, **keys):
    return HttpResponse("stub")


@page("contact.view", *GET)
def instruction_page(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("c/<int:campaign>/contact/", contact_list, name="contact_list"),
    path("c/<int:campaign>/instructions/<int:pk>/", instruction_page, name="instruction_page"),
]
