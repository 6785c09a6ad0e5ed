"""The gates (关口): one function each, every unmet reason with its counts, the same answer whoever asks.

A condition whose noun is not built yet refuses with that reason and never passes. Pages, API and jobs all call these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from setright.campaign.enums import EnrolmentState, GateNumber, RoundState, StepState
from setright.campaign.errors import Reason
from setright.campaign.models import Audience, Batch, Enrolment, Round, Step


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gate says: `unmet` holds every condition that fails, `met` those that hold."""

    unmet: tuple[Reason, ...]
    met: tuple[Reason, ...]

    @property
    def is_open(self) -> bool:
        return not self.unmet


def kept(ask: Callable[[], Answer]) -> list[dict[str, Any]]:
    """Ask in both languages, and return the unmet reasons as an attempt keeps them: whoever reads it reads theirs."""
    with override("zh-hans"):
        chinese = ask().unmet
    with override("en"):
        english = ask().unmet
    return [
        {**asdict(zh), "url_args": list(zh.url_args), "title_en": en.title, "detail_en": en.detail}
        for zh, en in zip(chinese, english, strict=True)
    ]


def gate_of(enrolment: Enrolment, number: GateNumber) -> Answer:
    """The answer of the gate of this number."""
    return {GateNumber.FIRST: gate_1, GateNumber.SECOND: gate_4, GateNumber.SEAL: gate_7}[number](enrolment)


def next_gate(enrolment: Enrolment) -> GateNumber | None:
    """The gate this enrolment stands before; None when it has not begun or is sealed."""
    return {
        EnrolmentState.P1: GateNumber.FIRST,
        EnrolmentState.P2: GateNumber.SECOND,
        EnrolmentState.P3: GateNumber.SEAL,
        EnrolmentState.REMEDIAL: GateNumber.SEAL,
    }.get(EnrolmentState(enrolment.state))


def gate_1(enrolment: Enrolment) -> Answer:
    """P1 → P2: mandatory steps accepted; rounds and methods; reach; every opinion sorted."""
    return _answer(
        [
            _in_phase(enrolment, EnrolmentState.P1),
            _steps(enrolment, 1),
            _rounds(enrolment),
            _reach(enrolment),
            _not_built(
                "opinions",
                _("Opinions: none can be counted yet"),
                _(
                    "Opinions arrive with the listening part of Setright; "
                    "until it is installed, this condition cannot be met."
                ),
            ),
            _waivers(enrolment, 1),
        ]
    )


def gate_4(enrolment: Enrolment) -> Answer:
    """P2 → P3: mandatory steps accepted; the meeting's conditions wait for its nouns."""
    return _answer(
        [
            _in_phase(enrolment, EnrolmentState.P2),
            _steps(enrolment, 2),
            _not_built(
                "meeting",
                _("Special meeting: not recorded"),
                _(
                    "Meetings, minutes and criticisms arrive in a later part of Setright; "
                    "until then, this condition cannot be met."
                ),
            ),
            _waivers(enrolment, 2),
        ]
    )


def gate_7(enrolment: Enrolment) -> Answer:
    """Seal: mandatory steps accepted; satisfaction waits for its noun."""
    return _answer(
        [
            _in_phase(enrolment, EnrolmentState.P3, EnrolmentState.REMEDIAL),
            _steps(enrolment, 3),
            _not_built(
                "survey",
                _("Satisfaction: not measured"),
                _("Surveys arrive in a later part of Setright; until then, this condition cannot be met."),
            ),
            _waivers(enrolment, 3),
        ]
    )


