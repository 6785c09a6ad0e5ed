"""Where every row ended, and what the run cost: the account that must balance."""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright import __version__
from setright.sift.errors import NotReconciled
from setright.sift.tables import KINDS, STATES

_LIBRARIES: Final = ("daft", "numpy", "scipy", "scikit-learn", "igraph", "pyarrow")


class Clock:
    """Wall seconds and peak memory of each stage, in the order they ran.

    The peak is the process's high-water mark, set back at the start of a stage where the system allows it (Linux);
    elsewhere it is the highest so far.
    """

    def __init__(self) -> None:
        self.stages: list[dict[str, Any]] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        _reset_peak()
        start = time.perf_counter()
        yield
        self.stages.append(
            {"stage": name, "seconds": round(time.perf_counter() - start, 3), "peak_mib": round(_peak_mib(), 1)}
        )

    def told(self) -> dict[str, Any]:
        """What the ledger says of the cost: in all, and stage by stage."""
        return {
            "seconds": round(sum(s["seconds"] for s in self.stages), 3),
            "peak_mib": max((s["peak_mib"] for s in self.stages), default=0.0),
            "stages": self.stages,
        }


def _reset_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_mib() -> float:
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row_states(assignments: pa.Table, n_rows: int) -> NDArray[np.int8]:
    """Each row's state: the best of its points', as an index into `STATES`.

    Returns
    -------
    int8 array of shape (n_rows,)

    Raises
    ------
    NotReconciled
        When a row of the input has no line among the assignments, or a line names a row that was never read.
    """
    rank = pc.index_in(assignments["state"], value_set=pa.array(STATES)).to_numpy()
    row = assignments["row"].to_numpy()
    if len(row) and (row.min() < 0 or row.max() >= n_rows):
        raise NotReconciled(f"a point names row {int(row.max())}, but only {n_rows} rows were read")
    best = np.full(n_rows, len(STATES), dtype=np.int8)
    np.minimum.at(best, row, rank.astype(np.int8))
    n_lost = int((best == len(STATES)).sum())
    if n_lost:
        raise NotReconciled(f"{n_lost} of {n_rows} rows ended nowhere, the first is row {int(best.argmax())}")
    return best


def accounts(rows: pa.Table, assignments: pa.Table) -> dict[str, Any]:
    """The counts of the ledger: by state, by reason, by kind, by file; each sums to the rows read."""
    states = row_states(assignments, rows.num_rows)
    file = rows["file"].to_numpy()
    n_files = int(file.max()) + 1 if len(file) else 0
    by_file = [
        {"file": i, "n_rows": int((file == i).sum())} | _counted(states[file == i], STATES) for i in range(n_files)
    ]
    return {
        "n_rows": rows.num_rows,
        "n_points": int(pc.sum(pc.is_valid(assignments["kind"])).as_py() or 0),
        "rows_by_state": _counted(states, STATES),
        "difference": rows.num_rows - int(sum(_counted(states, STATES).values())),
        "rows_by_file": by_file,
        "lines_by_reason": _reasons(assignments),
        "points_by_kind": {k: int(pc.sum(pc.equal(assignments["kind"], k)).as_py() or 0) for k in KINDS},
        "unreadable_rows": _unreadable(rows),
    }


def _counted(codes: NDArray[np.int8], names: tuple[str, ...]) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(names))
    return {name: int(counts[i]) for i, name in enumerate(names)}


def _reasons(assignments: pa.Table) -> dict[str, int]:
    counts = pc.value_counts(assignments["reason"].combine_chunks().drop_null())
    found = sorted((c["values"].as_py(), c["counts"].as_py()) for c in counts)
    return dict(found)


def _unreadable(rows: pa.Table) -> list[dict[str, Any]]:
    """Every unreadable row by file and line, so that a person can find it."""
    bad = rows.filter(pc.is_valid(rows["trouble"])).select(["row", "file", "line", "trouble"])
    return [
        {"row": r, "file": f, "line": n, "reason": t}
        for r, f, n, t in zip(*(bad[c].to_pylist() for c in bad.column_names), strict=True)
    ]


def versions() -> dict[str, str]:
    """Versions of everything that can change a result."""
    found = {"setright": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
