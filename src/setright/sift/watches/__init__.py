"""Lanes: what must be seen whatever its size, told by cues and examples; read from YAML and checked line by line.

A file holds a list `lanes`. Each lane has a `code`, a `name` by language, and lists of texts by language:

- `cues`: one of them is enough (`cue` says how they are written)
- `hints`: count only where the nearest examples agree, too
- `benign`: a cue that overlaps one of these does not count ("fire drill")
- `elsewhere`: where one of these stands, no cue counts ("the film … killed")
- `examples`: sentences of the lane; `contrary`: sentences that sound like it and are not
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from setright.intake.errors import InputError
from setright.sift.watches.cue import Cue, read

SHIPPED: Final = ("self-harm", "safety", "retaliation", "corruption", "discrimination")
"""In order of urgency: where a text is of several lanes alike, the first one has it."""

CUES: Final = ("cues", "hints", "benign", "elsewhere")
_SENTENCES: Final = ("examples", "contrary")
_KEYS: Final = ("code", "name", *CUES, *_SENTENCES)


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane; the texts of all languages are kept together, as opinions mix them too."""

    code: str
    name: dict[str, str]
    cues: tuple[Cue, ...] = ()
    hints: tuple[Cue, ...] = ()
    benign: tuple[Cue, ...] = ()
    elsewhere: tuple[Cue, ...] = ()
    examples: tuple[str, ...] = ()
    contrary: tuple[str, ...] = ()

    def with_more(self, more: Lane) -> Lane:
        """Add what another lane of the same code holds; the other's names win."""
        lists = {f.name: getattr(self, f.name) + getattr(more, f.name) for f in fields(self)[2:]}
        return Lane(self.code, self.name | more.name, **lists)


def load(path: Path | None = None) -> tuple[Lane, ...]:
    """The shipped lanes, and those of a file of one's own.

    Parameters
    ----------
    path : Path, optional
        A YAML file. A lane whose code is shipped adds to that lane; another comes after the shipped ones.

    Raises
    ------
    InputError
        The file cannot be read as lanes; the sentence names the file, the lane, the key and the remedy.
    """
    lanes: dict[str, Lane] = {}
    for name in SHIPPED:
        text = resources.files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        lanes |= {lane.code: lane for lane in _lanes(_parsed(text, name), name)}
    for lane in () if path is None else _own(path):
        lanes[lane.code] = lanes[lane.code].with_more(lane) if lane.code in lanes else lane
        if not lanes[lane.code].name:
            raise InputError(
                "a new lane has no name", where=f"{path} ({lane.code})", remedy="Write name: {zh: …, en: …}"
            )
    return tuple(lanes.values())


def _own(path: Path) -> Sequence[Lane]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        wrong = "the watch lexicon cannot be read"
        raise InputError(wrong, where=str(path), remedy="Give the path of a YAML file in UTF-8") from error
    return _lanes(_parsed(text, str(path)), str(path))


def _parsed(text: str, where: str) -> Any:
    try:
        # strings only, because "no" and "on" are words here
        return yaml.load(text, _Loader)  # noqa: S506 - BaseLoader builds nothing but strings
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1)
        raise InputError(
            "this is not YAML", where=where, line=line + 1, remedy="Check the indentation and quotes"
        ) from error


_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _lanes(data: Any, where: str) -> list[Lane]:
    if not isinstance(data, dict) or not isinstance(data.get("lanes"), list) or not data["lanes"]:
        raise InputError("the key lanes is missing or holds no list", where=where, remedy="List the lanes")
    lanes = [_lane(entry, f"{where}, lane {i}") for i, entry in enumerate(data["lanes"], 1)]
    codes = [lane.code for lane in lanes]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        raise InputError(f"the code {twice} is used twice", where=where, remedy="Make each code unique")
    return lanes


def _lane(entry: Any, where: str) -> Lane:
    known = ", ".join(_KEYS)
    if not isinstance(entry, dict):
        raise InputError("a lane is not a mapping", where=where, remedy=f"Give it {known}")
    unknown = [key for key in entry if key not in _KEYS]
    if unknown:
        raise InputError(f"the key {unknown[0]} is not known", where=where, remedy=f"Use {known}")
    code = entry.get("code")
    if not isinstance(code, str) or not code:
        raise InputError("the key code is missing", where=where, remedy="Give the lane a short code")
    where = f"{where} ({code})"
    texts = {key: _texts(entry, key, where) for key in (*CUES, *_SENTENCES)}
    if not texts["cues"] and not texts["examples"]:
        raise InputError("there is neither a cue nor an example", where=where, remedy="Give the lane some cues")
    cues = {key: tuple(_cue(text, f"{where}, {key}") for text in texts[key]) for key in CUES}
    return Lane(code, _names(entry, where), **cues, examples=texts["examples"], contrary=texts["contrary"])


def _cue(text: str, where: str) -> Cue:
    try:
        return read(text)
    except ValueError as error:
        remedy = "Write words, (one|or another), a…b for b after a, and word* for its endings"
        raise InputError(f"the cue {text!r} {error}", where=where, remedy=remedy) from error


def _names(entry: dict[str, Any], where: str) -> dict[str, str]:
    names = entry.get("name", {})
    if not isinstance(names, dict) or not all(isinstance(name, str) and name.strip() for name in names.values()):
        remedy = "Write name: {zh: …, en: …}"
        raise InputError("the key name holds no text by language", where=where, remedy=remedy)
    return names


def _texts(entry: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    lists = entry.get(key, {})
    if not isinstance(lists, dict) or not all(
        isinstance(several, list) and all(isinstance(text, str) and text.strip() for text in several)
        for several in lists.values()
    ):
        wrong = f"the key {key} must hold a list of texts for each language"
        raise InputError(wrong, where=where, remedy=f"Write {key}: {{zh: [...], en: [...]}}")
    return tuple(text for several in lists.values() for text in several)
