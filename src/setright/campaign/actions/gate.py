"""Ask a gate: pass where every condition is met, be told every reason where not. No rank passes."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from setright.campaign import access, log
from setright.campaign.actions import rollup
from setright.campaign.actions.transition import move
from setright.campaign.enums import EnrolmentState, GateNumber
from setright.campaign.models import Enrolment, GateAttempt, Person, Phase
from setright.campaign.queries.gate import Answer, gate_of, kept

_NEXT = {
    GateNumber.FIRST: ((EnrolmentState.P1,), EnrolmentState.P2, 1),
    GateNumber.SECOND: ((EnrolmentState.P2,), EnrolmentState.P3, 2),
    GateNumber.SEAL: ((EnrolmentState.P3, EnrolmentState.REMEDIAL), EnrolmentState.SEALED, 3),
}


def ask_gate(*, enrolment: Enrolment, number: GateNumber, by: Person) -> Answer:
    """Ask; the attempt and its reasons are kept either way."""
    access.require(by, "gate.ask", campaign=enrolment.campaign_id, unit=enrolment.unit)
    with transaction.atomic():
        answer, reasons = gate_of(enrolment, number), kept(lambda: gate_of(enrolment, number))
        if answer.is_open:
            _pass(enrolment, number)
        GateAttempt.objects.create(
            number=number,
            enrolment=enrolment,
            by=by,
            at=timezone.now(),
            has_passed=answer.is_open,
            reasons=reasons,
        )
        log.write(
            "ask_gate",
            enrolment,
            by,
            log.About(enrolment.campaign_id, enrolment.unit_id),
            log.Change(
                after={"gate": int(number), "passed": answer.is_open, "state": enrolment.state}, n=len(answer.unmet)
            ),
        )
        rollup.refresh(enrolment)
    return answer


def _pass(enrolment: Enrolment, number: GateNumber) -> None:
    start, end, phase = _NEXT[number]
    move(enrolment, start, state=end)
    today = timezone.localdate()
    Phase.objects.filter(enrolment=enrolment, number=phase).update(closed_on=today)
    Phase.objects.filter(enrolment=enrolment, number=phase + 1).update(opened_on=today)
