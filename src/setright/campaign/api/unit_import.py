"""Lists of units and of teams: handed in at `/files`, looked at line by line, added as one act in the background."""

from __future__ import annotations

from enum import Enum
from typing import Final

from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from setright.campaign import access
from setright.campaign.actions.job import enqueue
from setright.campaign.api.file import own_file
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.job import JobOut, job_out
from setright.campaign.api.typed import Id
from setright.campaign.errors import Conflict, Invalid, Reason, Refused, in_words
from setright.campaign.models import File
from setright.campaign.queries.unit_file import read_checked, was_applied
from setright.campaign.queries.unit_line import Checked, Wrong
from setright.intake.errors import InputError

router = Router()
_AT: Final = "/campaigns/{campaign}/unit-lists/{file}"
_MOST: Final = 200


class ListKind(Enum):
    """What a list holds: units (with their teams), or team members alone."""

    UNITS = "units"
    TEAM = "team"


class ListWish(Schema):
    kind: ListKind = ListKind.UNITS


class WrongLine(Schema):
    """Something wrong in a line: in which column, what, and what would be right."""

    number: int
    column: str
    what: str
    right: str


class CheckedOut(Schema):
    """What a list would add, in how many lines something is wrong, and what (the first 200)."""

    n_units: int
    n_members: int
    n_wrong: int
    wrong: list[WrongLine]
    is_applied: bool


def _file(request: Call, pk: int) -> File:
    access.require(request.user, "unit.manage", campaign=request.campaign)
    return own_file(request, pk)


def _checked(request: Call, file: File, kind: ListKind) -> Checked:
    try:
        return read_checked(file, kind.value, request.campaign)
    except InputError as error:
        raise Invalid("file", in_words(error)) from error


def _line(each: Wrong) -> str:
    return _("Line %(n)d: %(what)s") % {"n": each.number, "what": each.what}


@reads(router, _AT, "unit.manage", CheckedOut)
def check_list(request: Call, file: Id, wish: Query[ListWish]) -> CheckedOut:
    """What the list would add, and every line that cannot be."""
    source = _file(request, file)
    found = _checked(request, source, wish.kind)
    return CheckedOut(
        n_units=len(found.units),
        n_members=len(found.members),
        n_wrong=found.n_wrong_lines,
        wrong=[WrongLine.model_validate(each) for each in found.wrong[:_MOST]],
        is_applied=was_applied(source),
    )


@writes(router, _AT, "unit.manage", JobOut, status=202)
def apply_list(request: Call, file: Id, wish: Query[ListWish]) -> JobOut:
    """Add everything on the list, or nothing, in the background."""
    source = _file(request, file)
    if was_applied(source):
        raise Conflict(_("This list was added already."))
    found = _checked(request, source, wish.kind)
    if found.wrong:
        reasons = tuple(Reason("line", _line(each), each.right) for each in found.wrong[:_MOST])
        raise Refused(_("The list has lines that cannot be: mend them first. Nothing was added."), reasons)
    if not (found.units or found.members):
        raise Invalid("file", _("The list has no line below its heading."))
    arguments = {"file": file, "kind": wish.kind.value, "campaign": request.campaign.pk, "by": request.user.pk}
    return job_out(enqueue(name="import_units", arguments=arguments, by=request.user, key=f"import_units:{file}"))
