"""A step: enter it, hand it in, return or accept it, waive it. A decision binds to the version it was made on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions import rollup
from setright.campaign.actions.review import record_review, void_reviews
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.enums import EnrolmentState, StepState, Verdict
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Enrolment, File, Person, Review, Step, StepFile

_ENTERABLE = (StepState.OPEN, StepState.RETURNED, StepState.SUBMITTED, StepState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class OwnStep:
    """What is typed to add a step of the unit's own (自选动作)."""

    phase: int
    name: str
    name_en: str
    due_on: date


def add_own_step(*, enrolment: Enrolment, own: OwnStep, by: Person) -> Step:
    """Add a step of the unit's own; it never stands in for a mandatory one."""
    access.require(by, "step.enter", campaign=enrolment.campaign_id, unit=enrolment.unit)
    if enrolment.state == EnrolmentState.SEALED:
        raise Refused(_("This unit is sealed: nothing more is entered."))
    with transaction.atomic():
        position = 100 + enrolment.steps.filter(template=None).count()
        step = Step.objects.create(
            enrolment=enrolment,
            phase=own.phase,
            position=position,
            name=own.name,
            name_en=own.name_en,
            due_on=own.due_on,
        )
        _log("add_own_step", step, by, None, {"state": step.state, "phase": own.phase})
    return step


def edit_step(*, step: Step, note: str, done_on: date | None, files: list[File], drop: list[int], by: Person) -> None:
    """Change what is handed in: words, day, files. A standing decision is voided, visibly, in the same transaction.

    Parameters
    ----------
    files
        New evidence to add.
    drop
        Ids of `StepFile` to take out; they stay in the history.
    """
    access.require(by, "step.enter", campaign=step.enrolment.campaign_id, unit=step.enrolment.unit)
    if step.state == StepState.WAIVED:
        raise Refused(_("This step was waived: nothing is entered."))
    if done_on and done_on > timezone.localdate():
        raise Invalid("done_on", _("The day lies in the future."))
    with transaction.atomic():
        locked = Step.objects.select_for_update().get(pk=step.pk)
        if locked.version != step.version:
            raise Conflict(
                _("Somebody changed this step while you were writing. Yours is kept below; compare and save again.")
            )
        version = locked.version + 1
        StepFile.objects.filter(step=step, pk__in=drop, dropped_in=None).update(dropped_in=version)
        StepFile.objects.bulk_create(StepFile(step=step, file=file, added_in=version) for file in files)
        after = StepState.RETURNED if locked.state == StepState.RETURNED else StepState.OPEN
        move(step, _ENTERABLE, note=note, done_on=done_on, version=version, state=after)
        Step.objects.filter(pk=step.pk).update(version_hash=version_hash(step))
        n_voided = void_reviews(step, version)
        _log(
            "edit_step",
            step,
            by,
            {"state": locked.state, "version": locked.version},
            {"state": after, "version": version, "voided": n_voided},
        )
        rollup.refresh(step.enrolment)
    step.refresh_from_db()


def version_hash(step: Step) -> str:
    """SHA-256 over a step's words, day and the hashes of its present evidence: what a decision binds to."""
    files = step.evidence.filter(dropped_in=None).order_by("pk").values_list("file__sha256", flat=True)
    return text_hash(step.name, step.note, step.done_on, list(files))


def submit_step(*, step: Step, by: Person) -> None:
    """Hand a step in. What is missing is said all at once."""
    access.require(by, "step.enter", campaign=step.enrolment.campaign_id, unit=step.enrolment.unit)
    n_files = step.evidence.filter(dropped_in=None).count()
    needed = step.template.min_files if step.template else 0
    if n_files < needed:
        raise Invalid("files", _("Evidence is missing: %(got)d of %(need)d files.") % {"got": n_files, "need": needed})
    if not step.note.strip():
        raise Invalid("note", _("Say what was done."))
    with transaction.atomic():
        before = step.state
        move(
            step,
            (StepState.OPEN, StepState.RETURNED),
            state=StepState.SUBMITTED,
            submitted_at=timezone.now(),
            submitted_by=by,
            version_hash=version_hash(step),
        )
        _log("submit_step", step, by, {"state": before}, {"state": step.state, "hash": step.version_hash})
        rollup.refresh(step.enrolment)


