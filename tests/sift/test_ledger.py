import pyarrow as pa
import pytest

from setright.sift.errors import NotReconciled
from setright.sift.ledger import Clock, accounts, row_states
from setright.sift.tables import ASSIGNMENTS, INPUT, STATES


def lines(*ended):
    """Assignments from (row, state) or (row, state, kind, reason)."""
    full = [(*e, None, None)[:4] for e in ended]
    columns = {
        "row": [e[0] for e in full],
        "state": [e[1] for e in full],
        "kind": [e[2] for e in full],
        "reason": [e[3] for e in full],
    }
    return pa.table(
        [pa.array(columns.get(f.name, [None] * len(full)), f.type) for f in ASSIGNMENTS], schema=ASSIGNMENTS
    )


def rows(files, troubles=None):
    n = len(files)
    given = {
        "row": range(n),
        "file": files,
        "line": range(2, n + 2),
        "trouble": troubles or [None] * n,
    }
    return pa.table([pa.array(given.get(f.name, [None] * n), f.type) for f in INPUT], schema=INPUT)


def test_row_state_is_the_best_of_its_points():
    ended = lines((0, "alone"), (0, "grouped"), (1, "unsure"), (1, "alone"), (2, "empty"))
    assert [STATES[s] for s in row_states(ended, 3)] == ["grouped", "unsure", "empty"]


def test_row_without_a_line_is_refused():
    with pytest.raises(NotReconciled, match="1 of 3 rows ended nowhere, the first is row 1"):
        row_states(lines((0, "alone"), (2, "alone")), 3)


def test_line_of_a_row_never_read_is_refused():
    with pytest.raises(NotReconciled, match="names row 5"):
        row_states(lines((0, "alone"), (5, "alone")), 1)


def test_accounts_sum_to_the_rows_by_state_and_by_file():
    ended = lines(
        (0, "grouped", "complaint"),
        (0, "alone", "praise"),
        (1, "empty", None, "blank"),
        (2, "unreadable", None, "NUL byte"),
    )
    found = accounts(rows([0, 0, 1], [None, None, "NUL byte"]), ended)
    assert found["rows_by_state"] == {"grouped": 1, "unsure": 0, "alone": 0, "empty": 1, "unreadable": 1}
    assert found["difference"] == 0
    assert [(f["file"], f["n_rows"]) for f in found["rows_by_file"]] == [(0, 2), (1, 1)]
    assert found["lines_by_reason"] == {"NUL byte": 1, "blank": 1}
    assert found["points_by_kind"] == {"complaint": 1, "suggestion": 0, "praise": 1, "question": 0, "none": 0}
    assert found["unreadable_rows"] == [{"row": 2, "file": 1, "line": 4, "reason": "NUL byte"}]


def test_accounts_of_no_rows_are_all_zero():
    found = accounts(rows([]), lines())
    assert (found["n_rows"], sum(found["rows_by_state"].values()), found["rows_by_file"]) == (0, 0, [])


def test_clock_keeps_the_stages_in_order():
    clock = Clock()
    with clock.stage("first"):
        pass
    with clock.stage("second"):
        held = bytearray(64 << 20)
    told = clock.told()
    assert [s["stage"] for s in told["stages"]] == ["first", "second"]
    assert told["peak_mib"] == max(s["peak_mib"] for s in told["stages"]) >= len(held) >> 20
