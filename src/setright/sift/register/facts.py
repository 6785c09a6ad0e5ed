"""What register and report tell about the run as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from setright.sift.result import Result
from setright.sift.tables import KINDS, STATES

Lang = Literal["zh", "en"]
HAN: Final = re.compile("[\u3400-\u9fff]")
_UNREADABLE: Final = STATES.index("unreadable")


@dataclass(frozen=True)
class Facts:
    """Where the rows ended, by file and reason, and what the run was.

    `by_file[f][s]` counts rows of file f in state s (index into `STATES`); `reasons` counts lines without a point as
    (state, reason, n), most first; `kinds` counts problems by kind, without those dismissed.
    """

    lang: Lang
    files: tuple[str, ...]
    n_rows: int
    by_state: tuple[int, ...]
    by_file: tuple[tuple[int, ...], ...]
    reasons: tuple[tuple[str, str, int], ...]
    kinds: tuple[int, ...]
    n_dismissed: int
    has_units: bool
    months: tuple[str, ...]
    masked: bool
    seconds: float
    peak_mib: float
    ledger: dict[str, Any]

    @property
    def versions(self) -> dict[str, str]:
        """Versions of what made the result, by name."""
        return dict(self.ledger.get("setright", {}))

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.ledger.get("settings", {}))

    @property
    def difference(self) -> int:
        return self.n_rows - sum(self.by_state)


def facts(result: Result, rows: pa.Table, files: Sequence[str]) -> Facts:
    """Gather them from the tables, so that what is shown is what was written."""
    ledger, units = result.ledger, result.problem_units
    state, file = _row_states(result.assignments), rows["file"].to_numpy()
    names = tuple(files) or ("",)
    n_read = max(rows.num_rows, len(state))
    file = np.concatenate([file, np.zeros(n_read - len(file), dtype=file.dtype)])[: len(state)]
    by_file = [_counts(state[file == f], len(STATES)) for f in range(len(names))]
    dismissed = pc.fill_null(result.problems["dismissed"], False)
    kind = result.problems["kind"].filter(pc.invert(dismissed)).fill_null("none")
    return Facts(
        lang=language(result.problems, ledger),
        files=names,
        n_rows=n_read,
        by_state=_counts(state, len(STATES)),
        by_file=tuple(by_file),
        reasons=_reasons(result.assignments),
        kinds=_counts(pc.index_in(kind, value_set=pa.array(KINDS)).to_numpy(), len(KINDS)),
        n_dismissed=int(pc.sum(dismissed).as_py() or 0),
        has_units=units["unit"].null_count < units.num_rows,
        months=tuple(sorted(m for m in pc.unique(units["month"]).to_pylist() if m)),
        masked=not ledger.get("settings", {}).get("keep_personal", False),
        seconds=sum(s["seconds"] for s in ledger.get("stages", ())),
        peak_mib=max((s["peak_mib"] for s in ledger.get("stages", ())), default=0.0),
        ledger=ledger,
    )


def _row_states(lines: pa.Table) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Each row's state, the best of its points', as an index into `STATES`; `len(STATES)` where it has no line."""
    row = lines["row"].to_numpy()
    rank = pc.index_in(lines["state"], value_set=pa.array(STATES)).to_numpy().astype(np.int8)
    best = np.full(int(row.max(initial=-1)) + 1, len(STATES), dtype=np.int8)
    np.minimum.at(best, row, rank)
    return best


def _counts(codes: np.ndarray[Any, Any], n: int) -> tuple[int, ...]:
    return tuple(int(c) for c in np.bincount(codes, minlength=n)[:n])


def _reasons(lines: pa.Table) -> tuple[tuple[str, str, int], ...]:
    some = lines.select(["state", "reason"]).filter(pc.is_valid(lines["reason"]))
    found = some.group_by(["state", "reason"]).aggregate([([], "count_all")]).to_pylist()
    ordered = sorted(found, key=lambda f: (STATES.index(f["state"]), -f["count_all"], f["reason"]))
    return tuple((f["state"], f["reason"], f["count_all"]) for f in ordered)


def language(problems: pa.Table, ledger: dict[str, Any]) -> Lang:
    """Chinese where the run said so, or where most titles hold a Chinese character."""
    asked = str(ledger.get("settings", {}).get("lang", "auto"))
    if asked != "auto":
        return "zh" if asked.startswith("zh") else "en"
    titles = [t or "" for t in problems["title"].slice(0, 500).to_pylist()]
    return "zh" if sum(bool(HAN.search(t)) for t in titles) * 2 > len(titles) else "en"
