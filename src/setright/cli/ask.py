"""`setright ask`: pairs of opinions, asked one by one; each answer that teaches something becomes an edit."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from setright.cli.edits import append, beside, read_edits
from setright.cli.folder import earlier_register

_SHOWN: Final = 400
"""Characters of an opinion that are shown."""
_REASON: Final = {True: "they say the same", False: "they say different things"}


@click.command("ask", no_args_is_help=True)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--n", default=25, show_default=True, type=click.IntRange(1, 200), metavar="N", help="Pairs to ask about."
)
@click.option("--splits", is_flag=True, help="Ask about the halves of problems, too.")
@click.option("--edits", type=click.Path(path_type=Path), metavar="FILE", help="Where answers go.")
@click.option("--by", metavar="NAME", help="Who answers.  [default: who is signed in]")
def command(folder: Path, n: int, splits: bool, edits: Path | None, by: str | None) -> None:
    """Ask whether pairs of opinions say the same problem, those first whose answers teach most.

    Answer y, n, ? to pass on, or q to stop. Each answer is appended to DIR.edits.jsonl, and `setright sift --edits`
    replays it. A few dozen answers, then a new run, teach more than hundreds at once.
    """
    from setright.sift.ask import questions
    from setright.sift.edits.make import line

    state = earlier_register(folder).state
    path = edits or beside(folder)
    asked = _asked_before(read_edits(path) if path.exists() else [])
    found = questions(state, n, ("merge", "split") if splits else ("merge",), asked)
    if not found:
        click.echo("There is nothing to ask about: the register has fewer than two problems.")
        return
    n = 0
    for number, question in enumerate(found, 1):
        answer = _asked(f"{number}/{len(found)}", [_words(state, spot) for spot in question.spots])
        if answer == "q":
            break
        if answer != "?":
            at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
            taught = question.taught(state, is_same=answer == "y")
            how = {"author": by or getpass.getuser(), "at": at, "reason": _REASON[answer == "y"]}
            append(path, line(taught.pop("op"), **how, **taught))
            n += 1
    click.echo(f"{n} answers written." + (f" Replay: setright sift … --edits {path}" if n else ""))


def _asked_before(edits: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The problems that were asked about: a merge or its refusal names them."""
    return [tuple(sorted(each["problem"] for each in edit["problems"])) for edit in edits if "problems" in edit]


def _asked(place: str, words: list[str]) -> str:
    click.echo(f"\n{place}\n  A  {words[0]}\n  B  {words[1]}")
    answer: str = click.prompt("Do they say the same problem?", type=click.Choice(["y", "n", "?", "q"]))
    return answer


def _words(state: Any, spot: list[Any]) -> str:
    """What is said there, masked, as far as it is shown."""
    import pyarrow.compute as pc

    from setright.intake.personal import mask_span

    rows = state.rows.filter(pc.equal(state.rows["id"], spot[0]))
    text = next((text for text in rows["text"].to_pylist() if text and len(text) >= spot[2]), None)
    if text is None:
        return "(the words are not in this register any more)"
    told = " ".join(mask_span(text, spot[1], spot[2]).split())
    return told if len(told) <= _SHOWN else told[:_SHOWN] + "…"
