"""The result as files: tables for programs, a workbook for people, a page for everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from setright.sift.progress import Progress, Quiet
from setright.sift.register.evidence import evidence
from setright.sift.register.facts import facts
from setright.sift.register.report import write_report
from setright.sift.register.table import write_ledger, write_tables
from setright.sift.register.xlsx import write_workbook
from setright.sift.result import Result

__all__ = ["write_ledger", "write_register"]


def write_register(
    result: Result,
    rows: pa.Table,
    out: Path,
    *,
    shown: Callable[[str, int, int], str],
    files: Sequence[str],
    progress: Progress | None = None,
) -> None:
    """Write the tables, `register.xlsx` and `report.html` into an existing folder.

    Parameters
    ----------
    result : Result
        What `sift` found; never changed.
    rows : pyarrow.Table
        `tables.INPUT`, the rows the result is about; a row it lacks (an earlier run's) is shown without its words.
    out : Path
        A folder that exists. Files of the same name are replaced; nothing is written anywhere else.
    shown : callable
        From a text as written and the start and end of a part to the part as shown: `intake.personal.mask_span`, or
        `sliced`. Called once for each distinct text and point, and for what stands before and after a quoted one.
    files : sequence of str
        The names of the input files, by `rows["file"]`.
    progress : Progress, optional
        Hears "tables", "workbook" and "report".

    Raises
    ------
    OSError
        When the folder cannot be written to.

    Notes
    -----
    Every file is byte-identical for the same arguments and library versions. About 16 s for 360,000 points on one
    core, masking included; memory is that of the words shown, twice.
    """
    progress = progress or Quiet()
    progress.begin("tables", 0)
    write_tables(result, out)
    told = facts(result, rows, files)
    points = evidence(result, rows, shown)
    progress.begin("workbook", points.lines.num_rows)
    write_workbook(out / "register.xlsx", result, points, told, advance=progress.advance)
    progress.begin("report", result.problems.num_rows)
    write_report(out / "report.html", result, points, told, shown)
