"""Steps: entered with their evidence, handed in, accepted or returned, waived."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django.http import FileResponse
from django.utils.translation import gettext as _
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from setright.campaign import access
from setright.campaign.actions.file import keep_file
from setright.campaign.actions.step import (
    OwnStep,
    add_own_step,
    edit_step,
    review_step,
    revoke_review,
    submit_step,
    version_hash,
    waive_step,
)
from setright.campaign.api.enrolment import enrolment_for
from setright.campaign.api.file import sent
from setright.campaign.api.guard import Call, reads, seen, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import FileRef, PersonRef, ReviewOut, UnitRef, review_out
from setright.campaign.api.typed import Day, Id, In, Maybe, Name, Phase, Seen, Text
from setright.campaign.enums import StepState, Verdict
from setright.campaign.errors import Conflict
from setright.campaign.models import Step, StepFile
from setright.campaign.queries.step import evidence_of, repeated_evidence, reviews_of, steps_of

router = Router()
_AT: Final = "/campaigns/{campaign}/steps/{pk}"
_OF: Final = "/campaigns/{campaign}/enrolments/{pk}/steps"


class StepRow(Schema):
    """A step; without a `template` it is the unit's own. Late where it is owed and `due_on` is past."""

    id: int
    enrolment: int
    template: str | None
    phase: int
    name: str
    name_en: str
    due_on: date
    state: StepState
    done_on: date | None
    version: int


class EvidenceOut(Schema):
    id: int
    file: FileRef
    added_in: int


class RepeatedOut(Schema):
    """Evidence whose very bytes prove other steps too: those the caller may see, and how many others."""

    evidence: int
    steps: list[int]
    n_unseen: int


class StepOut(StepRow):
    """A step with all that was handed in and decided. A review binds to `seen`, the hash of words, day and files."""

    unit: UnitRef
    requirements: list[list[str]]
    min_files: int
    note: str
    seen: str
    submitted_at: datetime | None
    submitted_by: PersonRef | None
    waiver_reason: str
    waived_by: PersonRef | None
    waived_at: datetime | None
    evidence: list[EvidenceOut]
    repeated: list[RepeatedOut]
    reviews: list[ReviewOut]


class OwnStepIn(In):
    phase: Phase
    name: Name
    name_en: Maybe = ""
    due_on: Day


class StepIn(In):
    """What is handed in. `seen` is that of the step as it was read; or send its ETag as If-Match."""

    note: Text
    done_on: Day | None = None
    seen: Seen = ""


class ReviewIn(In):
    """`seen` is that of the version that was read: if it changed since, nothing is decided."""

    verdict: Verdict
    comment: Text = ""
    seen: Seen = ""


class WaiverIn(In):
    """The reason is published with the signer's name."""

    reason: Text


def _step(request: Call, pk: int, right: str = "step.view") -> Step:
    rows = Step.objects.select_related(
        "enrolment__unit", "enrolment__campaign", "template", "submitted_by", "waived_by"
    )
    of = {"unit": "enrolment__unit", "campaign": "enrolment__campaign"}
    return access.get(rows, request.user, right, **of, pk=pk, enrolment__campaign=request.campaign)


def _row(step: Step) -> dict[str, Any]:
    return {
        "id": step.pk,
        "enrolment": step.enrolment_id,
        "template": step.template.code if step.template else None,
        "phase": step.phase,
        "name": step.name,
        "name_en": step.name_en,
        "due_on": step.due_on,
        "state": StepState(step.state),
        "done_on": step.done_on,
        "version": step.version,
    }


def _out(request: Call, step: Step) -> StepOut:
    template, evidence = step.template, evidence_of(step)
    return StepOut(
        **_row(step),
        unit=UnitRef.model_validate(step.enrolment.unit),
        requirements=template.requirements if template else [],
        min_files=template.min_files if template else 0,
        note=step.note,
        seen=step.version_hash or version_hash(step),
        submitted_at=step.submitted_at,
        submitted_by=PersonRef.model_validate(step.submitted_by) if step.submitted_by else None,
        waiver_reason=step.waiver_reason,
        waived_by=PersonRef.model_validate(step.waived_by) if step.waived_by else None,
        waived_at=step.waived_at,
        evidence=[EvidenceOut.model_validate(each) for each in evidence],
        repeated=[
            RepeatedOut(evidence=each.evidence.pk, steps=[other.pk for other in each.others], n_unseen=each.n_unseen)
            for each in repeated_evidence(step, evidence, request.user)
        ],
        reviews=[review_out(each) for each in reviews_of(step)],
    )


