"""A list of people to invite, checked line by line; and who of a run has no link yet."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign.access import opened_copy
from setright.campaign.enums import Language
from setright.campaign.errors import Invalid, in_words
from setright.campaign.models import File, Invitation, Job, Person, TeamMember, Unit
from setright.campaign.models.named import headings
from setright.campaign.models.person import token_hash
from setright.campaign.queries.unit_line import MEMBER_COLUMNS, NO, TEAM_COLUMNS, YES
from setright.intake.errors import InputError
from setright.intake.listing import Line, read_listing

MOST: Final = 3_000
COLUMNS: Final[dict[str, Sequence[str]]] = {
    "username": ("user name", "用户名", "账号", "帐号", "登录名", "登录账号", "用户账号", "系统账号", "user"),
    "name": ("name", "姓名", "名字", "人员姓名", "成员姓名", "真实姓名", "full name"),
    "name_en": ("English name", "英文名", "英文姓名", "姓名英文", "英文名称", "name in English"),
    "email": (
        "e-mail",
        "邮箱",
        "电子邮箱",
        "电子邮件",
        "邮箱地址",
        "电子邮箱地址",
        "邮件",
        "电邮",
        "email",
        "mail",
        "e-mail address",
        "email address",
    ),
    "language": ("language", "语言", "界面语言", "使用语言", "语种"),
    "unit": (*(heading for heading in TEAM_COLUMNS["code"] if heading != "code"), "unit"),
    "post": MEMBER_COLUMNS["post"],
    "head": MEMBER_COLUMNS["head"],
}
_LANGUAGES: Final = {
    **dict.fromkeys(("", "zh", "zh-hans", "zh-cn", "中文", "chinese", "汉语"), Language.ZH),
    **dict.fromkeys(("en", "english", "英文", "英语"), Language.EN),
}
_USERNAME: Final = re.compile(r"[\w.@+-]{1,150}")


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to give: the unit by id and code, the post's name, whether it heads the team."""

    unit: int
    code: str
    name: str
    is_head: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line that can be applied."""

    number: int
    username: str
    name: str
    name_en: str
    email: str
    language: str
    post: NewPost | None


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that cannot, and every reason."""

    number: int
    username: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done with a list."""

    rows: list[Row]
    refused: list[RefusedLine]

    @property
    def n_posts(self) -> int:
        return sum(1 for row in self.rows if row.post)

    @property
    def n_mails(self) -> int:
        return sum(1 for row in self.rows if row.email)

    @property
    def digest(self) -> str:
        """Names exactly what would be applied, so that what is confirmed is what was shown."""
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lines are held against, each read once."""

    usernames: frozenset[str]
    emails: frozenset[str]
    units: dict[str, int]
    headed: dict[int, str]
    """Units with a head: the name of one who stands there without an account yet, else empty."""


def listed(file: File) -> list[Line]:
    """The lines of a list that was handed in.

    Raises
    ------
    Invalid
        When it cannot be read as one, has no line, or more than 3,000.
    """
    try:
        lines = read_listing(opened_copy(file), file.name, headings(COLUMNS), ("username", "name"))
    except InputError as error:
        raise Invalid("file", in_words(error)) from error
    if not lines:
        raise Invalid("file", _("The list has no line below its heading."))
    if len(lines) > MOST:
        raise Invalid(
            "file", _("The list has %(n)s lines, at most 3,000 are taken at once.") % {"n": f"{len(lines):,}"}
        )
    return lines


def open_invitation(token: str) -> Invitation | None:
    """The invitation that a link opens today; None for one that was used, ended, replaced or never made."""
    rows = Invitation.objects.filter(token_hash=token_hash(token), used_on=None, person__is_active=True)
    return rows.filter(expires_on__gte=timezone.localdate()).select_related("person").first()


def unanswered(run: Job) -> QuerySet[Person]:
    """The people of a run for whom no link was ever made."""
    linked = Invitation.objects.filter(person=OuterRef("pk"))
    return Person.objects.filter(~Exists(linked), run=run.pk, is_active=True)


def preview(lines: list[Line], run: int | None = None) -> Preview:
    """Check every line against the others and against what there is; `run` is the import whose own accounts may stand.

    Five questions to the database however many lines there are.
    """
    known = _known(lines, run)
    repeated = _repeated(lines)
    rows, refused = [], []
    for line in lines:
        reasons = tuple(_reasons(line, known, repeated))
        if reasons:
            refused.append(RefusedLine(line.number, line.cells["username"], reasons))
        else:
            rows.append(_row(line, known))
    return Preview(rows, refused)


