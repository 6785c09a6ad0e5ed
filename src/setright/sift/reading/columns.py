"""Which columns the user named, and where a file has them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from setright.intake.errors import InputError
from setright.intake.personal import mask

ROLES: Final = ("text", "id", "person", "unit", "date")
_LISTED: Final = 20
_SHOWN: Final = 30
_LOOKED_AT: Final = 200


@dataclass(frozen=True)
class Columns:
    """The columns to read, by name; and what to take for granted about text files instead of finding it out.

    Parameters
    ----------
    text : str
        The column with the opinions.
    id, person, unit, date : str, optional
        Without `id`, a row's number becomes its id.
    delimiter : str, optional
        One character, or "tab".
    encoding : str, optional
        Any that Python knows.
    """

    text: str
    id: str | None = None
    person: str | None = None
    unit: str | None = None
    date: str | None = None
    delimiter: str | None = None
    encoding: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """Role to column name, of those asked for; "text" first."""
        asked = {role: getattr(self, role) for role in ROLES}
        return {role: name for role, name in asked.items() if name is not None}

    def places(self, header: Sequence[str], where: str) -> dict[str, int]:
        """Role to index into `header`; InputError where a name is missing or stands for two columns."""
        names = [name.strip() for name in header]
        return {role: _place(name, names, where) for role, name in self.named.items()}

    def require_keys(self, head: str, where: str) -> None:
        """InputError where none of the JSON objects at the beginning of a file has a key that was named."""
        lines = head.splitlines()
        objects = [found for line in lines if (found := object_of(line)) is not None]
        if not objects:
            if len(lines) > 1:
                raise InputError("no line is a JSON object", where=where, remedy="Write one JSON object a line")
            return  # one line longer than what was looked at, or a single bad row
        keys = list(dict.fromkeys(key for found in objects for key in found))
        for name in self.named.values():
            if name not in keys:
                raise no_column(name, keys, where)


def object_of(line: str) -> dict[str, Any] | None:
    """The JSON object that a line spells, or None where it spells none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _place(name: str, header: Sequence[str], where: str) -> int:
    match header.count(name.strip()):
        case 0:
            raise no_column(name, header, where)
        case 1:
            return header.index(name.strip())
        case n:
            raise InputError(
                f'{n} columns are called "{name}"', where=where, remedy="Rename all but the one that is meant"
            )


def no_column(name: str, header: Sequence[str], where: str) -> InputError:
    """The error for a column that is not there: names those that are, and the nearest.

    A file without a header has a person's cells where the names should be: they are masked and cut.
    """
    shown = ", ".join(f'"{mask(each[:_LOOKED_AT])[:_SHOWN]}"' for each in header[:_LISTED])
    more = f" and {len(header) - _LISTED:,} more" if len(header) > _LISTED else ""
    folded = {each.casefold(): each for each in reversed(header)}
    near = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    remedy = f'Did you mean "{mask(folded[near[0]])}"' if near else "Name one of these"
    return InputError(f'there is no column "{name}"; the columns are {shown}{more}', where=where, remedy=remedy)
