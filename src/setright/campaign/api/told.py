"""What a program is told when it cannot have what it asked for: one shape for every trouble."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from ninja import Schema
from pydantic import Field

from setright.campaign.access import Unknown
from setright.campaign.errors import CampaignError, Conflict, Invalid, Reason, Refused


class ReasonOut(Schema):
    """One unmet condition: what is there, what is needed, the page that lists exactly what is missing."""

    code: str
    title: str
    detail: str
    got: int | None
    need: int | None
    url: str


class FieldTrouble(Schema):
    """What is wrong with one value that was sent."""

    field: str
    message: str


class Trouble(Schema):
    """Why nothing was done: a sentence, every reason, and what is wrong with which field."""

    detail: str
    reasons: list[ReasonOut] = Field(default_factory=list)
    fields: list[FieldTrouble] = Field(default_factory=list)


class Forbidden(CampaignError):
    """The token, or how its owner signs in, does not reach this act."""


class Stale(CampaignError):
    """The thing is no longer as it was when the caller read it (If-Match)."""


_STATUS: Final[dict[type[CampaignError], int]] = {
    Unknown: 404,
    Forbidden: 403,
    Stale: 412,
    Conflict: 409,
    Invalid: 422,
    Refused: 422,
}


def reason_out(reason: Reason) -> ReasonOut:
    """A reason with the address of its page."""
    url = reverse(reason.url_name, args=reason.url_args) if reason.url_name else ""
    return ReasonOut(
        code=reason.code, title=reason.title, detail=reason.detail, got=reason.got, need=reason.need, url=url
    )


def told(error: CampaignError) -> HttpResponse:
    """The answer to a refusal."""
    trouble = Trouble(detail=str(error))
    if isinstance(error, Refused):
        trouble.reasons = [reason_out(each) for each in error.reasons]
    if isinstance(error, Invalid):
        trouble.fields = [FieldTrouble(field=error.field, message=str(error))]
    return troubled(trouble, _STATUS[type(error)])


def troubled(trouble: Trouble, status: int) -> HttpResponse:
    """The answer itself."""
    return HttpResponse(trouble.model_dump_json(), status=status, content_type="application/json")