def _known(lines: list[Line], run: int | None) -> _Known:
    today = timezone.localdate()
    others = Person.objects.exclude(run=run) if run else Person.objects.all()
    codes = {line.cells["unit"] for line in lines if line.cells["unit"]}
    standing = Unit.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), code__in=codes)
    units = dict(standing.values_list("code", "pk"))
    headed = TeamMember.objects.filter(unit__in=units.values(), is_head=True, until=None)
    return _Known(
        frozenset(name.casefold() for name in others.values_list("username", flat=True)),
        frozenset(mail.casefold() for mail in others.exclude(email="").values_list("email", flat=True)),
        units,
        {unit: "" if person else name for unit, person, name in headed.values_list("unit_id", "person_id", "name")},
    )


@dataclass(frozen=True, slots=True)
class _Repeated:
    usernames: frozenset[str]
    emails: frozenset[str]
    heads: frozenset[str]


def _repeated(lines: list[Line]) -> _Repeated:
    return _Repeated(
        _twice(line.cells["username"].casefold() for line in lines),
        _twice(line.cells["email"].casefold() for line in lines),
        _twice(line.cells["unit"] for line in lines if line.cells["head"].casefold() in YES),
    )


def _twice(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value for value, n in Counter(values).items() if n > 1 and value)


def _reasons(line: Line, known: _Known, repeated: _Repeated) -> Iterator[str]:
    cells = line.cells
    yield from _name_reasons(cells)
    username, email = cells["username"].casefold(), cells["email"].casefold()
    if username in known.usernames:
        yield _("“%(name)s” is taken.") % {"name": cells["username"]}
    if username in repeated.usernames:
        yield _("“%(name)s” stands in the list more than once.") % {"name": cells["username"]}
    if email and not _is_email(cells["email"]):
        yield _("“%(mail)s” is no e-mail address.") % {"mail": cells["email"]}
    if email in known.emails:
        yield _("“%(mail)s” belongs to another account.") % {"mail": cells["email"]}
    if email in repeated.emails:
        yield _("“%(mail)s” stands in the list more than once.") % {"mail": cells["email"]}
    if cells["language"].casefold() not in _LANGUAGES:
        yield _("Language “%(word)s”: write zh or en.") % {"word": cells["language"]}
    yield from _post_reasons(cells, known, repeated)


def _name_reasons(cells: dict[str, str]) -> Iterator[str]:
    if not cells["username"]:
        yield _("The user name is missing.")
    elif not _USERNAME.fullmatch(cells["username"]):
        yield _("“%(name)s”: a user name has letters, figures and . @ + - _ only, at most 150.") % {
            "name": cells["username"]
        }
    if not cells["name"]:
        yield _("The name is missing.")
    for column in ("name", "name_en", "post"):
        if len(cells[column]) > 100:
            yield _("“%(text)s…” is longer than 100 characters.") % {"text": cells[column][:20]}
        if has_hidden(cells[column]):
            yield _("“%(text)s” holds characters that cannot be seen.") % {"text": cells[column][:20]}


def has_hidden(text: str) -> bool:
    """Whether a name holds control, format or direction marks: they let one name pass for another."""
    return any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp") for char in text)


def _post_reasons(cells: dict[str, str], known: _Known, repeated: _Repeated) -> Iterator[str]:
    code, head = cells["unit"], cells["head"].casefold()
    if code and code not in known.units:
        yield _("There is no unit with the code “%(code)s”.") % {"code": code}
    if code and not cells["post"]:
        yield _("A unit needs a post beside it.")
    if not code and (cells["post"] or head in YES):
        yield _("A post needs the code of its unit.")
    if head not in YES | NO:
        yield _("Head “%(word)s”: write yes or no.") % {"word": cells["head"]}
    if head in YES and code in repeated.heads:
        yield _("The list names two heads of “%(code)s”.") % {"code": code}
    present = known.headed.get(known.units.get(code, 0))
    if head in YES and present is not None and present != cells["name"]:
        yield _("“%(code)s” has a head already: hand that post over first.") % {"code": code}


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def _row(line: Line, known: _Known) -> Row:
    cells = line.cells
    post = None
    if cells["unit"]:
        post = NewPost(known.units[cells["unit"]], cells["unit"], cells["post"], cells["head"].casefold() in YES)
    return Row(
        line.number,
        cells["username"],
        cells["name"],
        cells["name_en"],
        cells["email"],
        str(_LANGUAGES[cells["language"].casefold()].value),
        post,
    )
