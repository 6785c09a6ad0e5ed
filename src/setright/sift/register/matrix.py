"""Who says what where, and when: problems by units, by months, and every combination with its three counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.register.book import BATCH, Book
from setright.sift.result import Result


def matrix_sheet(book: Book, name: str, result: Result, by: str) -> None:
    """Submissions of every problem (rows) by unit or month (columns), shaded by size.

    Units stand by size, months by date. Columns beyond the limit are added up in one; null has a column of its own.
    """
    counts, heads = counted(result, by, book.limits.columns)
    own = {None: book.say(f"no_{by}"), "": book.say("others")}
    known = pa.array([h for h in heads if h], pa.large_string())
    words = dict(zip(known.to_pylist(), book.units(known).to_pylist(), strict=True)) if by == "unit" else {}
    over = [(own[h] if h in own else words.get(h, str(h)), 12.0) for h in heads]
    widths = book.heads([("problem", 10.0), ("title", 52.0)]) + over + book.heads([("total", 12.0)])
    sheet = book.sheet(name, widths)
    if "" in heads:
        book.notes.append(book.say("note_columns", sheet=book.say(name), n=len(heads) - 1))
    kept = book.fits(name, len(counts), "problem_units.parquet")
    text, number = book.styles["text"], book.styles["int"]
    for at in range(0, kept, BATCH):
        part, some = result.problems.slice(at, min(BATCH, kept - at)), counts[at : min(at + BATCH, kept)]
        said = [pa.array(some[:, i], pa.int64(), mask=some[:, i] == 0) for i in range(len(heads))]
        columns = [_one(part["problem"]), book.column(part["title"]), *said, pa.array(some.sum(1))]
        sheet.write_columns(at + 1, columns, [text, text, *[number] * (len(heads) + 1)])
    last = max(kept, 1)
    shade = {"type": "2_color_scale", "min_color": "#F4F8FB", "max_color": "#74A2CB"}
    sheet.conditional_format(1, 2, last, 1 + len(heads), shade)
    sheet.autofilter(0, 0, last, len(widths) - 1)
    sheet.freeze_panes(1, 2)


def counted(result: Result, by: str, limit: int) -> tuple[NDArray[np.int64], list[str | None]]:
    """Submissions as an array (problems, columns), and what each column counts.

    Returns
    -------
    counts : ndarray of int64, shape (p, c)
    heads : list
        A unit or month, "" for all beyond `limit`, None for those where it is not known.
    """
    units = result.problem_units
    sums = units.group_by([by]).aggregate([("n_submissions", "sum")]).to_pylist()
    known = [s for s in sums if s[by] is not None]
    known.sort(key=(lambda s: s[by]) if by == "month" else (lambda s: (-s["n_submissions_sum"], s[by])))
    kept = known[-limit:] if by == "month" else known[:limit]
    heads: list[str | None] = [s[by] for s in kept]
    at = pc.index_in(units[by], value_set=pa.array(heads, pa.large_string())).fill_null(len(heads)).to_numpy()
    at = np.where(pc.is_null(units[by]).to_numpy(zero_copy_only=False), len(heads) + 1, at).astype(np.int64)
    row = pc.index_in(units["problem"], value_set=_one(result.problems["problem"])).to_numpy()
    counts = np.zeros((result.problems.num_rows, len(heads) + 2), dtype=np.int64)
    np.add.at(counts, (row, at), units["n_submissions"].to_numpy())
    full = [*heads, "", None]
    used = [i for i in range(len(full)) if i < len(heads) or counts[:, i].any()]
    return counts[:, used], [full[i] for i in used]


def long_sheet(book: Book, result: Result) -> None:
    """Every combination of problem, unit and month with its three counts."""
    words = ("problem", "unit", "month", "n_submissions", "n_texts", "n_people")
    sheet = book.sheet("units", book.heads([(w, 22.0 if w == "unit" else 12.0) for w in words]))
    kept = book.fits("units", result.problem_units.num_rows, "problem_units.parquet")
    units = book.units(result.problem_units["unit"].slice(0, kept))
    looks = [book.styles["text"]] * 3 + [book.styles["int"]] * 3
    for at in range(0, kept, BATCH):
        part = result.problem_units.slice(at, min(BATCH, kept - at))
        columns = [_one(part[w]) for w in words]
        columns[1] = units.slice(at, BATCH)
        sheet.write_columns(at + 1, columns, looks)
    sheet.autofilter(0, 0, max(kept, 1), len(words) - 1)


def _one(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
