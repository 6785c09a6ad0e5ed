"""`setright audit`: a blind sample of a register for a person to judge, and what the answers tell."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from setright.cli.folder import whole_folder
from setright.intake.errors import InputError

_AMENDED = ("problems.parquet", "problems.csv", "register.xlsx", "report.html")
_WORDS = {True: "yes", False: "no", None: "?"}


@click.command("audit", no_args_is_help=True)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--n", "n", type=click.IntRange(min=1), metavar="N", help="Pairs to draw.  [default: 200]")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws another sample.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE.xlsx",
    help="Where the sample goes.  [default: DIR.audit/sample.xlsx]",
)
@click.option("--answers", type=click.Path(path_type=Path), metavar="FILE", help="The sample, filled in.")
def command(folder: Path, n: int | None, seed: int, out: Path | None, answers: Path | None) -> None:
    """Draw a blind sample of a register for a person to judge, or read the answers.

    Each line asks whether a person's words say a problem; it does not tell where the words were put. The answers give
    precision and recall with 95 % intervals, and error bars on the register's counts. What was drawn, with which
    chance, is kept in DIR.audit/audit.json, beside the register: keep that from whoever judges.
    """
    opened = _opened(folder)
    if answers is None:
        _draw(opened, n or 200, seed, out)
    elif n is not None or out is not None:
        raise click.UsageError("--answers reads a sample, --n and --out draw one: give one or the other.")
    else:
        _read(opened, answers)


@dataclass(frozen=True, slots=True)
class _Register:
    """A finished register: where it is, the tables an audit needs, and what tells it from every other."""

    folder: Path
    assignments: Any
    problems: Any
    ledger: dict[str, Any]
    digest: str

    @property
    def beside(self) -> Path:
        """Where samples are kept: not in the register, which a later run replaces."""
        whole = self.folder.resolve()
        return whole.parent / f"{whole.name}.audit"


def _opened(folder: Path) -> _Register:
    import pyarrow as pa  # numpy loads here, not for `--help`
    import pyarrow.parquet as pq

    try:
        content = (folder / "assignments.parquet").read_bytes()
        return _Register(
            folder,
            pq.read_table(pa.BufferReader(content)),
            pq.read_table(folder / "problems.parquet"),
            json.loads((folder / "ledger.json").read_text("utf-8")),
            hashlib.sha256(content).hexdigest(),
        )
    except (OSError, ValueError) as error:  # Arrow's errors are ValueErrors
        what = getattr(error, "strerror", None) or "a table of it is damaged"
        raise InputError(f"is no register ({what.lower()})", where=str(folder), remedy="Run setright sift") from error


def _state(of: _Register) -> Any:
    from setright.sift.errors import StateError
    from setright.sift.result import State

    path = of.folder / "state" / "state.bin"
    try:
        return State.from_bytes(path.read_bytes())
    except OSError as error:
        remedy = "An audit shows people's words, which only the state holds: put it back, or sift again"
        raise InputError(f"cannot be read ({error.strerror})", where=str(path), remedy=remedy) from error
    except StateError as error:
        raise InputError(str(error), where=str(path), remedy="Sift again with this version") from error


# -------------------------------------------------------------------------------------------------------------- drawing


def _draw(of: _Register, n: int, seed: int, out: Path | None) -> None:
    from setright.sift.audit import draw
    from setright.sift.audits.sample import as_values
    from setright.sift.register.facts import language
    from setright.sift.register.sample import sample_book

    if not of.problems.num_rows:
        raise InputError("holds no problem that could be judged", where=str(of.folder), remedy="Sift more opinions")
    state = _state(of)
    try:
        sample = draw(of.assignments, state, n, seed=seed)
    except ValueError as error:
        raise InputError(str(error), where=str(of.folder), remedy="Sift again") from error
    name = hashlib.sha256(f"{of.digest} {seed} {n}".encode()).hexdigest()[:6].upper()
    path = out or of.beside / "sample.xlsx"
    _refuse_answered(path)
    book = sample_book(_questions(of, state, sample), name=name, lang=language(of.problems, of.ledger))
    kept = _kept(of)
    drawn = {"register": of.digest, "seed": seed, "n": n, **as_values(sample)}
    kept["samples"].setdefault(name, drawn)
    with _told(of.beside):
        of.beside.mkdir(parents=True, exist_ok=True)
        _write(of.beside / "audit.json", _as_json(kept))
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, book)
    click.echo(f"{len(sample.line):,} pairs drawn, {sample.n_questions:,} questions to answer: {path}")
    click.echo(f"When they are answered: setright audit {of.folder} --answers {path}")


def _questions(of: _Register, state: Any, sample: Any) -> Any:
    from setright.intake.personal import mask_span, sliced
    from setright.sift.register.sample import questions

    first = {q: at for at, q in reversed(list(enumerate(sample.question.tolist())))}
    order = [first[q] for q in range(sample.n_questions)]
    pairs = [(int(sample.line[at]), sample.problems[sample.problem[at]]) for at in order]
    kept = of.ledger.get("settings", {}).get("keep_personal", False)
    return questions(pairs, state, of.problems, sliced if kept else mask_span)


def _refuse_answered(path: Path) -> None:
    from setright.sift.register.sample import is_answered

    if path.is_dir():
        raise InputError("is a folder, not a file", where=str(path), remedy="Name a file with --out")
    if path.exists() and is_answered(path.read_bytes(), str(path)):
        raise InputError(
            "holds answers, or is something else",
            where=str(path),
            remedy="Read it with --answers, or name another --out",
        )


# -------------------------------------------------------------------------------------------------------------- reading


def _read(of: _Register, path: Path) -> None:
    from setright.sift.audit import estimate
    from setright.sift.audits.sample import from_values
    from setright.sift.register.amend import amend_register

    if of.folder.resolve() == Path.cwd():
        raise InputError("is the folder you are in", where=str(of.folder), remedy="Leave it, and name it from outside")
    kept = _kept(of)
    name, answers = _answers(of, kept, path)
    sizes = dict(zip(*(of.problems[c].to_pylist() for c in ("problem", "n_submissions")), strict=True))
    sample = from_values(kept["samples"][name])
    told = estimate(sample, answers, [sizes.get(problem, 0) for problem in sample.problems])
    bars = {p.problem: (p.n_low, p.n_high) for p in told.problems if p.n_low is not None and p.n_high is not None}
    with whole_folder(of.folder) as folder:
        amend_register(of.folder, folder, bars)
        _bring_over(of.folder, folder)
    kept["samples"][name] |= {"answers": {str(q + 1): _WORDS[answers[q]] for q in sorted(answers)}}
    kept["samples"][name] |= {"estimates": asdict(told)}
    with _told(of.beside):
        _write(of.beside / "audit.json", _as_json(kept))
    _show(told, of, len(bars))


def _answers(of: _Register, kept: dict[str, Any], path: Path) -> tuple[str, dict[int, bool | None]]:
    """The sample's name and the answers; refused where they are not to a sample of this register."""
    from setright.sift.register.sample import read_answers

    with _told(path):
        content = path.read_bytes()
    name, answers = read_answers(content, str(path))
    drawn = kept["samples"].get(name)
    if drawn is None or drawn["register"] != of.digest:
        what = f"holds the answers to sample {name}, which was not drawn from this register as it is now"
        raise InputError(what, where=str(path), remedy="Name the register it was drawn from; after a new run draw anew")
    unknown = sorted(set(answers) - {draw["question"] for draw in drawn["draws"]})
    if unknown:
        what = f"pair {name}-{unknown[0] + 1:03d} was never drawn"
        raise InputError(what, where=str(path), remedy="Leave the numbers of the pairs as they are")
    if not answers:
        raise InputError("holds no answer yet", where=str(path), remedy="Write yes, no or ? in its column")
    return name, answers


