"""`setright sift`: opinions in, a register of problems out."""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from setright.cli.bars import Bars
from setright.cli.folder import earlier_register, whole_folder
from setright.intake.errors import InputError


@dataclass(frozen=True, slots=True)
class Asked:
    """What stood on the command line, in three parts: where from, how, where to."""

    files: tuple[str, ...]
    columns: dict[str, str | None]
    settings: dict[str, Any]
    base: Path | None
    edits: Path | None
    out: Path | None
    estimate: bool
    quiet: bool


_AS_ANY = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "ARROW_USER_SIMD_LEVEL": "AVX2",
}
"""What tells the libraries to use the instructions of 2013 and no wider ones."""
_PATIENCE = 10  # seconds until an address counts as silent
_COLUMNS = ("text", "id", "person", "unit", "date", "delimiter", "encoding")


@click.command("sift", no_args_is_help=True)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--text", required=True, metavar="COL", help="Column that holds the opinions.")
@click.option("--id", metavar="COL", help="Column that names each row; without it the row number does.")
@click.option("--person", metavar="COL", help="Column that tells people apart, for counting them. Never written out.")
@click.option("--unit", metavar="COL", help="Column that says which unit an opinion concerns or comes from.")
@click.option("--date", metavar="COL", help="Column with the day.")
@click.option(
    "--lang",
    default="auto",
    show_default=True,
    help="Language of the rows, in which report and workbook open; auto looks at the rows.",
)
@click.option(
    "--granularity",
    type=click.Choice(["coarse", "normal", "fine"]),
    default="normal",
    show_default=True,
    help="Fewer and broader problems, or more and finer ones.",
)
@click.option(
    "--taxonomy",
    default="public-service",
    show_default=True,
    metavar="NAME|FILE",
    help="Categories: public-service, four-winds, or a YAML file.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Labelled rows (columns text and category) to learn the categories from; 50 or more.",
)
@click.option(
    "--watch",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Lanes of your own (YAML) beside safety, corruption, retaliation, self-harm and discrimination.",
)
@click.option(
    "--encoder",
    default="use",
    show_default=True,
    metavar="NAME",
    help="use, lsa, minilm, e5, a folder with a sentence-transformers model, or http://HOST/v1#MODEL.",
)
@click.option("--name-with", metavar="URL#MODEL", help="Let a language model propose titles; each is checked.")
@click.option(
    "--edits",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="People's decisions to replay, as `setright edit` writes them; those that --base knows are replayed anyway.",
)
@click.option(
    "--base",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="An earlier register to continue: FILE holds only new rows, what was found stays. May be --out itself.",
)
@click.option(
    "--runner",
    type=click.Choice(["native", "ray"]),
    default="native",
    show_default=True,
    help="Where rows are split and encoded: on this machine, or by the workers of a Ray cluster (setright[ray]).",
)
@click.option(
    "--address", metavar="HOST:PORT", help="Of the cluster's head; without it, --runner ray starts one on this machine."
)
@click.option("--delimiter", metavar="CHAR", help="Of a CSV file, where guessing fails.")
@click.option("--encoding", metavar="NAME", help="Of a text file, where guessing fails.")
@click.option("--keep-personal", is_flag=True, help="Show phone numbers, names and the like instead of masking them.")
@click.option(
    "--sample",
    type=click.IntRange(min=100),
    default=1_000_000,
    show_default=True,
    metavar="N",
    help="Of more distinct texts than N, N are cut into groups, and the others join them.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same input: same register.")
@click.option("--threads", type=click.IntRange(min=0), default=0, help="Cores to use; 0 means all. Changes no result.")
@click.option("--portable", is_flag=True, help="The same register on every x86 processor, at some cost in speed.")
@click.option("--estimate", is_flag=True, help="Say how many rows, minutes, MiB and disk to expect, and stop.")
@click.option("--quiet", is_flag=True, help="No progress bars and no summary.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write the register to.")
def command(**given: Any) -> None:
    """Turn a table of opinions into a register of distinct problems.

    Reads CSV, TSV, JSON lines, Parquet and XLSX, plain or compressed with gzip or zstd; `-` is standard input;
    several files are one input. Runs offline. Writes problems, evidence and report.html to DIR.
    """
    runner, address, is_portable = (given.pop(name) for name in ("runner", "address", "portable"))
    if address and runner != "ray":
        raise click.UsageError("--address is of a cluster: give --runner ray as well.")
    asked = _asked(given)
    if is_portable:
        same_everywhere()
    if runner == "ray":
        _join(address, _AS_ANY if is_portable else {})
    run(asked)


def _join(address: str | None, environment: dict[str, str]) -> None:
    from setright.sift.cluster import join_cluster
    from setright.sift.errors import SiftError

    try:
        if address:
            _knock(address)
        join_cluster(address, environment)
    except SiftError as error:
        raise InputError(str(error)) from error


