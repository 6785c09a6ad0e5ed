"""Each stage's columns and types.

Everything between stages is a columnar Arrow table with one of these schemas, so that a run never holds a Python
object per row. The last five are the contract with users (README.md lists the files): their columns never depend on
the input.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

# ---------------------------------------------------------------------------------------------------- into the engine

INPUT: Final = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),  # 0-based over all files, in the order given
        pa.field("id", pa.large_string()),  # the user's id, or the row number as text
        pa.field("text", pa.large_string()),  # as written; null where unreadable
        pa.field("person", pa.large_string()),
        pa.field("unit", pa.large_string()),
        pa.field("date", pa.date32()),
        pa.field("file", pa.int32(), nullable=False),  # index into the list of files
        pa.field("line", pa.int64(), nullable=False),  # 1-based line where the row starts (row of a sheet or Parquet)
        pa.field("trouble", pa.string()),  # why the row is unreadable, or null
    ]
)
"""What `read` yields and `sift` takes. Only `row` and `text` are needed from a caller of the API."""

# ---------------------------------------------------------------------------------------------------- between stages

POINTS: Final = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("point", pa.int32(), nullable=False),  # 0-based within the row
        pa.field("start", pa.int32(), nullable=False),  # code points of the text as written
        pa.field("end", pa.int32(), nullable=False),
        pa.field("key", pa.large_string()),  # the matching form; null where there is no point
        pa.field("reason", pa.string()),  # why there is no point: see EMPTY_REASONS, or the row's trouble
    ]
)
"""What `clean` and `split` make of INPUT: one line per point, one for a row without."""

STATES: Final = ("grouped", "unsure", "alone", "empty", "unreadable")
"""Where a point can end; a row's state is its points' best, in this order."""

EMPTY_REASONS: Final = ("blank", "no words", "greeting", "thanks", "boilerplate")
KINDS: Final = ("complaint", "suggestion", "praise", "question", "none")
PROBLEM_KINDS: Final = ("complaint", "suggestion")
"""The kinds on which the register opens; the rest is counted beside it."""

# ------------------------------------------------------------------------------------------------- out of the engine

_QUOTE: Final = pa.struct([("id", pa.large_string()), ("start", pa.int32()), ("end", pa.int32())])

PROBLEMS: Final = pa.schema(
    [
        ("problem", pa.string()),
        ("title", pa.string()),
        ("keywords", pa.list_(pa.string())),
        ("n_submissions", pa.int64()),
        ("n_texts", pa.int64()),
        ("n_people", pa.int64()),  # null where no --person is known
        ("share", pa.float64()),  # of all rows read
        ("category", pa.string()),
        ("category_confidence", pa.float32()),
        ("cohesion", pa.float32()),
        ("first_date", pa.date32()),
        ("last_date", pa.date32()),
        ("kind", pa.string()),
        ("n_low", pa.int64()),  # filled by an audit
        ("n_high", pa.int64()),
        ("watch", pa.string()),
        ("dismissed", pa.bool_()),
        ("parent", pa.string()),
        ("quotes", pa.list_(_QUOTE)),
    ]
)

ASSIGNMENTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("id", pa.large_string()),
        ("point", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("state", pa.string()),
        ("reason", pa.string()),  # for empty and unreadable
        ("kind", pa.string()),
        ("problem", pa.string()),
        ("confidence", pa.float32()),
        ("template", pa.string()),
        ("added", pa.bool_()),
    ]
)

TEMPLATES: Final = pa.schema(
    [
        ("template", pa.string()),
        ("text", pa.large_string()),
        ("n_submissions", pa.int64()),
        ("n_people", pa.int64()),
        ("n_with_additions", pa.int64()),
    ]
)

THEMES: Final = pa.schema(
    [
        ("theme", pa.string()),  # what `parent` of a problem names
        ("title", pa.string()),
        ("n_problems", pa.int64()),
        ("n_submissions", pa.int64()),
    ]
)

MAP: Final = pa.schema([("problem", pa.string()), ("x", pa.float32()), ("y", pa.float32()), ("r", pa.float32())])
"""Where a problem stands on the report's map: near means alike, directions mean nothing, area is submissions."""

PROBLEM_UNITS: Final = pa.schema(
    [
        ("problem", pa.string()),
        ("unit", pa.large_string()),
        ("month", pa.string()),  # "2026-11", or null
        ("n_submissions", pa.int64()),
        ("n_texts", pa.int64()),
        ("n_people", pa.int64()),
    ]
)

CHANGES: Final = pa.schema(
    [
        ("problem", pa.string()),
        ("change", pa.string()),  # one of CHANGE
        ("n_before", pa.int64()),  # submissions in the earlier run; null for a new problem
        ("n_after", pa.int64()),  # null for one that is gone
        ("with", pa.list_(pa.string())),  # the problems it came from or went to
    ]
)
"""What became of the problems of an earlier run; those that stayed as they were are not listed."""

CHANGE: Final = ("new", "grown", "shrunk", "merged", "split", "gone")
