"""`setright examples`: the main job on the opinions that come with Setright."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from setright.cli.sift import Asked, run

_EXAMPLES: Final = (
    ("zh", "zh.csv", {"text": "text", "id": "id", "unit": "unit", "date": "date"}, "written for this demonstration"),
    ("en-nhs", "en_nhs.csv", {"text": "text", "id": "id", "unit": "organization"}, "NHS England patient feedback, MIT"),
    (
        "en-polis",
        "en_polis.csv",
        {"text": "text", "id": "id", "unit": "conversation"},
        "Polis consultations, CC BY 4.0",
    ),
)
_N_SHOWN: Final = 10


@click.command("examples")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="DIR",
    help="Folder for the three registers.",
)
def command(out: Path) -> None:
    """Sift the opinions that come with Setright and show the largest problems of each set."""
    import pyarrow.parquet as pq  # numpy loads here, not for `--help`

    console = Console()
    for name, file, columns, source in _EXAMPLES:
        console.rule(f"{file}: {source}")
        with as_file(files("setright.cli") / "examples" / file) as path:
            run(_asked(path, columns, out / name))
        console.print(_table(pq.read_table(out / name / "problems.parquet").to_pylist()))


def _asked(path: Path, columns: dict[str, str], out: Path) -> Asked:
    settings = {
        "encoder": "use",
        "lang": "auto",
        "granularity": "normal",
        "taxonomy": "public-service",
        "labels": None,
        "watch": None,
        "name_with": None,
        "keep_personal": False,
        "seed": 0,
        "threads": 0,
    }
    return Asked((str(path),), dict(columns), settings, None, None, out, estimate=False, quiet=False)


def _table(problems: list[dict[str, Any]]) -> Table:
    table = Table("n", "problem", "kind", "category", box=None, header_style="dim")
    table.columns[0].justify = "right"
    wrong = [p for p in problems if p["kind"] in ("complaint", "suggestion")]
    for p in wrong[:_N_SHOWN]:
        table.add_row(f"{p['n_submissions']:,}", p["title"], p["kind"], p["category"] or "")
    return table
