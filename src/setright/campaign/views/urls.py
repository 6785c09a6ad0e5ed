"""Addresses of staff pages, noun by noun."""

from __future__ import annotations

from setright.campaign.views import (
    board,
    campaign,
    contact,
    event,
    gate,
    grant,
    home,
    job,
    notice,
    person,
    round,
    step,
    study,
    unit,
    work,
)

urlpatterns = [
    *home.urlpatterns,
    *job.urlpatterns,
    *work.urlpatterns,
    *board.urlpatterns,
    *person.urlpatterns,
    *unit.urlpatterns,
    *campaign.urlpatterns,
    *grant.urlpatterns,
    *event.urlpatterns,
    *step.urlpatterns,
    *gate.urlpatterns,
    *contact.urlpatterns,
    *notice.urlpatterns,
    *study.urlpatterns,
    *round.urlpatterns,
]
