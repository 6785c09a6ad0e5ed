"""Who is expected at a session and who came; a list handed in, matched against them line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from setright.campaign.errors import Invalid, in_words
from setright.campaign.models import Attendance, StudySession, TeamMember
from setright.campaign.queries.study import team_below, within
from setright.intake.errors import InputError
from setright.intake.listing import Line, read_listing

COLUMNS: Final = {
    "username": ("user name", "账号", "用户名", "account"),
    "name": ("姓名", "full name"),
    "unit": ("unit code", "单位代码", "单位编码", "code"),
    "present": ("here", "attended", "到场", "出席", "到会", "是否到场"),
}
_YES: Final = frozenset(("1", "y", "yes", "true", "√", "✓", "到", "是", "出席", "到场", "present", "here"))
_NO: Final = frozenset(("0", "n", "no", "false", "×", "✗", "否", "缺席", "未到", "没到", "请假", "缺", "absent"))
MOST_LINES: Final = 50_000


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is not taken, and why."""

    number: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Matched:
    """What a list says: ids of attendance rows that came or did not, how many change, and every refused line."""

    present: tuple[int, ...]
    absent: tuple[int, ...]
    n_new: int
    gone: tuple[Attendance, ...]
    refused: tuple[RefusedLine, ...]


def attendance_of(session: StudySession, paths: Sequence[str]) -> QuerySet[Attendance]:
    """Who is expected, as far as the reader may see: those not there first, by unit, heads before others."""
    rows = session.attendance.filter(within(paths, "member__unit__path")).select_related("member__unit")
    return rows.order_by("is_present", "member__unit__path", "-member__is_head", "pk")


def to_tick(session: StudySession) -> QuerySet[Attendance]:
    """Everyone expected in an order that does not change while somebody ticks."""
    return session.attendance.select_related("member__unit").order_by("member__unit__path", "-member__is_head", "pk")


def to_choose(session: StudySession) -> QuerySet[TeamMember]:
    """Everyone who could be expected: the teams of the session's subtree, and whoever is expected already."""
    could = team_below(session.unit).values("pk")
    rows = TeamMember.objects.filter(pk__in=could) | TeamMember.objects.filter(attendance__session=session)
    return rows.distinct().select_related("unit").order_by("unit__path", "-is_head", "pk")


def of_person(session: StudySession, person_id: int) -> QuerySet[Attendance]:
    """The places at a session that this person holds (more than one where they hold more than one post)."""
    return session.attendance.filter(member__person=person_id)


def belongs(session: StudySession, person_id: int) -> bool:
    """Whether a person is expected at a session, or holds a post today in one of its teams."""
    return of_person(session, person_id).exists() or team_below(session.unit).filter(person=person_id).exists()


def read_list(content: bytes, where: str) -> list[Line]:
    """The lines of a list of names.

    Raises
    ------
    Invalid
        When it cannot be read as one, has no line, or more than `MOST_LINES`.
    """
    try:
        lines = read_listing(content, where, COLUMNS, ())
    except InputError as error:
        raise Invalid("file", in_words(error)) from error
    if not lines:
        raise Invalid("file", _("The list has no line below its heading."))
    if len(lines) > MOST_LINES:
        values = {"n": len(lines), "most": MOST_LINES}
        raise Invalid("file", _("The list has %(n)d lines; at most %(most)d are read.") % values)
    return lines


def matched(session: StudySession, lines: Sequence[Line]) -> Matched:
    """Match a list against those expected; one query, whatever its length."""
    rows = list(session.attendance.select_related("member__unit", "member__person"))
    finder = _Finder(rows, is_all_present=not any(line.cells["present"] for line in lines))
    for line in lines:
        finder.take(line)
    said = finder.said
    by_key = {row.pk: row for row in rows}
    return Matched(
        present=tuple(key for key, is_present in said.items() if is_present),
        absent=tuple(key for key, is_present in said.items() if not is_present),
        n_new=sum(1 for key, is_present in said.items() if is_present and not by_key[key].is_present),
        gone=tuple(by_key[key] for key, is_present in said.items() if not is_present and by_key[key].is_present),
        refused=tuple(finder.refused),
    )


class _Finder:
    """Takes lines one after the other; keeps what each said, and which were refused."""

    def __init__(self, rows: Sequence[Attendance], *, is_all_present: bool) -> None:
        self.is_all_present = is_all_present
        self.said: dict[int, bool] = {}
        self.refused: list[RefusedLine] = []
        self._taken: dict[int, int] = {}
        self._by_username: dict[str, list[Attendance]] = {}
        self._by_name: dict[str, list[Attendance]] = {}
        for row in rows:
            if row.member.person:
                self._by_username.setdefault(row.member.person.username.casefold(), []).append(row)
            for name in {_plain(row.member.name), _plain(row.member.name_en)} - {""}:
                self._by_name.setdefault(name, []).append(row)

    def take(self, line: Line) -> None:
        found = self._found(line)
        is_present = self._said(line)
        why = found if isinstance(found, str) else is_present if isinstance(is_present, str) else ""
        if isinstance(found, str) or isinstance(is_present, str):
            cells = (line.cells["username"], line.cells["name"], line.cells["unit"], line.cells["present"])
            self.refused.append(RefusedLine(line.number, " · ".join(cell for cell in cells if cell), why))
            return
        for row in found:
            self._taken[row.pk] = line.number
            self.said[row.pk] = is_present

    def _said(self, line: Line) -> bool | str:
        word = line.cells["present"].casefold()
        if self.is_all_present or word in _YES:
            return True
        if word in _NO:
            return False
        return _("“%(word)s” is neither yes nor no.") % {"word": word} if word else _("It does not say yes or no.")

    def _found(self, line: Line) -> list[Attendance] | str:
        """The places a line means: all posts of a user name, one person of a name."""
        username, name, code = line.cells["username"], line.cells["name"], line.cells["unit"]
        if not (username or name):
            return _("No name and no user name.")
        rows = self._by_username.get(username.casefold(), []) if username else self._by_name.get(_plain(name), [])
        if code:
            rows = [row for row in rows if row.member.unit.code.casefold() == code.casefold()]
        if not rows:
            return _("Nobody of this name is expected at this session.")
        if not username and len(rows) > 1:
            units = ", ".join(row.member.unit.code for row in sorted(rows, key=lambda row: row.member.unit.path)[:5])
            return _("%(n)d people of this name are expected; add the unit code (%(codes)s) or the user name.") % {
                "n": len(rows),
                "codes": units,
            }
        if (earlier := self._taken.get(rows[0].pk)) is not None:
            return _("Stands in line %(n)d already.") % {"n": earlier}
        return rows


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