def _bring_over(folder: Path, partial: Path) -> None:
    """What an audit leaves as it is, linked where the file system can: the state alone may be gigabytes."""
    for path in sorted(folder.rglob("*")):
        target = partial / path.relative_to(folder)
        if path.is_dir():
            target.mkdir()
        elif path.name not in _AMENDED:
            try:
                os.link(path, target)
            except OSError:
                shutil.copy2(path, target)


def _show(told: Any, of: _Register, n_bars: int) -> None:
    asked = told.n_yes + told.n_no + told.n_unsure + told.n_blank
    click.echo(
        f"{asked:,} pairs: {told.n_yes:,} yes, {told.n_no:,} no, {told.n_unsure:,} unsure, {told.n_blank:,} blank."
    )
    click.echo(f"precision  {_estimate(told.precision)}\nrecall     {_estimate(told.recall)}")
    click.echo("Recall looks among the problems nearest to each point; what lies farther is not counted as missed.\n")
    title = dict(zip(*(of.problems[c].to_pylist() for c in ("problem", "title")), strict=True))
    click.echo(f"{'problem':<10}{'answers':>8}  {'precision':<20}{'recall':<20}{'submissions':<16}title")
    order = {problem: at for at, problem in enumerate(title)}
    for each in sorted(told.problems, key=lambda p: order.get(p.problem, len(order))):
        bar = "–" if each.n_low is None else f"{each.n_low:,}–{each.n_high:,}"
        numbers = f"{_estimate(each.precision):<20}{_estimate(each.recall):<20}{bar:<16}"
        click.echo(
            f"{each.problem:<10}{each.n_members + each.n_near:>8}  {numbers}{(title.get(each.problem) or '')[:50]}"
        )
    click.echo(
        f"\n– where fewer than 10 answers tell. {n_bars:,} problems now have error bars in {', '.join(_AMENDED)}."
    )


def _estimate(told: Any) -> str:
    return "–" if told is None else f"{told.value:.2f} ({told.low:.2f}–{told.high:.2f})"


# ---------------------------------------------------------------------------------------------------------------- files


def _kept(of: _Register) -> dict[str, Any]:
    """All samples drawn so far, whatever the register was then."""
    path = of.beside / "audit.json"
    if not path.exists():
        return {"format": 1, "samples": {}}
    try:
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
        kept["samples"].values()
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            "cannot be read", where=str(path), remedy="Put it back, or move it away and draw anew"
        ) from error
    return kept


def _as_json(kept: dict[str, Any]) -> bytes:
    return (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell what the system refuses as trouble with a path."""
    try:
        yield
    except OSError as error:
        what = f"cannot be read or written ({(error.strerror or str(error)).lower()})"
        raise InputError(what, where=str(path), remedy="Name another file") from error
