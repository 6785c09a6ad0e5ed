"""From rows to points, and from points to distinct texts: the part of a run that Daft spreads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import daft
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.clean import empty_reason, normalise
from setright.sift.cluster import gathered, in_parts
from setright.sift.split import split
from setright.sift.tables import INPUT, POINTS

_N_BATCH: Final = 16_384
_POINT: Final = pa.struct([POINTS.field(n) for n in ("point", "start", "end", "key", "reason")])
_Line = tuple[int, int, int, str | None, str | None]
_POINT_LIST: Final = daft.DataType.from_arrow_type(pa.large_list(_POINT))


@dataclass(frozen=True)
class Texts:
    """The distinct texts of a run, in order of first appearance.

    Parameters
    ----------
    keys : pyarrow.LargeStringArray
        Their matching forms, shape (n,).
    n_submissions : int64 array of shape (n,)
        How many rows say it, each counted once however often it repeats itself.
    first : int64 array of shape (n,)
        The first of them, as an index into the table of points.
    """

    keys: pa.LargeStringArray
    n_submissions: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.keys)


def input_rows(table: daft.DataFrame | pa.Table) -> pa.Table:
    """`table` with every column of `tables.INPUT`, in order of `row`; absent columns are filled.

    Parameters
    ----------
    table : daft.DataFrame or pyarrow.Table
        At least `text`; `row` defaults to the position, `id` to the row number, `line` to the position + 1.
    """
    given: pa.Table = table.to_arrow() if isinstance(table, daft.DataFrame) else table
    n = given.num_rows
    position = pa.array(np.arange(n, dtype=np.int64))
    absent = {
        "row": position,
        "id": position.cast(pa.large_string()),
        "file": pa.array(np.zeros(n, dtype=np.int32)),
        "line": pc.add(position, 1),
    }
    columns = [
        given[f.name].cast(f.type) if f.name in given.column_names else absent.get(f.name, pa.nulls(n, f.type))
        for f in INPUT
    ]
    rows = pa.table(columns, schema=INPUT)
    rows = rows.set_column(INPUT.get_field_index("person"), INPUT.field("person"), _told_apart(rows["person"]))
    return rows if pc.all(pc.equal(rows["row"], position)).as_py() in (True, None) else rows.sort_by("row")


def _told_apart(people: pa.ChunkedArray) -> pa.LargeStringArray:
    """Digests that tell people apart without naming them: nothing after this point knows who somebody is.

    Whoever can guess a name can check the guess, so what holds these stays sealed.
    """
    coded = people.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    names = (name.encode("utf-8", "surrogatepass") for name in coded.dictionary.to_pylist())
    digests = [blake2b(name, digest_size=12, person=b"setright person").hexdigest() for name in names]
    return pa.array(digests, pa.large_string()).take(coded.indices)


def points(rows: pa.Table, lang: str, advance: Callable[[int], None]) -> pa.Table:
    """Every point of every row, and one line for a row without (`tables.POINTS`), in order of row and point.

    Runs as a Daft program, so that a cluster may spread it; the answer does not depend on how rows are batched.
    """
    spread = daft.func.batch(return_dtype=_POINT_LIST, use_process=False, batch_size=_N_BATCH)(_points_of)
    given, fields = rows.select(["row", "text", "trouble"]), [daft.col("points")[f.name].alias(f.name) for f in _POINT]

    def program() -> daft.DataFrame:
        frame = in_parts(daft.from_arrow(given), rows.num_rows)
        frame = frame.with_column("points", spread(daft.col("text"), daft.col("trouble"), lang))
        return frame.select("row", "points").explode("points").select("row", *fields)

    found = gathered(program).select(POINTS.names).cast(POINTS)
    advance(rows.num_rows)
    return found.sort_by([("row", "ascending"), ("point", "ascending")])


def _points_of(texts: daft.Series, troubles: daft.Series, lang: str) -> daft.Series:
    """One list of points per text, built as columns: a Python object per point would cost five times the splitting."""
    offsets = [0]
    columns: tuple[list[Any], ...] = ([], [], [], [], [])
    for text, trouble in zip(texts.to_pylist(), troubles.to_pylist(), strict=True):
        for line in _lines(text, trouble, lang):
            for column, value in zip(columns, line, strict=True):
                column.append(value)
        offsets.append(len(columns[0]))
    arrays = [pa.array(column, field.type) for column, field in zip(columns, _POINT, strict=True)]
    flat = pa.StructArray.from_arrays(arrays, fields=list(_POINT))
    return daft.Series.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), flat))


def _lines(text: str | None, trouble: str | None, lang: str) -> list[_Line]:
    if trouble is not None:
        return [(0, 0, 0, None, trouble)]
    if text is None or not text.strip():
        return [(0, 0, 0, None, "blank")]
    found: list[_Line] = []
    pieces = [(start, end, text[start:end]) for start, end in split(text, lang)]
    reasons = [empty_reason(said) for _, _, said in pieces]
    for (start, end, said), reason in zip(pieces, reasons, strict=True):
        if reason is None:
            found.append((len(found), start, end, normalise(said), None))
    if found:
        return found
    told = next(filter(None, [empty_reason(text), *reasons]), "greeting")
    return [(0, 0, len(text), None, told)]


def distinct(found: pa.Table) -> tuple[Texts, NDArray[np.int32]]:
    """Fold points that say the same words.

    Returns
    -------
    texts : Texts
    text : int32 array of shape (n_points,)
        Each line's distinct text, -1 where it has none.
    """
    encoded = found["key"].combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    text = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    said = np.flatnonzero(text >= 0)
    n = len(encoded.dictionary)
    first = np.zeros(n, dtype=np.int64)
    first[text[said][::-1]] = said[::-1]
    row = found["row"].to_numpy()[said]
    n_rows = int(row.max(initial=-1)) + 1
    once = np.unique(text[said].astype(np.int64) * n_rows + row) // max(n_rows, 1)
    return Texts(encoded.dictionary, np.bincount(once, minlength=n), first), text
