"""The three counts of a problem (submissions, distinct texts, people), in all and by unit and month."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from setright.sift.tables import PROBLEM_UNITS

_COUNTS = [("row", "count_distinct"), ("text", "count_distinct"), ("person", "count_distinct")]


def voices(points: pa.Table, rows: pa.Table) -> pa.Table:
    """Every grouped point beside who said it, where and when.

    Parameters
    ----------
    points : pyarrow.Table
        Columns `row` (int64), `text` (int32: the distinct text), `problem` (int32 or null).
    rows : pyarrow.Table
        `tables.INPUT`, row i at position i.

    Returns
    -------
    pyarrow.Table
        `problem, row, text, person, unit, date`, only lines with a problem.
    """
    said = points.select(["problem", "row", "text"]).filter(pc.is_valid(points["problem"]))
    who = rows.select(["person", "unit", "date"]).take(said["row"])
    for name in who.column_names:
        said = said.append_column(name, who[name])
    return said


def by_problem(said: pa.Table, n_problems: int) -> pa.Table:
    """The three counts and the first and last day of each problem, by its number.

    Returns
    -------
    pyarrow.Table
        `n_submissions, n_texts, n_people, first_date, last_date`, `n_problems` lines; `n_people` is null for a
        problem none of whose rows names a person, since submissions never stand in for people.
    """
    counted = said.group_by("problem").aggregate([*_COUNTS, ("date", "min"), ("date", "max")]).sort_by("problem")
    if counted["problem"].to_pylist() != list(range(n_problems)):
        raise ValueError("a problem has no point")
    return pa.table(
        {
            "n_submissions": counted["row_count_distinct"],
            "n_texts": counted["text_count_distinct"],
            "n_people": _people(counted["person_count_distinct"]),
            "first_date": counted["date_min"],
            "last_date": counted["date_max"],
        }
    )


def by_unit(said: pa.Table, problem_ids: pa.Array) -> pa.Table:
    """The three counts by problem, unit and month (`tables.PROBLEM_UNITS`); empty where neither is known."""
    if pc.all(pc.and_(pc.is_null(said["unit"]), pc.is_null(said["date"]))).as_py() is not False:
        return PROBLEM_UNITS.empty_table()
    month = pc.strftime(said["date"].cast(pa.timestamp("s")), format="%Y-%m")
    keyed = said.append_column("month", month).group_by(["problem", "unit", "month"]).aggregate(_COUNTS)
    keyed = keyed.sort_by([("problem", "ascending"), ("unit", "ascending"), ("month", "ascending")])
    return pa.table(
        [
            problem_ids.take(keyed["problem"].combine_chunks()),
            keyed["unit"],
            keyed["month"],
            keyed["row_count_distinct"],
            keyed["text_count_distinct"],
            _people(keyed["person_count_distinct"]),
        ],
        schema=PROBLEM_UNITS,
    )


def _people(counts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(counts, 0), pa.scalar(None, pa.int64()), counts)
