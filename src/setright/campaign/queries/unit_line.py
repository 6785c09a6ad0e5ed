"""One line of a list of units or of team members: its columns, its cells as values, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from setright.campaign.models.named import in_language
from setright.intake.listing import Line

_CODES: Final = ("代码", "编码", "编号")
UNIT_COLUMNS: Final = {
    "code": ("code", "unit code", *_CODES[:2], "单位代码", "单位编码", "单位编号", "机构代码", "机构编码", "组织代码"),
    "name": ("name", "unit name", "名称", "单位名称", "单位", "单位全称", "全称", "机构名称", "组织名称"),
    "name_en": ("english name", "name in english", "英文名称", "英文名", "单位英文名称", "单位英文名", "英文全称"),
    "parent": (
        "parent code",
        "parent",
        *(
            above + code
            for above in ("上级", "上级单位", "上级机构", "主管单位", "隶属单位", "父级")
            for code in _CODES
        ),
        "上级",
    ),
    "kind": ("kind", "type", "类别", "类型", "单位类别", "单位类型", "机构类别", "机构类型"),
    "valid_from": (
        "valid from",
        "from",
        "start date",
        "生效日期",
        "起始日期",
        "开始日期",
        "成立日期",
        "设立日期",
        "生效时间",
        "起始时间",
        "开始时间",
        "起",
    ),
    "valid_to": (
        "valid to",
        "to",
        "end date",
        "失效日期",
        "终止日期",
        "结束日期",
        "截止日期",
        "撤销日期",
        "失效时间",
        "终止时间",
        "结束时间",
        "止",
    ),
}
_HEADS: Final = ("主要负责人", "负责人", "班子负责人", "班长", "一把手", "主要领导", "班子班长")
_PERSON_COLUMNS: Final = {
    "post": ("post", "职务", "现任职务", "担任职务", "班子职务", "职务名称", "职位", "岗位", "position"),
    "post_en": ("english post", "post in english", "英文职务", "职务英文", "职务英文名称", "英文职位"),
    "head": ("head", *_HEADS, *("是否" + head for head in _HEADS), "是否为主要负责人", "是否为负责人", "head?"),
    "since": (
        "since",
        "in post since",
        "任职日期",
        "任职时间",
        "到任日期",
        "到任时间",
        "上任日期",
        "任命日期",
        "任职起始日期",
        "任职开始日期",
        "任职起始时间",
        "任职开始时间",
    ),
    "until": (
        "until",
        "in post until",
        "离任日期",
        "离任时间",
        "卸任日期",
        "卸任时间",
        "免职日期",
        "免职时间",
        "离职日期",
        "任职结束日期",
        "任职终止日期",
        "任职截止日期",
        "任职结束时间",
    ),
    "user": ("user name", "user", "username", "用户名", "账号", "帐号", "登录名", "登录账号", "用户账号", "系统账号"),
}
MEMBER_COLUMNS: Final = {
    "member": ("member", "member name", "姓名", "成员", "成员姓名", "班子成员", "班子成员姓名", "人员姓名", "名字"),
    "member_en": ("member in english", "member english name", "英文姓名", "姓名英文", "成员英文姓名"),
    **_PERSON_COLUMNS,
}
TEAM_COLUMNS: Final = {
    "code": (*UNIT_COLUMNS["code"], "所在单位代码", "所属单位代码", "所在单位编码", "所属单位编码"),
    "member": ("name", *MEMBER_COLUMNS["member"]),
    "member_en": ("english name", "name in english", *MEMBER_COLUMNS["member_en"], "英文名", "英文名称"),
    **_PERSON_COLUMNS,
    "since": (*_PERSON_COLUMNS["since"], *UNIT_COLUMNS["valid_from"]),
    "until": (*_PERSON_COLUMNS["until"], *UNIT_COLUMNS["valid_to"]),
}
"""Where a list is of members alone, a first or last day without more words is that of the post."""
_LENGTHS: Final = {"code": 40, "name": 200, "name_en": 200, "kind": 60}
_MEMBER_LENGTHS: Final = {"member": 100, "member_en": 100, "post": 100, "post_en": 100}
YES: Final = frozenset(("yes", "y", "true", "1", "x", "是", "是的", "对", "√", "✓"))
NO: Final = frozenset(("", "no", "n", "false", "0", "否", "不是", "×", "-", "–"))
_DAY: Final = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]?\s*(?P<m>\d{1,2})\s*[-/.月]?\s*(?P<d>\d{1,2})\s*日?(?:[T ]0{1,2}:00(?::00)?(?:\.0+)?)?"
)
_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
DEEPEST: Final = 50


@dataclass(frozen=True, slots=True)
class Wrong:
    """One refused line: where, what is wrong, what would be right."""

    number: int
    column: str
    what: str
    right: str = ""


@dataclass(slots=True)
class MemberRow:
    """A member as the list has them."""

    number: int
    code: str
    name: str
    name_en: str
    post: str
    post_en: str
    is_head: bool
    since: date
    user: str
    person_id: int | None = None
    unit_id: int = 0
    until: date | None = None

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def post_label(self) -> str:
        return in_language(self.post, self.post_en)


@dataclass(slots=True)
class UnitRow:
    """A unit as the list has it, with the members named on its lines."""

    number: int
    code: str
    name: str
    name_en: str
    parent: str
    kind: str
    valid_from: date
    valid_to: date | None
    members: list[MemberRow] = field(default_factory=list)

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


@dataclass(slots=True)
class Checked:
    """What a list would add, and what is wrong with it; nothing is added while anything is wrong."""

    units: list[UnitRow] = field(default_factory=list)
    members: list[MemberRow] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    n_lines: int = 0

    @property
    def n_wrong_lines(self) -> int:
        return len({each.number for each in self.wrong})

    @property
    def n_heads(self) -> int:
        return sum(1 for each in self.members if each.is_head)


def find_hint() -> str:
    """Where codes are found; a sentence used twice."""
    return _("give the code of a unit that exists; “Units and teams” finds it by name")


def unit_row(checked: Checked, line: Line, since: date) -> UnitRow:
    """The unit of a line; what is wrong with it is added to `checked`."""
    cells, wrong = line.cells, checked.wrong
    for name, column in (("code", _("code")), ("name", _("name"))):
        if not cells[name]:
            wrong.append(Wrong(line.number, column, _("it is empty"), _("every unit needs a code and a name")))
    wrong.extend(_text_faults(line, _LENGTHS))
    valid_from = _day(wrong, line, "valid_from", _("valid from")) or since
    valid_to = _day(wrong, line, "valid_to", _("valid to"))
    if valid_to and valid_to < valid_from:
        what = _("“%(to)s” lies before “%(from)s”") % {"to": valid_to, "from": valid_from}
        wrong.append(Wrong(line.number, _("valid to"), what, _("the last day on or after the first")))
    return UnitRow(
        line.number,
        cells["code"],
        cells["name"],
        cells["name_en"],
        cells["parent"],
        cells["kind"],
        valid_from,
        valid_to,
    )


def _text_faults(line: Line, lengths: dict[str, int]) -> Iterator[Wrong]:
    for name, most in lengths.items():
        text = line.cells[name]
        if len(text) > most:
            what = _("it has %(n)d characters") % {"n": len(text)}
            yield Wrong(line.number, _column(name), what, _("at most %(n)d") % {"n": most})
        if _HIDDEN.search(text):
            yield Wrong(line.number, _column(name), _("it holds invisible characters"), _("type it again"))


def _column(name: str) -> str:
    return {
        "code": _("code"),
        "name": _("name"),
        "name_en": _("English name"),
        "kind": _("kind"),
        "member": _("member"),
        "member_en": _("member in English"),
        "post": _("post"),
        "post_en": _("post in English"),
    }[name]


def member_row(checked: Checked, line: Line, since: date) -> MemberRow | None:
    """The member of a line; None where something is wrong with it (added to `checked`)."""
    cells, n_before = line.cells, len(checked.wrong)
    for name, column in (("member", _("member")), ("post", _("post"))):
        if not cells[name]:
            checked.wrong.append(Wrong(line.number, column, _("it is empty"), _("every member has a name and a post")))
    checked.wrong.extend(_text_faults(line, _MEMBER_LENGTHS))
    said = cells["head"].casefold()
    if said not in YES | NO:
        what = _("“%(word)s” is neither yes nor no") % {"word": cells["head"]}
        checked.wrong.append(Wrong(line.number, _("head"), what, _("yes, or leave it empty")))
    begun = _day(checked.wrong, line, "since", _("since")) or since
    until = _day(checked.wrong, line, "until", _("until"))
    if until and until < begun:
        what = _("“%(to)s” lies before “%(from)s”") % {"to": until, "from": begun}
        checked.wrong.append(Wrong(line.number, _("until"), what, _("the last day on or after the first")))
    if len(checked.wrong) > n_before:
        return None
    return MemberRow(
        line.number,
        cells["code"],
        cells["member"],
        cells["member_en"],
        cells["post"],
        cells["post_en"],
        said in YES,
        begun,
        cells["user"],
        until=until,
    )


def _day(wrong: list[Wrong], line: Line, name: str, column: str) -> date | None:
    text = line.cells[name]
    if not text:
        return None
    try:
        return as_day(text)
    except ValueError as error:
        wrong.append(Wrong(line.number, column, str(error), _("year-month-day, such as 2026-11-24")))
        return None


def as_day(text: str) -> date:
    """A day as people write it in lists: 2026-11-24, 2026/11/24, 20261124, 2026年11月24日.

    Raises
    ------
    ValueError
        With a sentence that says what cannot be.
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError(_("“%(text)s” is not a day") % {"text": text})
    year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    if not 1 <= month <= 12:
        raise ValueError(_("“%(text)s” has no month %(n)d") % {"text": text, "n": month})
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(_("“%(text)s” has no day %(n)d") % {"text": text, "n": day}) from None
