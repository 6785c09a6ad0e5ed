"""Who may do what: every right of DOMAIN as one table, deny by default.

A right that is not in the table belongs to nobody. A role is held for a campaign and a unit's subtree (`models.Grant`);
`access.py` decides with both. Nothing here lets anyone pass a gate: gates answer alike to every asker.
"""

from __future__ import annotations

from typing import Final

from setright.campaign.enums import Role, Scope

_OFFICE, _ADMIN, _CLERK, _LEAD = Role.OFFICE, Role.ADMINISTRATOR, Role.CLERK, Role.LEAD
_MEMBER, _SUPERVISOR, _SPONSOR, _ANALYST = Role.MEMBER, Role.SUPERVISOR, Role.SPONSOR, Role.ANALYST
_EVERYONE_OF_THE_UNIT = (_OFFICE, _CLERK, _LEAD, _MEMBER, _SUPERVISOR, _SPONSOR, _ANALYST)

RIGHTS: Final[dict[str, frozenset[Role]]] = {
    name: frozenset(roles)
    for name, roles in {
        # people and accounts
        "person.manage": (_ADMIN,),
        "grant.office": (_ADMIN,),
        "grant.manage": (_OFFICE,),
        "log.view": (_OFFICE, _ADMIN),
        # the tree
        "unit.view": (*_EVERYONE_OF_THE_UNIT, _ADMIN),
        "unit.manage": (_OFFICE,),
        "team.manage": (_OFFICE,),
        # the campaign
        "campaign.view": (*_EVERYONE_OF_THE_UNIT, _ADMIN),
        "campaign.manage": (_OFFICE,),
        "board.view": (_OFFICE, _SUPERVISOR, _SPONSOR, _ANALYST),
        "enrolment.view": _EVERYONE_OF_THE_UNIT,
        "enrolment.manage": (_OFFICE,),
        "step.view": (_OFFICE, _CLERK, _LEAD, _MEMBER, _SUPERVISOR, _SPONSOR),
        "step.enter": (_CLERK, _LEAD),
        "step.review": (_SUPERVISOR,),
        "step.waive": (_OFFICE,),
        "gate.view": (_OFFICE, _CLERK, _LEAD, _MEMBER, _SUPERVISOR, _SPONSOR),
        "gate.ask": (_LEAD,),
        "batch.open": (_OFFICE,),
        # contact points
        "plan.view": (_OFFICE, _SPONSOR, _SUPERVISOR),
        "plan.manage": (_OFFICE,),
        "point.manage": (_OFFICE,),
        "contact.view": (_OFFICE, _SPONSOR, _SUPERVISOR, _LEAD, _CLERK),
        "contact.act": (_SPONSOR, _SUPERVISOR),
        "duty.record": (_SPONSOR,),
        "instruction.view": (_OFFICE, _SPONSOR, _SUPERVISOR, _LEAD, _CLERK, _MEMBER),
        "instruction.answer": (_LEAD, _CLERK, _MEMBER),
        # notices
        "notice.issue": (_OFFICE,),
        "notice.view": (_OFFICE, _LEAD, _CLERK, _MEMBER),
        "notice.reply": (_LEAD, _CLERK),
        "notice.pass": (_LEAD, _CLERK),
        # study
        "study.view": (_OFFICE, _CLERK, _LEAD, _MEMBER, _SUPERVISOR, _SPONSOR),
        "study.manage": (_OFFICE, _LEAD, _CLERK),
        # listening
        "round.view": (_OFFICE, _CLERK, _LEAD, _MEMBER, _SUPERVISOR, _SPONSOR, _ANALYST),
        "round.enter": (_LEAD, _CLERK),
        "round.close": (_LEAD,),
        "opinion.read": (_ANALYST,),
    }.items()
}

NEEDS_SECOND_FACTOR: Final = frozenset({"opinion.read"})
"""Rights that need a second factor, whatever the role: whoever reads what people said, raw or masked."""

_SCOPES: Final = {
    **dict.fromkeys(("view", "read"), Scope.READ),
    **dict.fromkeys(("enter", "answer", "reply", "pass", "record", "act"), Scope.ENTER),
    **dict.fromkeys(("review", "waive", "ask", "open", "close", "issue"), Scope.DECIDE),
    **dict.fromkeys(("manage", "office"), Scope.MANAGE),
}


def scope_of(right: str) -> Scope:
    """The scope a token needs before its owner's right counts, by the right's verb."""
    return _SCOPES[right.rpartition(".")[2]]
