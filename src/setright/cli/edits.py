"""`setright edit`: decisions about a register, one line of JSON each, for `setright sift --edits` to replay."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from setright.cli.folder import earlier_register
from setright.intake.errors import InputError

_SPOT: Final = re.compile(r"(?P<id>.+):(?P<start>\d+)-(?P<end>\d+)", re.DOTALL)
_NONE: Final = "none"


def read_edits(path: Path) -> list[dict[str, Any]]:
    """Read a file of edits: JSON lines in UTF-8, blank ones left out.

    Raises
    ------
    InputError
        When it cannot be read, or a line is no whole edit; the line is said.
    """
    from setright.sift.edits.line import parsed
    from setright.sift.errors import EditError

    try:
        lines = [(n, line) for n, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1) if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})"
        raise InputError(what, where=str(path), remedy="Name a file that setright edit wrote") from error
    found = [_object(path, n, line) for n, line in lines]
    try:
        parsed(found)
    except EditError as error:
        where = f"{path}, line {lines[error.number - 1][0]}"
        raise InputError(error.told, where=where, remedy="Mend that line or take it out") from error
    return found


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        remedy = "Write one edit a line, as setright edit does"
        raise InputError("is no JSON", where=f"{path}, line {number}", remedy=remedy) from error
    return found  # type: ignore[no-any-return]  # what is no object is refused with the other trouble


@click.group("edit", no_args_is_help=True)
def command() -> None:
    """Write down a decision about a register, for later runs to replay.

    Each decision is one line of JSON, appended to DIR.edits.jsonl beside the register, or to --edits FILE. It names
    problems by their id and by opinions in them, so that it is found again after a new run. Nothing changes until
    `setright sift --edits FILE`.
    """


def _decision(run: Callable[..., None]) -> Callable[..., None]:
    """The register, and the options that every decision has."""
    for add in (
        click.option("--edits", type=click.Path(path_type=Path), metavar="FILE", help="Where the line goes."),
        click.option("--by", metavar="NAME", help="Who decides.  [default: who is signed in]"),
        click.option("--reason", required=True, metavar="TEXT", help="Why."),
        click.argument("folder", type=click.Path(path_type=Path), metavar="DIR"),
    ):
        run = add(run)
    return run


def _decide(op: str, make: Callable[[Any], dict[str, Any]], how: dict[str, Any]) -> None:
    """Append the edit that `make` makes of the register's state."""
    from setright.sift.edits.make import line
    from setright.sift.errors import StateError

    folder: Path = how["folder"]
    state = earlier_register(folder).state
    try:
        what = make(state)
    except StateError as error:
        raise InputError(str(error), where=str(folder), remedy="Look it up in problems.csv") from error
    at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    edit = line(op, author=how["by"] or getpass.getuser(), at=at, reason=how["reason"], **what)
    path = how["edits"] or beside(folder)
    n = append(path, edit)
    click.echo(f"Edit {n} written. Replay: setright sift … --edits {path}")


def beside(folder: Path) -> Path:
    """Where a register's edits are kept: not in it, since a later run replaces it."""
    whole = folder.resolve()
    return whole.parent / f"{whole.name}.edits.jsonl"


def append(path: Path, edit: dict[str, Any]) -> int:
    """Write one more edit to a file that may not be there yet; return how many it holds then."""
    from setright.sift.edits.line import canonical

    known = read_edits(path) if path.exists() else []
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(canonical(edit) + "\n")
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise InputError(what, where=str(path), remedy="Name another file with --edits") from error
    return len(known) + 1


_problem = click.argument("problem", metavar="PROBLEM")
_points = click.option("--point", "points", multiple=True, metavar="ID:START-END", help="An opinion; may be repeated.")


@command.command("merge")
@_decision
@click.argument("problems", nargs=-1, required=True, metavar="PROBLEM PROBLEM...")
def _merge(problems: tuple[str, ...], **how: Any) -> None:
    """Merge problems into the first one named."""
    if len(set(problems)) < 2:
        raise click.UsageError("Name two problems or more.")
    _decide("merge", lambda state: {"problems": [_named(state, each) for each in dict.fromkeys(problems)]}, how)


