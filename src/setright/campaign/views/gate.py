"""A gate's page: every unmet condition with its counts and where to mend it, the same for whoever looks."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.gate import ask_gate
from setright.campaign.enums import GateNumber
from setright.campaign.models import Campaign, Enrolment
from setright.campaign.queries.gate import gate_of, next_gate
from setright.campaign.views.page import BOTH, done, page


@page("gate.view", *BOTH)
def gate_page(request: Any, campaign: Campaign, pk: int, number: int) -> HttpResponse:
    """Look at a gate; the unit lead may ask it."""
    rows = Enrolment.objects.select_related("unit", "campaign", "lead")
    enrolment = access.get(rows, request.user, "gate.view", pk=pk, campaign_id=campaign.pk)
    if number not in GateNumber.values:
        raise access.Unknown
    gate = GateNumber(number)
    if request.method == "POST":
        answer = ask_gate(enrolment=enrolment, number=gate, by=request.user)
        if answer.is_open:
            url = reverse("unit_page", args=(campaign.pk, enrolment.unit_id))
            return done(request, _("Passed: %(gate)s.") % {"gate": gate.label}, url)
    else:
        answer = gate_of(enrolment, gate)
    context = {
        "enrolment": enrolment,
        "gate": gate,
        "answer": answer,
        "has_asked": request.method == "POST",
        "may_ask": access.may(request.user, "gate.ask", campaign=enrolment.campaign_id, unit=enrolment.unit),
        "is_next": next_gate(enrolment) == gate,
        "attempts": enrolment.attempts.filter(number=gate).select_related("by")[:10],
    }
    return render(request, "gate/page.html", context)


urlpatterns = [path("c/<int:campaign>/enrolments/<int:pk>/gates/<int:number>/", gate_page, name="gate_page")]
