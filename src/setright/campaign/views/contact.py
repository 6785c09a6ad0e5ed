"""Contact points: the list of them, one unit as its sponsor sees it now, who sponsors which, duties done."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.point import (
    PointDraft,
    assign_point,
    drop_duty_record,
    end_point,
    hand_over_point,
    look_at_point,
    record_duty,
    resume_point,
)
from setright.campaign.enums import PointState
from setright.campaign.forms.contact import DutyDoneForm, PointForm, SponsorForm
from setright.campaign.models import Campaign, ContactPoint, DutyRecord, PlanDuty
from setright.campaign.queries.board import phase_names
from setright.campaign.queries.contact import (
    point_rows,
    points_of_sponsor,
    points_seen_by,
    records_at,
    units_without,
)
from setright.campaign.queries.contact_now import changes_of, late_at, row_at, waiting_at
from setright.campaign.queries.formality import hints
from setright.campaign.queries.held import hearings_seen_by, visits_seen_by
from setright.campaign.queries.instruction import by_urgency, instructions_seen_by
from setright.campaign.queries.plan import duties_at, plan_in_force
from setright.campaign.views.page import BOTH, GET, PER_PAGE, POST, attempt, done, page, paged

_SAME_LOOK: Final = timedelta(minutes=30)


def _point(request: Any, campaign: Campaign, pk: int, right: str = "contact.view") -> ContactPoint:
    rows = ContactPoint.objects.select_related("unit", "sponsor", "campaign")
    return access.get(rows, request.user, right, pk=pk, campaign_id=campaign.pk)


@page("contact.view", *GET)
def contact_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Every contact point one may see; a sponsor of one unit goes straight to it."""
    only = request.GET.get("state", "")
    mine = list(points_of_sponsor(request.user, campaign)[:2])
    if len(mine) == 1 and not request.GET:
        return redirect("point_page", campaign.pk, mine[0].pk)
    seen = points_seen_by(request.user, campaign)
    counts = Counter(seen.order_by().values_list("state", flat=True))
    shown = seen.filter(state=only) if only in PointState.values else seen
    pages = paged(request, shown)
    may_manage = access.may(request.user, "point.manage", campaign=campaign)
    context = {
        "page": pages,
        "rows": point_rows(pages.object_list, campaign),
        "states": [(value, label, counts[value]) for value, label in PointState.choices if counts[value]],
        "only": only,
        "n": sum(counts.values()),
        "plan": plan_in_force(campaign),
        "may_manage": may_manage,
        "n_without": units_without(campaign).count() if may_manage else None,
        "may_see_plan": access.may_somewhere(request.user, "plan.view", campaign),
    }
    return render(request, "contact/list.html", context)


@page("contact.view", *GET)
def point_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """My contact unit now."""
    point = _point(request, campaign, pk)
    is_mine = point.sponsor_id == request.user.pk and point.state == PointState.ACTIVE
    since = _since(request, point) if is_mine else None
    plan = plan_in_force(campaign)
    duties = duties_at([point], plan)[point.pk]
    row = row_at(point)
    changes, n_changes = changes_of(point, since, request.user)
    below = point.unit.path
    waiting = waiting_at(point, duties) if is_mine else []
    may_look = access.may(request.user, "board.view", campaign=campaign, unit=point.unit)
    context = {
        "point": point,
        "is_mine": is_mine,
        "since": since,
        "row": row,
        "phases": phase_names(campaign),
        "periods": list(row.enrolment.phases.all()) if row else [],
        "waiting": waiting,
        "changes": changes,
        "n_changes": n_changes,
        "late": late_at(point, row, duties, is_mine=is_mine),
        "hints": (hints(row.enrolment) if row else []) if may_look else None,
        "plan": plan,
        "duties": duties,
        "n_got": sum(min(line.got, line.duty.times) for line in duties),
        "n_need": sum(line.duty.times for line in duties),
        "records": records_at(point)[:PER_PAGE],
        "instructions": by_urgency(instructions_seen_by(request.user, campaign).filter(unit__path__startswith=below))[
            :20
        ],
        "visits": visits_seen_by(request.user, campaign).filter(unit__path__startswith=below)[:8],
        "hearings": hearings_seen_by(request.user, campaign).filter(unit__path__startswith=below)[:8],
        "may_act": access.may(request.user, "contact.act", campaign=campaign, unit=point.unit),
        "may_manage": access.may(request.user, "point.manage", campaign=campaign),
        "may_see_plan": access.may_somewhere(request.user, "plan.view", campaign),
    }
    return render(request, "contact/point.html", context)


def _since(request: Any, point: ContactPoint) -> datetime | None:
    """When its sponsor last looked. Looking updates it; a reload within half an hour still shows the same changes."""
    key, now = f"looked:{point.pk}", timezone.now()
    kept = request.session.get(key)
    if request.method != "GET":
        return point.looked_at
    if kept and now - datetime.fromisoformat(kept["at"]) < _SAME_LOOK:
        return datetime.fromisoformat(kept["since"]) if kept["since"] else None
    since = point.looked_at
    request.session[key] = {"at": now.isoformat(), "since": since.isoformat() if since else ""}
    look_at_point(point=point, by=request.user)
    return since


