"""Instructions: given, answered, accepted or returned."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.instruction import (
    InstructionDraft,
    answer_instruction,
    give_instruction,
    new_place,
    readdress_instruction,
    review_instruction,
    revoke_instruction_review,
    withdraw_instruction,
)
from setright.campaign.enums import InstructionState, Verdict
from setright.campaign.forms.contact import AnswerForm, InstructionForm, PickUnitForm, ReaddressForm
from setright.campaign.forms.step import ReviewForm
from setright.campaign.models import Campaign, Instruction, Unit
from setright.campaign.queries.held import guided_by
from setright.campaign.queries.instruction import (
    addressees_of,
    by_urgency,
    history_of_instruction,
    instructions_seen_by,
    is_open,
    people_to_answer,
    reviews_of_instruction,
)
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page, paged


def _instruction(request: Any, campaign: Campaign, pk: int) -> Instruction:
    found = instructions_seen_by(request.user, campaign).filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


@page("instruction.view", *GET)
def instruction_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Every instruction one may see: what is owed first, by due day."""
    only = request.GET.get("state", "")
    seen = instructions_seen_by(request.user, campaign)
    counts = Counter(seen.order_by().values_list("state", flat=True))
    shown = seen.filter(state=only) if only in InstructionState.values else seen
    context = {
        "page": paged(request, by_urgency(shown)),
        "states": [(value, label, counts[value]) for value, label in InstructionState.choices if counts[value]],
        "only": only,
        "n": sum(counts.values()),
        "may_act": access.may_somewhere(request.user, "contact.act", campaign),
    }
    return render(request, "instruction/list.html", context)


@page("contact.act", *BOTH)
def instruction_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Give an instruction: first which unit, then to whom, what, by when."""
    units = guided_by(request.user, campaign)
    pick = PickUnitForm(request.GET or None, units=units)
    chosen = pick.cleaned_data["unit"].unit if pick.is_bound and pick.is_valid() else None
    if chosen is None:
        return render(request, "instruction/pick.html", {"form": pick, "n": units.count()})
    people = addressees_of(campaign, chosen)
    form = InstructionForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        draft, made = InstructionDraft(chosen, **form.cleaned_data), []
        if attempt(form, lambda: made.append(give_instruction(campaign=campaign, draft=draft, by=request.user))):
            given: Instruction = made[0]
            undo = reverse("instruction_withdraw", args=(campaign.pk, given.pk))
            said = _("Given to %(name)s.") % {"name": given.addressee.label}
            return done(request, said, reverse("instruction_page", args=(campaign.pk, given.pk)), undo=undo)
    return render(request, "instruction/add.html", {"form": form, "unit": chosen, "people": people})


@page("instruction.view", *BOTH)
def instruction_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """One instruction; its addressee answers here."""
    instruction = _instruction(request, campaign, pk)
    form = _answer_form(request, instruction)
    if request.method == "POST":
        if form is None:
            raise access.Unknown
        if form.is_valid() and attempt(form, lambda: _answer(request, instruction, form.cleaned_data)):
            return done(request, _("Answered. %(name)s is told.") % {"name": instruction.by.label}, request.path)
        instruction = _instruction(request, campaign, pk)
        form.see(instruction.version_hash)
    return render(request, "instruction/page.html", _context(request, instruction) | {"form": form})


def _answer_form(request: Any, instruction: Instruction) -> AnswerForm | None:
    is_mine = instruction.addressee_id == request.user.pk
    if not is_mine or not access.may(
        request.user, "instruction.answer", campaign=instruction.campaign_id, unit=instruction.unit
    ):
        return None
    initial = {"answer": instruction.answer, "seen_hash": instruction.version_hash}
    return AnswerForm(request.POST if request.method == "POST" else None, initial=initial)


def _answer(request: Any, instruction: Instruction, typed: dict[str, Any]) -> None:
    answer_instruction(instruction=instruction, answer=typed["answer"], seen_hash=typed["seen_hash"], by=request.user)


def _context(request: Any, instruction: Instruction) -> dict[str, Any]:
    is_giver = instruction.by_id == request.user.pk and access.may(
        request.user, "contact.act", campaign=instruction.campaign_id, unit=instruction.unit
    )
    reviews = reviews_of_instruction(instruction)
    standing = next((r for r in reviews if r.reviewer_id == request.user.pk and r.is_standing), None)
    return {
        "instruction": instruction,
        "reviews": reviews,
        "last_return": next((r for r in reviews if r.verdict == Verdict.RETURNED and not r.revoked_at), None),
        "history": history_of_instruction(instruction)[:50],
        "is_giver": is_giver,
        "is_open": is_open(instruction),
        "review_form": ReviewForm(initial={"seen_hash": instruction.version_hash}),
        "mine": standing if standing and standing.version == instruction.version else None,
        "may_readdress": is_open(instruction)
        and access.may(request.user, "point.manage", campaign=instruction.campaign_id, unit=instruction.unit),
        "may_see_contact": access.may(
            request.user, "contact.view", campaign=instruction.campaign_id, unit=instruction.unit
        ),
    }


@page("contact.act", *POST)
def instruction_review(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Accept or return the answer that was read; can be undone by the same person."""
    instruction = _instruction(request, campaign, pk)
    form = ReviewForm(request.POST)
    verdict = Verdict.ACCEPTED if "accept" in request.POST else Verdict.RETURNED
    if form.is_valid() and attempt(form, lambda: _review(request, instruction, verdict, form.cleaned_data)):
        said = _("Accepted.") if verdict == Verdict.ACCEPTED else _("Returned: they are told what to change.")
        undo = reverse("instruction_revoke", args=(campaign.pk, pk))
        return done(request, said, reverse("instruction_page", args=(campaign.pk, pk)), undo=undo)
    context = _context(request, instruction) | {"review_form": form, "form": None}
    return render(request, "instruction/page.html", context, status=422)


