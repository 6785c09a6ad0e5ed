"""The result for programs: Parquet, CSV and JSON, byte for byte the same for the same result."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from setright.intake.formula import safe_cell
from setright.sift.register.words import shown_id
from setright.sift.result import Result

TABLES: Final = ("problems", "assignments", "templates", "problem_units", "themes")
ROW_GROUP: Final = 131_072
_BATCH: Final = 8_192


def write_tables(result: Result, out: Path) -> None:
    """Write every table as Parquet, the problems as CSV as well, and the ledger as JSON."""
    for name in TABLES:
        write_parquet(getattr(result, name), out / f"{name}.parquet")
    kept = result.ledger.get("settings", {}).get("keep_personal", False)
    write_csv(result.problems if kept else _ids_masked(result.problems), out / "problems.csv")
    write_ledger(result.ledger, out)


def _ids_masked(problems: pa.Table) -> pa.Table:
    """The problems with the ids of their quotes as people are shown them; the Parquet tables keep them as keys."""
    at = problems.schema.get_field_index("quotes")
    quotes = [
        None if some is None else [quote | {"id": shown_id(quote["id"] or "")} for quote in some]
        for some in problems["quotes"].to_pylist()
    ]
    field = problems.schema.field(at)
    return problems.set_column(at, field, pa.array(quotes, field.type))


def write_ledger(ledger: dict[str, Any], out: Path) -> None:
    """Write ledger.json; again, where what the writing itself cost has become known."""
    text = json.dumps(ledger, ensure_ascii=False, indent=2)
    (out / "ledger.json").write_text(text + "\n", encoding="utf-8")


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write one table; the bytes depend on its values and pyarrow's version, not on chunks, clock or threads."""
    pq.write_table(
        table.combine_chunks(),
        path,
        compression="zstd",
        compression_level=3,
        row_group_size=ROW_GROUP,
        version="2.6",
        use_dictionary=True,
        write_statistics=True,
    )


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as UTF-8 with BOM, so that spreadsheets read it, with cells that no spreadsheet calculates."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(table.column_names)
        out.writerows(_lines(table))


def _lines(table: pa.Table) -> Iterator[list[str]]:
    for batch in table.to_batches(max_chunksize=_BATCH):
        for line in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield [_cell(value) for value in line]


def _cell(value: Any) -> str:
    """A value as CSV shows it: lists of words joined, structures as JSON, words made safe."""
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        words = all(isinstance(v, str) for v in value)
        return safe_cell("; ".join(value) if words else json.dumps(value, ensure_ascii=False))
    return str(value)