def review_step(*, step: Step, verdict: Verdict, comment: str, seen_hash: str, by: Person) -> None:
    """Accept or return the version that was read.

    Parameters
    ----------
    seen_hash
        The hash on the page where the reviewer pressed: if the step changed since, nothing is decided.
    """
    access.require(by, "step.review", campaign=step.enrolment.campaign_id, unit=step.enrolment.unit)
    if access.is_of_the_unit(by, step.enrolment.unit):
        raise Refused(_("You belong to this unit: somebody else reviews it."))
    if verdict == Verdict.RETURNED and not comment.strip():
        raise Invalid("comment", _("Needed when returning: say what to change."))
    with transaction.atomic():
        _decide(step, verdict, seen_hash)
        record_review(thing=step, verdict=verdict, comment=comment, by=by)
        _log(
            "review_step",
            step,
            by,
            {"state": "submitted"},
            {"state": step.state, "hash": step.version_hash, "version": step.version},
        )
        rollup.refresh(step.enrolment)


def _decide(step: Step, verdict: Verdict, seen_hash: str) -> None:
    state = StepState.ACCEPTED if verdict == Verdict.ACCEPTED else StepState.RETURNED
    changed = Step.objects.filter(pk=step.pk, state=StepState.SUBMITTED, version_hash=seen_hash).update(state=state)
    now = Step.objects.get(pk=step.pk)
    if not changed and now.version_hash != seen_hash:
        raise Conflict(_("The text changed since you opened it: read the new version first. Nothing was decided."))
    if not changed:
        raise Conflict(
            _("Somebody was quicker: it is “%(state)s” by now. Nothing of yours was changed.")
            % {"state": now.get_state_display()}
        )
    step.refresh_from_db()


def revoke_review(*, step: Step, by: Person) -> None:
    """Take back one's own standing decision: the step waits for review again, unlocked in the same transaction."""
    access.require(by, "step.review", campaign=step.enrolment.campaign_id, unit=step.enrolment.unit)
    with transaction.atomic():
        from_state = step.state
        if not _revoked(step, by):
            raise Refused(_("There is no standing decision of yours to take back."))
        move(step, (StepState.ACCEPTED, StepState.RETURNED), state=StepState.SUBMITTED)
        _log("revoke_review", step, by, {"state": from_state}, {"state": step.state})
        rollup.refresh(step.enrolment)


def _revoked(step: Step, by: Person) -> int:
    standing = Review.objects.filter(
        object_type="step", object_id=step.pk, reviewer=by, version=step.version, revoked_at=None, voided_at=None
    )
    return standing.update(revoked_at=timezone.now())


def waive_step(*, step: Step, reason: str, by: Person) -> None:
    """Waive a mandatory step: the reason is public and signed. Rounds, reach and opinions can never be waived."""
    access.require(by, "step.waive", campaign=step.enrolment.campaign_id, unit=step.enrolment.unit)
    if not step.is_mandatory:
        raise Refused(_("Only mandatory steps are waived; the unit may drop its own."))
    if len(reason.strip()) < 10:
        raise Invalid("reason", _("Give the public reason in a sentence: it enters the final report."))
    with transaction.atomic():
        before = step.state
        move(
            step,
            (StepState.OPEN, StepState.RETURNED, StepState.SUBMITTED),
            state=StepState.WAIVED,
            waiver_reason=reason,
            waived_by=by,
            waived_at=timezone.now(),
        )
        _log("waive_step", step, by, {"state": before}, {"state": step.state, "reason": text_hash(reason)})
        rollup.refresh(step.enrolment)


def _log(action: str, step: Step, by: Person, before: dict[str, object] | None, after: dict[str, object]) -> None:
    log.write(
        action, step, by, log.About(step.enrolment.campaign_id, step.enrolment.unit_id), log.Change(before, after)
    )