def gate_8(batch: Batch) -> Answer:
    """Open the next batch: enough of the one before is sealed; a verified experience in every category."""
    return _answer(
        [
            _predecessor_sealed(batch),
            _not_built(
                "experience",
                _("Experience: none verified"),
                _(
                    "Experience that other units adopt arrives in a later part of Setright; "
                    "until then, this condition cannot be met."
                ),
            ),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """One condition, judged."""

    is_met: bool
    reason: Reason


def _answer(judged: list[_Judged]) -> Answer:
    return Answer(
        unmet=tuple(each.reason for each in judged if not each.is_met),
        met=tuple(each.reason for each in judged if each.is_met),
    )


def _not_built(code: str, title: str, detail: str) -> _Judged:
    return _Judged(False, Reason(code, title, detail))


def _in_phase(enrolment: Enrolment, *states: EnrolmentState) -> _Judged:
    title = (
        _("The unit stands at this gate")
        if enrolment.state in states
        else _("The unit does not stand at this gate: it is in “%(state)s”") % {"state": enrolment.get_state_display()}
    )
    return _Judged(enrolment.state in states, Reason("phase", title))


def _steps(enrolment: Enrolment, phase: int) -> _Judged:
    """Every mandatory step accepted (or waived with a public reason)."""
    mandatory = Step.objects.filter(enrolment=enrolment, phase=phase, template__isnull=False)
    settled = (StepState.ACCEPTED, StepState.WAIVED)
    open_steps = list(mandatory.exclude(state__in=settled).order_by("due_on", "position"))
    n = mandatory.count()
    if not open_steps:
        title = _("All %(n)d mandatory steps accepted or waived") % {"n": n}
        return _Judged(True, Reason("steps", title, got=n, need=n))
    title = _("Mandatory steps: %(open)d of %(n)d not accepted") % {"open": len(open_steps), "n": n}
    named = [_("“%(name)s” %(state)s") % {"name": s.label, "state": s.get_state_display()} for s in open_steps[:3]]
    return _Judged(
        False,
        Reason(
            "steps",
            title,
            _listed(named, len(open_steps)),
            n - len(open_steps),
            n,
            "step_list",
            (enrolment.campaign_id, enrolment.pk),
        ),
    )


def _listed(named: list[str], n: int) -> str:
    text = _("; ").join(named)
    if n > len(named):
        text += _("; and %(n)d more") % {"n": n - len(named)}
    return text + _(".")


def _rounds(enrolment: Enrolment) -> _Judged:
    """Enough closed rounds by enough methods."""
    rules = enrolment.campaign.rules
    closed = Round.objects.filter(enrolment=enrolment, state=RoundState.CLOSED)
    found = closed.aggregate(n=Count("pk"), methods=Count("method", distinct=True))
    n, methods = found["n"], found["methods"]
    need_n, need_methods = rules["min_rounds"], rules["min_methods"]
    is_met = n >= need_n and methods >= need_methods
    values = {"n": n, "methods": methods, "need": need_n, "need_methods": need_methods}
    if is_met:
        title = _("Listening: %(n)d rounds by %(methods)d methods closed") % values
    else:
        title = _("Listening: %(n)d rounds by %(methods)d methods closed, %(need)d by %(need_methods)d needed") % values
    still = Round.objects.filter(enrolment=enrolment).exclude(state=RoundState.CLOSED).order_by("number")
    named = [
        _("round %(number)d (%(method)s) is %(state)s")
        % {"number": r.number, "method": r.get_method_display(), "state": r.get_state_display()}
        for r in still[:3]
    ]
    detail = "" if is_met else (_listed(named, still.count()) if named else _("No further round is planned."))
    only_methods = not is_met and n >= need_n
    got, need = (methods, need_methods) if only_methods else (n, need_n)  # what is short
    return _Judged(
        is_met, Reason("rounds", title, detail, got, need, "round_list", (enrolment.campaign_id, enrolment.pk))
    )


def _reach(enrolment: Enrolment) -> _Judged:
    """The named share of those invited to closed rounds was reached."""
    percent = enrolment.campaign.rules["reach_percent"]
    audiences = Audience.objects.filter(round__enrolment=enrolment, round__state=RoundState.CLOSED)
    found = audiences.aggregate(invited=Sum("n_invited"), reached=Sum("n_reached"))
    invited, reached = found["invited"] or 0, found["reached"] or 0
    need = -(-invited * percent // 100)
    url = ("round_list", (enrolment.campaign_id, enrolment.pk))
    if not invited:
        title = _("People reached: nobody has been invited yet")
        return _Judged(False, Reason("reach", title, "", 0, None, *url))
    values = {"got": reached, "need": need, "invited": invited, "percent": percent, "short": need - reached}
    if reached >= need:
        return _Judged(
            True, Reason("reach", _("People reached: %(got)d of %(invited)d invited") % values, "", reached, need)
        )
    title = _("People reached: %(got)d, %(need)d needed") % values
    detail = _("%(invited)d invited, %(percent)d%% must be reached: %(short)d short.") % values
    return _Judged(False, Reason("reach", title, detail + _fewest(audiences), reached, need, *url))


def _fewest(audiences: Any) -> str:
    """Name the audiences with the most people missing."""
    missing = sorted(audiences, key=lambda a: (a.n_reached - a.n_invited, a.pk))[:2]
    named = [
        _("%(name)s (%(got)d of %(n)d)") % {"name": a.label, "got": a.n_reached, "n": a.n_invited}
        for a in missing
        if a.n_reached < a.n_invited
    ]
    return " " + _("Fewest: %(names)s.") % {"names": _(" and ").join(named)} if named else ""


def _waivers(enrolment: Enrolment, phase: int) -> _Judged:
    """Every waiver has a public reason and a signer."""
    waived = Step.objects.filter(enrolment=enrolment, phase=phase, state=StepState.WAIVED)
    n = waived.count()
    n_bare = waived.filter(Q(waiver_reason="") | Q(waived_by=None)).count()
    if n_bare:
        title = ngettext("%(n)d waiver without a public reason", "%(n)d waivers without a public reason", n_bare) % {
            "n": n_bare
        }
        return _Judged(
            False, Reason("waivers", title, "", n - n_bare, n, "step_list", (enrolment.campaign_id, enrolment.pk))
        )
    return _Judged(True, Reason("waivers", _("Every waiver has a public reason and a signer"), got=n, need=n))


_SEALED: Final = (EnrolmentState.SEALED,)


def _predecessor_sealed(batch: Batch) -> _Judged:
    before = batch.predecessor
    if before is None:
        return _Judged(True, Reason("sealed", _("The first batch follows no other")))
    percent = batch.campaign.rules["sealed_percent"]
    n = before.enrolments.count()
    sealed = before.enrolments.filter(state__in=_SEALED).count()
    need = -(-n * percent // 100)
    values = {"got": sealed, "n": n, "need": need, "number": before.number}
    title = _("Batch %(number)d: %(got)d of %(n)d units sealed, %(need)d needed") % values
    return _Judged(n > 0 and sealed >= need, Reason("sealed", title, "", sealed, need, "board", (batch.campaign_id,)))
