"""Stub, to be replaced."""

from django.http import HttpResponse
from django.urls import path

from setright.campaign.views.page import GET, page


@page("study.view", *GET)
def study_list(request, *args, **keys):
    return HttpResponse("stub")


urlpatterns = [
    path("c/<int:campaign>/study/", study_list, name="study_list"),
]