def _knock(address: str) -> None:
    """See that somebody listens there: Ray itself asks for minutes before it gives up."""
    from setright.sift.cluster import no_answer

    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=_PATIENCE):
            pass
    except (OSError, ValueError, OverflowError) as error:
        raise no_answer(address) from error


def _asked(given: dict[str, Any]) -> Asked:
    base, edits, out, estimate = (given.pop(name) for name in ("base", "edits", "out", "estimate"))
    if out is None and not estimate:
        raise click.UsageError("--out DIR is missing: name the folder to write the register to.")
    columns = {name: given.pop(name) for name in _COLUMNS}
    return Asked(given.pop("files"), columns, given, base, edits, out, estimate, given.pop("quiet"))


def same_everywhere() -> None:
    """Compute as any x86 processor since 2013 can, so that every one rounds alike; before numpy is loaded.

    Otherwise libraries choose the widest instructions there are, whose sums differ in the last digit, and now and then
    two neighbours change places.
    """
    if "numpy" in sys.modules:
        raise click.UsageError("--portable comes too late in this process: run setright sift in one of its own.")
    if "avx2" not in _processor():
        raise click.UsageError("--portable needs an x86 processor with AVX2: leave it out on this machine.")
    os.environ |= _AS_ANY


def _processor() -> str:
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""


def run(asked: Asked) -> None:
    """Read, sift and write; the output folder appears only when all of it went well."""
    from setright.cli.edits import read_edits
    from setright.cli.estimate import estimate  # the engine loads in a second: not for `--help`
    from setright.sift import sift
    from setright.sift.errors import SiftError
    from setright.sift.ledger import Clock
    from setright.sift.read import Columns, collect, read
    from setright.sift.register import write_ledger

    sources: list[str | Path | BinaryIO] = [sys.stdin.buffer if f == "-" else f for f in asked.files]
    frame = read(sources, Columns(**{k: v for k, v in asked.columns.items() if v is not None}))
    try:
        settings = _settings(asked.settings)
        if asked.estimate:
            click.echo(estimate(frame, settings))
            return
        base = None if asked.base is None else earlier_register(asked.base)
        edits = read_edits(asked.edits) if asked.edits else []
        assert asked.out is not None  # noqa: S101 - _asked saw to it
        with Bars(quiet=asked.quiet) as bars, whole_folder(asked.out) as folder:
            clock = Clock()
            with clock.stage("read files"):
                bars.begin("read", 0)
                rows = collect(frame)
            result = sift(rows, settings, base=None if base is None else base.state, edits=edits, progress=bars)
            files = [*(() if base is None else base.files), *asked.files]
            with clock.stage("write"):
                bars.begin("write", 0)
                _write(result, files, folder, asked)
            result = _with_cost(result, clock)
            result.ledger["files"] = files
            write_ledger(result.ledger, folder)
    except SiftError as error:
        raise InputError(str(error)) from error
    if not asked.quiet:
        _summary(result, asked.out)


def _settings(given: dict[str, Any]) -> Any:
    from setright.cli.endpoint import encoder_at, namer_at  # HTTP only where asked for
    from setright.sift import Settings

    given = dict(given)
    namer = given.pop("name_with")
    if given["encoder"].startswith(("http://", "https://")):
        given["encoder"] = encoder_at(given["encoder"])
    return Settings(namer=None if namer is None else namer_at(namer), **given)


def _write(result: Any, files: list[str], folder: Path, asked: Asked) -> None:
    from setright.intake.personal import mask_span, sliced
    from setright.sift.register import write_register

    shown = sliced if asked.settings["keep_personal"] else mask_span
    write_register(result, result.state.rows, folder, shown=shown, files=[Path(f).name for f in files])
    if asked.base is not None:
        told = json.dumps(result.changes.to_pylist(), ensure_ascii=False, indent=1)
        (folder / "changes.json").write_text(told, "utf-8")
    state = folder / "state"
    state.mkdir()
    (state / "state.bin").write_bytes(result.state.to_bytes())


def _with_cost(result: Any, clock: Any) -> Any:
    """The result with the cost of reading and writing, which only the command knows, beside that of the engine."""
    before, after = clock.stages
    stages = [before, *result.ledger["stages"], after]
    cost = {
        "seconds": round(sum(s["seconds"] for s in stages), 3),
        "peak_mib": max(s["peak_mib"] for s in stages),
        "stages": stages,
    }
    return replace(result, ledger=result.ledger | cost)


def _summary(result: Any, out: Path) -> None:
    account = result.ledger
    for edit in account["edits"]:
        if not edit["applied"]:
            click.echo(f"Edit {edit['edit']} ({edit['op']}) is not applied: {edit['told']}.")
    states = account["rows_by_state"]
    told = ", ".join(f"{n:,} {state}" for state, n in states.items() if n)
    click.echo(f"{account['n_rows']:,} rows: {told}.")
    click.echo(
        f"{account['n_problems']:,} problems in {account['seconds']:.0f} s, at most {account['peak_mib']:,.0f} MiB. "
        f"Open {out / 'report.html'}"
    )
