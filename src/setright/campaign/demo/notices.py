"""Notices: to all of batch 1, read at once or late or not at all; contact units pass them on to their cities."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from django.utils import timezone

from setright.campaign.actions.notice import (
    NoticeDraft,
    issue_notice,
    pass_notice,
    read_notice,
    remind_units,
    reply_notice,
)
from setright.campaign.demo import texts
from setright.campaign.demo.stage import Stage, Story
from setright.campaign.demo.world import Party, World
from setright.campaign.models import Notice, NoticeUnit

_DAYS: Final = (2, 9, 38, 52, 66, 75)
_SILENT: Final = 7
"""The unit that reads no notice, at every size."""
_TIME: Final = 10
"""Days until a reply is due."""


def begin(world: World, stage: Stage) -> None:
    """Begin the story of each notice."""
    for number in range(world.size.n_notices):
        stage.add(_issued(world, stage, number))


def _issued(world: World, stage: Stage, number: int) -> Story:
    rng = world.luck("notice", number)
    yield world.moment(_DAYS[-world.size.n_notices :][number], rng)
    title, text = texts.NOTICES[number]
    attachment = world.file(f"{title.zh}.txt", [title.zh, text.zh, text.en], world.office) if number % 2 == 0 else None
    draft = NoticeDraft(title.zh, text.zh, title.en, text.en, attachment, timezone.localdate() + timedelta(days=_TIME))
    units = [party.enrolment.unit for party in world.parties]
    notice = issue_notice(campaign=world.campaign, draft=draft, units=units, by=world.office)
    _spread(world, stage, notice, world.parties, number)
    yield world.later(_TIME - 2, rng)
    remind_units(notice=notice, by=world.office)


def _spread(world: World, stage: Stage, notice: Notice, parties: list[Party], number: int) -> None:
    rows = NoticeUnit.objects.filter(notice=notice).select_related("notice__campaign", "notice__source", "unit")
    at = {each.unit_id: each for each in rows}
    for party in parties:
        rng = world.luck("notice", number, party.enrolment.unit.code)
        stage.add(_received(world, stage, party, at[party.enrolment.unit_id], rng))


def _received(world: World, stage: Stage, party: Party, at: NoticeUnit, rng: random.Random) -> Story:
    if not party.is_contact and (rng.random() < 0.05 or party.number == _SILENT):
        return
    yield world.later(rng.choice((0, 0, 1, 1, 2, 3, 6)), rng)
    who = party.lead if rng.random() < 0.3 else party.clerk
    read_notice(at=at, by=who)
    if below := world.below.get(party.number, []):
        yield world.soon(rng)
        _pass_on(world, stage, at, party, below)
    if not party.is_contact and rng.random() < 0.08:
        return
    yield world.later(rng.choice((1, 2, 3, 4, 5, 7, 9, 13)), rng)
    reply_notice(at=at, reply=world.say(rng.choice(texts.REPLIES)), file=None, by=who)


def _pass_on(world: World, stage: Stage, at: NoticeUnit, party: Party, below: list[Party]) -> None:
    notice, own = at.notice, texts.PASSED_ON
    draft = NoticeDraft(
        notice.title,
        f"{own.zh}\n\n{notice.text}",
        notice.title_en,
        f"{own.en}\n\n{notice.text_en}",
        notice.attachment,
        notice.reply_by,
    )
    units = [each.enrolment.unit for each in below]
    passed = pass_notice(at=at, draft=draft, units=units, by=party.lead)
    _spread(world, stage, passed, below, notice.pk)
