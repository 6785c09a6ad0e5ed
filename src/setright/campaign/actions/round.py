"""A round of listening: plan it, open it, say how many were reached, close it for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions import rollup
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.enums import EnrolmentState, RoundState
from setright.campaign.errors import Conflict, Invalid, Reason, Refused
from setright.campaign.models import Audience, Enrolment, Person, Round


@dataclass(frozen=True, slots=True)
class AudiencePlan:
    """A part of those to be heard, and how many of them are invited."""

    name: str
    name_en: str
    n_invited: int


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What is typed to plan a round."""

    method: str
    starts_on: date
    ends_on: date
    note: str
    audiences: tuple[AudiencePlan, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """How many of an audience were reached, and the number that stood there when it was typed."""

    audience_id: int
    seen: int
    n: int


def plan_round(*, enrolment: Enrolment, plan: RoundPlan, by: Person) -> Round:
    """Plan a round; it takes the next number of its enrolment."""
    access.require(by, "round.enter", campaign=enrolment.campaign_id, unit=enrolment.unit)
    _check(plan)
    with transaction.atomic():
        if Enrolment.objects.select_for_update().get(pk=enrolment.pk).state == EnrolmentState.SEALED:
            raise Refused(_("This unit is sealed: nothing more is entered."))
        last = enrolment.rounds.aggregate(n=Max("number"))["n"] or 0
        made = Round.objects.create(enrolment=enrolment, number=last + 1, **_fields(plan))
        _add_audiences(made, plan)
        _log("plan_round", made, by, None, {"state": made.state, "method": plan.method, "plan": plan_hash(made)})
        rollup.refresh(enrolment)
    return made


def edit_round(*, round: Round, plan: RoundPlan, seen: str, by: Person) -> None:
    """Change a planned round.

    Parameters
    ----------
    seen
        `plan_hash` of what the writer had before them: if somebody else changed it since, nothing is written.
    """
    access.require(by, "round.enter", campaign=round.enrolment.campaign_id, unit=round.enrolment.unit)
    _check(plan)
    with transaction.atomic():
        before = plan_hash(_locked(round))
        if before != seen:
            raise Conflict(
                _("Somebody changed this round while you were writing. Yours is kept below; compare and save again.")
            )
        move(round, (RoundState.PLANNED,), **_fields(plan))
        round.audiences.all().delete()
        _add_audiences(round, plan)
        _log("edit_round", round, by, {"plan": before}, {"plan": plan_hash(round)})
        rollup.refresh(round.enrolment)


def plan_hash(round: Round) -> str:
    """SHA-256 over what a plan says, so that two writers notice each other."""
    now = Round.objects.get(pk=round.pk)
    audiences = now.audiences.order_by("pk").values_list("name", "name_en", "n_invited")
    return text_hash(now.method, now.starts_on, now.ends_on, now.note, [list(each) for each in audiences])


def drop_round(*, round: Round, by: Person) -> None:
    """Take a planned round out for good; what was opened stays."""
    access.require(by, "round.enter", campaign=round.enrolment.campaign_id, unit=round.enrolment.unit)
    with transaction.atomic():
        move(round, (RoundState.PLANNED,), state=RoundState.PLANNED)
        _log("drop_round", round, by, {"state": round.state}, {"method": round.method})
        Round.objects.filter(pk=round.pk).delete()
        rollup.refresh(round.enrolment)


def open_round(*, round: Round, by: Person) -> None:
    """Begin to listen: from now on it can be said how many were reached."""
    access.require(by, "round.enter", campaign=round.enrolment.campaign_id, unit=round.enrolment.unit)
    if round.enrolment.state == EnrolmentState.WAITING:
        raise Refused(_("The unit has not begun: rounds open once it is in phase 1."))
    if round.enrolment.state == EnrolmentState.SEALED:
        raise Refused(_("This unit is sealed: nothing more is entered."))
    with transaction.atomic():
        move(round, (RoundState.PLANNED,), state=RoundState.OPEN, opened_on=timezone.localdate())
        _log("open_round", round, by, {"state": "planned"}, {"state": round.state})
        rollup.refresh(round.enrolment)


def unopen_round(*, round: Round, by: Person) -> None:
    """Take the opening back, as long as nobody was reached."""
    access.require(by, "round.enter", campaign=round.enrolment.campaign_id, unit=round.enrolment.unit)
    with transaction.atomic():
        if n := _n_reached(_locked(round))[0]:
            raise Refused(_("%(n)d people were reached in this round: it stays open.") % {"n": n})
        move(round, (RoundState.OPEN,), state=RoundState.PLANNED, opened_on=None)
        _log("unopen_round", round, by, {"state": "open"}, {"state": round.state})
        rollup.refresh(round.enrolment)


def enter_reached(*, round: Round, reached: list[Reached], by: Person) -> None:
    """Say how many of each audience were reached so far; only while the round is open.

    Raises
    ------
    Conflict
        When somebody changed one of the numbers since it was read; none is written then.
    """
    access.require(by, "round.enter", campaign=round.enrolment.campaign_id, unit=round.enrolment.unit)
    with transaction.atomic():
        before = _n_reached(_locked(round))[0]
        move(round, (RoundState.OPEN,), state=RoundState.OPEN)
        for each in reached:
            _write(round, each)
        after = _n_reached(round)[0]
        _log("enter_reached", round, by, {"reached": before}, {"reached": after}, len(reached))
        rollup.refresh(round.enrolment)


def _write(round: Round, each: Reached) -> None:
    audience = round.audiences.filter(pk=each.audience_id).first()
    if audience is None:
        raise Conflict(_("An audience was changed since you opened this page: look at it again."))
    field = f"reached_{audience.pk}"
    if not 0 <= each.n <= audience.n_invited:
        raise Invalid(field, _("From 0 to the %(n)d invited.") % {"n": audience.n_invited})
    if not Audience.objects.filter(pk=audience.pk, n_reached=each.seen).update(n_reached=each.n):
        values = {"name": audience.label, "n": audience.n_reached}
        raise Conflict(
            _("%(name)s: somebody entered %(n)d meanwhile. Nothing was written; compare and save again.") % values
        )


def close_round(*, round: Round, by: Person) -> None:
    """Close a round for good: its numbers count at gate 1 and never change again. Only the lead does that."""
    access.require(by, "round.close", campaign=round.enrolment.campaign_id, unit=round.enrolment.unit)
    with transaction.atomic():
        reached, invited = _n_reached(_locked(round))
        if not reached and round.state == RoundState.OPEN:
            raise Refused(_("This round cannot be closed yet."), (_nobody_reached(round, invited),))
        move(round, (RoundState.OPEN,), state=RoundState.CLOSED, closed_on=timezone.localdate())
        _log("close_round", round, by, {"state": "open"}, {"state": round.state, "reached": reached, "of": invited})
        rollup.refresh(round.enrolment)


def _nobody_reached(round: Round, invited: int) -> Reason:
    title = _("People reached: 0 of %(n)d invited, in every audience") % {"n": invited}
    detail = _("Enter how many were reached first; a round that reached nobody heard nobody.")
    return Reason("reached", title, detail, 0, 1, "round_page", (round.enrolment.campaign_id, round.pk))


def _locked(round: Round) -> Round:
    """Hold the row, so that numbers and state are those of this transaction."""
    if Round.objects.select_for_update().filter(pk=round.pk).first() is None:
        raise Conflict(_("Somebody took this out meanwhile: it is no longer there."))
    return round


def _n_reached(round: Round) -> tuple[int, int]:
    found = Audience.objects.filter(round=round).aggregate(reached=Sum("n_reached"), invited=Sum("n_invited"))
    return found["reached"] or 0, found["invited"] or 0


def _check(plan: RoundPlan) -> None:
    if plan.ends_on < plan.starts_on:
        raise Invalid("ends_on", _("It ends before it begins."))
    if not plan.audiences:
        raise Invalid("name_0", _("Name at least one audience, and how many of it are invited."))
    for at, each in enumerate(plan.audiences):
        if each.n_invited < 1:
            raise Invalid(f"invited_{at}", _("At least 1 must be invited."))


def _fields(plan: RoundPlan) -> dict[str, object]:
    return {"method": plan.method, "starts_on": plan.starts_on, "ends_on": plan.ends_on, "note": plan.note}


def _add_audiences(round: Round, plan: RoundPlan) -> None:
    Audience.objects.bulk_create(
        Audience(round=round, name=each.name, name_en=each.name_en, n_invited=each.n_invited) for each in plan.audiences
    )


def _log(
    action: str,
    round: Round,
    by: Person,
    before: dict[str, object] | None,
    after: dict[str, object],
    n: int | None = None,
) -> None:
    about = log.About(round.enrolment.campaign_id, round.enrolment.unit_id)
    log.write(action, round, by, about, log.Change(before, after, n))