@command.command("split")
@_decision
@_problem
@_points
@click.option("--phrase", metavar="TEXT", help="Opinions that hold it, now and in later runs.")
@click.option("--title", metavar="TEXT", help="Title of the new problem.")
def _split(problem: str, points: tuple[str, ...], phrase: str | None, title: str | None, **how: Any) -> None:
    """Split opinions off a problem: those chosen, those that hold a phrase, or both."""
    from setright.sift.clean import normalise
    from setright.sift.edits.make import saying

    if not points and not phrase:
        raise click.UsageError("Choose opinions with --point, or name a --phrase.")

    def make(state: Any) -> dict[str, Any]:
        spots = _spots(state, points) + (saying(state, problem, normalise(phrase)) if phrase else [])
        if not spots:
            raise click.UsageError(f"No opinion of {problem} says “{phrase}”.")
        told = {"phrase": phrase, "title": title}
        return {"problem": _named(state, problem), "points": spots} | {k: v for k, v in told.items() if v}

    _decide("split", make, how)


@command.command("rename")
@_decision
@_problem
@click.argument("title")
def _rename(problem: str, title: str, **how: Any) -> None:
    """Give a problem another title."""
    _decide("rename", lambda state: {"problem": _named(state, problem), "title": title}, how)


@command.command("move")
@_decision
@_problem
@_points
def _move(problem: str, points: tuple[str, ...], **how: Any) -> None:
    """Move opinions to a problem, or out of all with PROBLEM none."""

    def make(state: Any) -> dict[str, Any]:
        to = None if problem == _NONE else _named(state, problem)
        return {"problem": to, "points": _chosen(state, points)}

    _decide("move", make, how)


@command.command("pin")
@_decision
@_problem
@_points
def _pin(problem: str, points: tuple[str, ...], **how: Any) -> None:
    """Let opinions stay in the problem they are in, whatever later runs find."""
    _decide("pin", lambda state: {"problem": _named(state, problem), "points": _chosen(state, points)}, how)


@command.command("dismiss")
@_decision
@_problem
def _dismiss(problem: str, **how: Any) -> None:
    """Dismiss a problem: it stays in the register, out of sight."""
    _decide("dismiss", lambda state: {"problem": _named(state, problem)}, how)


@command.command("restore")
@_decision
@_problem
def _restore(problem: str, **how: Any) -> None:
    """Take a dismissal back."""
    _decide("restore", lambda state: {"problem": _named(state, problem)}, how)


@command.command("category")
@_decision
@_problem
@click.argument("category", metavar="CODE")
def _category(problem: str, category: str, **how: Any) -> None:
    """Set a problem's category to a code of the taxonomy, or to none."""
    code = None if category == _NONE else category
    _decide("category", lambda state: {"problem": _named(state, problem), "category": code}, how)


def _named(state: Any, problem: str) -> dict[str, Any]:
    from setright.sift.edits.make import naming

    return naming(state, problem)


def _chosen(state: Any, points: tuple[str, ...]) -> list[list[Any]]:
    if not points:
        raise click.UsageError("Choose opinions with --point.")
    return _spots(state, points)


def _spots(state: Any, points: tuple[str, ...]) -> list[list[Any]]:
    import pyarrow.compute as pc

    found = []
    for point in points:
        match = _SPOT.fullmatch(point)
        if match is None:
            raise click.UsageError(f"{point!r} is no opinion: write ID:START-END as in assignments.parquet.")
        row, start, end = match["id"], int(match["start"]), int(match["end"])
        here = [pc.equal(state.points[name], value) for name, value in (("id", row), ("start", start), ("end", end))]
        if not pc.any(pc.and_(pc.and_(here[0], here[1]), here[2])).as_py():
            raise click.UsageError(f"The register has no opinion {point}.")
        found.append([row, start, end])
    return found
