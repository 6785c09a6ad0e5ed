"""A unit's story in a campaign, and what looks like going through the motions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from ninja import Router, Schema

from setright.campaign.api.enrolment import enrolment_for
from setright.campaign.api.guard import Call, reads
from setright.campaign.api.paging import Page, listed
from setright.campaign.api.typed import Id
from setright.campaign.queries.formality import Hint, hints
from setright.campaign.queries.story import Moment, story, told

router = Router()
_AT: Final = "/campaigns/{campaign}/enrolments/{pk}"


class MomentOut(Schema):
    """Something that happened: when, in words, who did it, and the page about it; `tone`: done, back, late or empty."""

    at: datetime
    tone: str
    title: str
    text: str
    who: str
    note: str
    url: str


class HintOut(Schema):
    """What looks like going through the motions; a hint, never a verdict."""

    code: str
    text: str
    url: str


class HintsOut(Schema):
    hints: list[HintOut]


def hint_out(each: Hint) -> HintOut:
    return HintOut(code=each.code, text=each.text, url=each.url)


@reads(router, f"{_AT}/story", "enrolment.view", Page[MomentOut])
def read_story(request: Call, pk: Id) -> Any:
    """Everything that happened to a unit in the campaign and the caller may know, newest first."""
    found = told(story(enrolment_for(request, pk, "enrolment.view"), request.user), request.campaign)
    numbered = list(enumerate(reversed(found)))[
        ::-1
    ]  # counted from the oldest, so that what comes later shifts nothing
    return listed(request, numbered, lambda pair: [-pair[0]], lambda pair: _out(pair[1]))


def _out(each: Moment) -> MomentOut:
    return MomentOut.model_validate(each, from_attributes=True)


@reads(router, f"{_AT}/hints", "board.view", HintsOut)
def read_hints(request: Call, pk: Id) -> HintsOut:
    """What looks like going through the motions in this unit."""
    return HintsOut(hints=[hint_out(each) for each in hints(enrolment_for(request, pk, "board.view"))])