@reads(router, _OF, "step.view", Page[StepRow])
def list_steps(request: Call, pk: Id, state: StepState | None = None) -> Any:
    """Every step of an enrolment: by phase, mandatory ones before the unit's own."""
    rows = steps_of(enrolment_for(request, pk, "step.view"))
    rows = rows.filter(state=state) if state else rows
    return page(request, rows, ("phase", "position", "pk"), lambda step: StepRow(**_row(step)))


@writes(router, _OF, "step.enter", StepOut, status=201)
def add_step(request: Call, pk: Id, body: OwnStepIn) -> StepOut:
    """Add a step of the unit's own; it never stands in for a mandatory one."""
    enrolment = enrolment_for(request, pk, "step.enter")
    made = add_own_step(enrolment=enrolment, own=OwnStep(**body.model_dump()), by=request.user)
    return _out(request, _step(request, made.pk, "step.enter"))


@reads(router, _AT, "step.view", StepOut)
def read_step(request: Call, pk: Id) -> StepOut:
    """A step with its evidence and decisions."""
    return _out(request, _step(request, pk))


def _unchanged(request: Call, step: Step, typed: str) -> StepOut:
    """What is shown of the step now, where it is what the caller read."""
    shown = _out(request, step)
    if seen(request, typed, shown, shown.seen) != shown.seen:
        raise Conflict(_("Somebody changed this step since you read it. Nothing of yours was changed."))
    return shown


@writes(router, _AT, "step.enter", StepOut, method="PATCH")
def enter_step(request: Call, pk: Id, body: StepIn) -> StepOut:
    """Change words and day. A standing decision is voided, visibly."""
    step = _step(request, pk, "step.enter")
    _unchanged(request, step, body.seen)
    edit_step(step=step, note=body.note, done_on=body.done_on, files=[], drop=[], by=request.user)
    return _out(request, _step(request, pk, "step.enter"))


@writes(router, f"{_AT}/files", "step.enter", StepOut, status=201)
def add_evidence(request: Call, pk: Id, file: File[UploadedFile]) -> StepOut:
    """Hand a file in as evidence: the original is sealed, a cleaned copy is shown. At most 32 MB."""
    step = _step(request, pk, "step.enter")
    kept = keep_file(upload=file, by=request.user, field="file")
    edit_step(step=step, note=step.note, done_on=step.done_on, files=[kept], drop=[], by=request.user)
    return _out(request, _step(request, pk, "step.enter"))


def _evidence(step: Step, pk: int) -> StepFile:
    found = StepFile.objects.filter(step=step, pk=pk).select_related("file").first()
    if found is None:
        raise access.Unknown
    return found


@reads(router, f"{_AT}/files/{{file}}", "step.view", None)
def read_evidence(request: Call, pk: Id, file: Id) -> FileResponse:
    """The cleaned copy of a piece of evidence."""
    return sent(_evidence(_step(request, pk), file).file)


@writes(router, f"{_AT}/files/{{file}}", "step.enter", StepOut, method="DELETE")
def drop_evidence(request: Call, pk: Id, file: Id) -> StepOut:
    """Take a piece of evidence out; it stays in the history."""
    step = _step(request, pk, "step.enter")
    drop = [_evidence(step, file).pk]
    edit_step(step=step, note=step.note, done_on=step.done_on, files=[], drop=drop, by=request.user)
    return _out(request, _step(request, pk, "step.enter"))


@writes(router, f"{_AT}/submit", "step.enter", StepOut)
def hand_step_in(request: Call, pk: Id) -> StepOut:
    """Hand it in. What is missing is said all at once."""
    submit_step(step=_step(request, pk, "step.enter"), by=request.user)
    return _out(request, _step(request, pk, "step.enter"))


@writes(router, f"{_AT}/review", "step.review", StepOut)
def decide_step(request: Call, pk: Id, body: ReviewIn) -> StepOut:
    """Accept or return the version that was read."""
    step = _step(request, pk, "step.review")
    read = seen(request, body.seen, _out(request, step), step.version_hash)
    review_step(step=step, verdict=body.verdict, comment=body.comment, seen_hash=read, by=request.user)
    return _out(request, _step(request, pk, "step.review"))


@writes(router, f"{_AT}/revoke", "step.review", StepOut)
def revoke_decision(request: Call, pk: Id) -> StepOut:
    """Take one's own standing decision back: the step waits for review again."""
    revoke_review(step=_step(request, pk, "step.review"), by=request.user)
    return _out(request, _step(request, pk, "step.review"))


@writes(router, f"{_AT}/waive", "step.waive", StepOut)
def waive(request: Call, pk: Id, body: WaiverIn) -> StepOut:
    """Waive a mandatory step in public."""
    waive_step(step=_step(request, pk, "step.waive"), reason=body.reason, by=request.user)
    return _out(request, _step(request, pk, "step.waive"))