def _review(request: Any, instruction: Instruction, verdict: Verdict, typed: dict[str, Any]) -> None:
    review_instruction(
        instruction=instruction,
        verdict=verdict,
        comment=typed["comment"],
        seen_hash=typed["seen_hash"],
        by=request.user,
    )


@page("contact.act", *POST)
def instruction_revoke(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take one's own decision back."""
    revoke_instruction_review(instruction=_instruction(request, campaign, pk), by=request.user)
    url = reverse("instruction_page", args=(campaign.pk, pk))
    return done(request, _("Taken back: the answer waits for you again."), url)


@page("contact.act", *POST)
def instruction_withdraw(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take one's own instruction back before it is answered."""
    withdraw_instruction(instruction=_instruction(request, campaign, pk), by=request.user)
    return done(request, _("Taken back."), reverse("instruction_list", args=(campaign.pk,)))


@page("point.manage", *BOTH)
def instruction_readdress(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Send an open instruction to somebody else; to whom, and for which unit, is shown before it is done."""
    instruction = _instruction(request, campaign, pk)
    access.require(request.user, "point.manage", campaign=campaign, unit=instruction.unit)
    form = ReaddressForm(request.POST or None, people=people_to_answer(instruction))
    places: list[Unit] = []
    to = form.cleaned_data["addressee"] if form.is_bound and form.is_valid() else None
    if (
        to
        and attempt(form, lambda: places.append(new_place(instruction, to)))
        and request.POST.get("sure") == str(to.pk)
    ):
        if attempt(form, lambda: readdress_instruction(instruction=instruction, addressee=to, by=request.user)):
            said = _("Sent on: %(name)s answers it.") % {"name": to.label}
            return done(request, said, reverse("instruction_page", args=(campaign.pk, pk)))
        places.clear()
    context = {
        "form": form,
        "instruction": instruction,
        "is_open": is_open(instruction),
        "to": to if places else None,
        "unit": places[0] if places else None,
        "people": addressees_of(campaign, instruction.unit),
    }
    return render(request, "instruction/readdress.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("c/<int:campaign>/instructions/", instruction_list, name="instruction_list"),
    path("c/<int:campaign>/instructions/add/", instruction_add, name="instruction_add"),
    path("c/<int:campaign>/instructions/<int:pk>/", instruction_page, name="instruction_page"),
    path("c/<int:campaign>/instructions/<int:pk>/readdress/", instruction_readdress, name="instruction_readdress"),
    path("c/<int:campaign>/instructions/<int:pk>/review/", instruction_review, name="instruction_review"),
    path("c/<int:campaign>/instructions/<int:pk>/revoke/", instruction_revoke, name="instruction_revoke"),
    path("c/<int:campaign>/instructions/<int:pk>/withdraw/", instruction_withdraw, name="instruction_withdraw"),
]
