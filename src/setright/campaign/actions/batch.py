"""Add a batch; open it through gate 8."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from setright.campaign import access, log
from setright.campaign.actions.transition import move
from setright.campaign.enums import BatchState
from setright.campaign.models import Batch, Campaign, GateAttempt, Person
from setright.campaign.queries.gate import Answer, gate_8, kept


def add_batch(*, campaign: Campaign, starts_on: date, by: Person) -> Batch:
    """Plan the next batch; it follows the last one there is."""
    access.require(by, "campaign.manage", campaign=campaign)
    with transaction.atomic():
        last = campaign.batches.select_for_update().order_by("number").last()
        batch = Batch.objects.create(
            campaign=campaign, number=last.number + 1 if last else 1, predecessor=last, starts_on=starts_on
        )
        log.write("add_batch", batch, by, log.About(campaign.pk), log.Change(after={"number": batch.number}))
    return batch


def open_batch(*, batch: Batch, by: Person) -> Answer:
    """Ask gate 8; where every condition is met, the batch runs. The attempt is kept either way."""
    access.require(by, "batch.open", campaign=batch.campaign_id)
    with transaction.atomic():
        answer, reasons = gate_8(batch), kept(lambda: gate_8(batch))
        if answer.is_open:
            move(batch, (BatchState.PLANNED,), state=BatchState.RUNNING)
        GateAttempt.objects.create(
            number=8, batch=batch, by=by, at=timezone.now(), has_passed=answer.is_open, reasons=reasons
        )
        log.write(
            "open_batch",
            batch,
            by,
            log.About(batch.campaign_id),
            log.Change(after={"passed": answer.is_open, "state": batch.state}, n=len(answer.unmet)),
        )
    return answer