@page("point.manage", *BOTH)
def point_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Give a unit its sponsor."""
    access.require(request.user, "point.manage", campaign=campaign)
    units = units_without(campaign)
    form = PointForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        draft = PointDraft(typed["unit"].unit, typed["sponsor"], typed["field"], typed["field_en"])
        made: list[ContactPoint] = []
        if attempt(form, lambda: made.append(assign_point(campaign=campaign, draft=draft, by=request.user))):
            values = {"name": draft.sponsor.label, "unit": draft.unit.label}
            undo = reverse("point_end", args=(campaign.pk, made[0].pk))
            url = reverse("contact_list", args=(campaign.pk,))
            return done(request, _("%(name)s sponsors %(unit)s from today.") % values, url, undo=undo)
    return render(request, "contact/add.html", {"form": form, "n_without": units.count()})


@page("point.manage", *POST)
def point_end(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """End a contact point; can be taken back until somebody else has the unit."""
    point = _point(request, campaign, pk, "point.manage")
    end_point(point=point, by=request.user)
    undo = reverse("point_resume", args=(campaign.pk, pk))
    said = _("Ended: %(name)s no longer sponsors %(unit)s.")
    values = {"name": point.sponsor.label, "unit": point.unit.label}
    return done(request, said % values, reverse("contact_list", args=(campaign.pk,)), undo=undo)


@page("point.manage", *POST)
def point_resume(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take the end of a contact point back."""
    point = _point(request, campaign, pk, "point.manage")
    resume_point(point=point, by=request.user)
    said = _("Taken back: %(name)s goes on sponsoring %(unit)s.")
    values = {"name": point.sponsor.label, "unit": point.unit.label}
    return done(request, said % values, reverse("contact_list", args=(campaign.pk,)))


@page("point.manage", *BOTH)
def point_hand_over(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Hand a unit over to another sponsor."""
    point = _point(request, campaign, pk, "point.manage")
    form = SponsorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sponsor = form.cleaned_data["sponsor"]
        if attempt(form, lambda: hand_over_point(point=point, sponsor=sponsor, by=request.user)):
            values = {"name": sponsor.label, "unit": point.unit.label}
            url = reverse("contact_list", args=(campaign.pk,))
            return done(request, _("Handed over: %(name)s sponsors %(unit)s from today.") % values, url)
    return render(request, "contact/hand_over.html", {"form": form, "point": point})


@page("duty.record", *BOTH)
def duty_record(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Record that a duty of the plan was done once."""
    point = _point(request, campaign, pk, "duty.record")
    if point.sponsor_id != request.user.pk or point.state != PointState.ACTIVE:
        raise access.Unknown
    plan = plan_in_force(campaign)
    duties = PlanDuty.objects.filter(plan=plan) if plan else PlanDuty.objects.none()
    initial = {"on": timezone.localdate(), "duty": request.GET.get("duty")}
    form = DutyDoneForm(request.POST or None, duties=duties, initial=initial)
    if request.method == "POST" and form.is_valid():
        made: list[DutyRecord] = []
        if attempt(form, lambda: made.append(record_duty(point=point, by=request.user, **form.cleaned_data))):
            url = reverse("point_page", args=(campaign.pk, pk))
            undo = reverse("duty_drop", args=(campaign.pk, made[0].pk))
            return done(request, _("Recorded: %(name)s.") % {"name": made[0].duty.label}, url, undo=undo)
    return render(request, "contact/duty.html", {"form": form, "point": point, "plan": plan})


@page("duty.record", *POST)
def duty_drop(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take one's own record of a duty back."""
    rows = DutyRecord.objects.select_related("point__unit", "point__campaign", "duty")
    record = access.get(rows, request.user, "duty.record", unit="point__unit", campaign="point__campaign", pk=pk)
    if record.point.campaign_id != campaign.pk:
        raise access.Unknown
    drop_duty_record(record=record, by=request.user)
    url = reverse("point_page", args=(campaign.pk, record.point_id))
    return done(request, _("Taken back: %(name)s.") % {"name": record.duty.label}, url)


urlpatterns = [
    path("c/<int:campaign>/contact/", contact_list, name="contact_list"),
    path("c/<int:campaign>/contact/add/", point_add, name="point_add"),
    path("c/<int:campaign>/contact/<int:pk>/", point_page, name="point_page"),
    path("c/<int:campaign>/contact/<int:pk>/end/", point_end, name="point_end"),
    path("c/<int:campaign>/contact/<int:pk>/resume/", point_resume, name="point_resume"),
    path("c/<int:campaign>/contact/<int:pk>/hand-over/", point_hand_over, name="point_hand_over"),
    path("c/<int:campaign>/contact/<int:pk>/duty/", duty_record, name="duty_record"),
    path("c/<int:campaign>/duties/<int:pk>/drop/", duty_drop, name="duty_drop"),
]
