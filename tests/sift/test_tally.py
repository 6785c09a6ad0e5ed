from datetime import date

import pyarrow as pa
import pytest

from setright.sift.tables import INPUT
from setright.sift.tally import by_problem, by_unit, voices


def rows(people, units=None, dates=None):
    n = len(people)
    given = {"row": range(n), "file": [0] * n, "line": range(n), "person": people, "unit": units, "date": dates}
    return pa.table(
        [pa.array(given[f.name] if given.get(f.name) is not None else [None] * n, f.type) for f in INPUT], schema=INPUT
    )


def points(*said):
    """Points from (row, text, problem)."""
    row, text, problem = zip(*said, strict=True)
    return pa.table(
        {"row": pa.array(row, pa.int64()), "text": pa.array(text, pa.int32()), "problem": pa.array(problem, pa.int32())}
    )


def test_three_counts_differ_where_rows_texts_and_people_do():
    said = voices(points((0, 0, 0), (0, 1, 0), (1, 0, 0), (2, 0, 0), (3, 2, 1)), rows(["ann", "ann", "bo", "cy"]))
    counted = by_problem(said, 2)
    assert counted.select(["n_submissions", "n_texts", "n_people"]).to_pylist() == [
        {"n_submissions": 3, "n_texts": 2, "n_people": 2},
        {"n_submissions": 1, "n_texts": 1, "n_people": 1},
    ]


def test_people_are_unknown_and_never_submissions_where_no_person_is_named():
    counted = by_problem(voices(points((0, 0, 0), (1, 1, 0)), rows([None, None])), 1)
    assert counted["n_people"].to_pylist() == [None]


def test_points_outside_problems_are_not_counted():
    said = voices(points((0, 0, None), (1, 1, 0)), rows(["ann", "bo"]))
    assert said["row"].to_pylist() == [1]


def test_problem_without_a_point_is_a_defect():
    with pytest.raises(ValueError, match="no point"):
        by_problem(voices(points((0, 0, 0)), rows(["ann"])), 2)


def test_units_and_months_split_the_counts():
    days = [date(2026, 3, 31), date(2026, 4, 1), None]
    said = voices(points((0, 0, 0), (1, 0, 0), (2, 0, 0)), rows([None] * 3, ["north", "north", "south"], days))
    assert by_unit(said, pa.array(["P-1"])).select(["problem", "unit", "month", "n_submissions"]).to_pylist() == [
        {"problem": "P-1", "unit": "north", "month": "2026-03", "n_submissions": 1},
        {"problem": "P-1", "unit": "north", "month": "2026-04", "n_submissions": 1},
        {"problem": "P-1", "unit": "south", "month": None, "n_submissions": 1},
    ]


def test_no_units_and_no_dates_give_no_lines():
    assert by_unit(voices(points((0, 0, 0)), rows(["ann"])), pa.array(["P-1"])).num_rows == 0
