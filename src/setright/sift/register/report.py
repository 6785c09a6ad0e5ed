"""report.html: the register, its map and people's words in one file that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.intake.personal import PLACEHOLDERS, mask
from setright.sift.register.evidence import Evidence
from setright.sift.register.facts import Facts
from setright.sift.register.matrix import counted
from setright.sift.register.quotes import as_json, chosen_quotes, fitting
from setright.sift.register.words import shown_id
from setright.sift.result import Result
from setright.sift.tables import KINDS, PROBLEM_KINDS, STATES

LIMIT: Final = 25_000_000  # bytes of the whole file
N_DRAWN: Final = 600  # circles on the map
HEAT_ROWS, HEAT_COLUMNS, FEWEST = 12, 8, 5
WIDTH: Final = 560.0  # of the map's frame
_BINS: Final = 12
_ID: Final = 8  # where a quote's record has its id
_N_REASONS, _N_LINES = 20, 20
_STYLES: Final = ("theme.css", "page.css")
_SCRIPTS: Final = ("words.js", "page.js", "list.js", "map.js", "detail.js", "tables.js", "start.js")


def write_report(
    path: Path,
    result: Result,
    points: Evidence,
    told: Facts,
    shown: Callable[[str, int, int], str],
    *,
    limit: int = LIMIT,
) -> None:
    """Write report.html, at most `limit` bytes long.

    Parameters
    ----------
    path : Path
    result : Result
    points : Evidence
    told : Facts
    shown : callable
        From a text and the start and end of a part to the part as shown, for the text round a quoted point.
    limit : int
        Bytes. Half may go to the list of problems (the largest are kept), the rest to quotes: the same number for
        every problem, at most 24. What is left out is said in the file.
    """
    parts = {name: _part(name) for name in ("page.html", *_STYLES, *_SCRIPTS)}
    room = limit - sum(len(p.encode()) for p in parts.values()) - 20_000
    lines = _lines(result, told)
    n_listed = int(np.searchsorted(np.cumsum([len(line.encode()) + 1 for line in lines]), room // 2, side="right"))
    head = as_json(_head(result, points, told) | {"n_listed": n_listed})
    quotes = chosen_quotes(result, points, n_listed, shown)
    if told.masked:
        quotes = [[_id_masked(quote) for quote in some] for some in quotes]
    listed = ",\n".join(lines[:n_listed])
    left = room - len(listed.encode()) - len(head.encode()) - 4 * n_listed
    n_quotes = fitting(quotes, left)
    said = ",\n".join("[" + ",".join(some[:n_quotes]) + "]" for some in quotes)
    head = head[:-1] + f',"n_quotes":{n_quotes}}}'
    fill = {
        "lang": "zh-Hans" if told.lang == "zh" else "en",
        "style": "\n".join(parts[name] for name in _STYLES),
        "head": head,
        "problems": f"[{listed}]",
        "quotes": f"[{said}]",
        "script": "\n".join(parts[name] for name in _SCRIPTS),
    }
    path.write_text(_filled(parts["page.html"], fill), encoding="utf-8")


def _id_masked(quote: str) -> str:
    """A quote with its id as people are shown it; by the id itself its line is found before."""
    record = json.loads(quote)
    if len(record) <= _ID or not isinstance(record[_ID], str):
        return quote
    record[_ID] = shown_id(record[_ID])
    return as_json(record)


def _part(name: str) -> str:
    return files("setright.sift").joinpath("report", name).read_text(encoding="utf-8")


def _filled(page: str, fill: dict[str, str]) -> str:
    """The page with each `{{name}}` replaced; what was filled in is not looked at again."""
    first, *rest = page.split("{{")
    return first + "".join(fill[name] + tail for name, tail in (piece.split("}}", 1) for piece in rest))


def _head(result: Result, points: Evidence, told: Facts) -> dict[str, Any]:
    """What the page says besides the problems."""
    return {
        "lang": told.lang,
        "files": told.files,
        "states": STATES,
        "n_rows": told.n_rows,
        "n_points": points.lines.num_rows,
        "by_state": told.by_state,
        "by_file": told.by_file,
        "difference": told.difference,
        "reasons": told.reasons[:_N_REASONS],
        "n_reasons": len(told.reasons),
        "unreadable": _unreadable(points),
        "kinds": KINDS,
        "by_kind": told.kinds,
        "n_dismissed": told.n_dismissed,
        "themes": _themes(result),
        "bins": _bins(told.months),
        "months": [told.months[0], told.months[-1]] if told.months else [],
        "dates": _dates(result),
        "heat": _heat(result, told) if told.has_units else None,
        "map": _frame(result)[1],
        "n_problems": result.problems.num_rows,
        "n_templates": result.templates.num_rows,
        "n_units": result.problem_units.num_rows,
        "masked": told.masked,
        "masks": [m for pair in PLACEHOLDERS.values() for m in pair] if told.masked else [],
        "seconds": round(told.seconds, 1),
        "peak_mib": round(told.peak_mib),
        "version": told.versions.get("setright", ""),
        "encoder": told.settings.get("encoder", ""),
        "seed": told.settings.get("seed", 0),
    }


def _dates(result: Result) -> list[str]:
    first, last = pc.min(result.problems["first_date"]).as_py(), pc.max(result.problems["last_date"]).as_py()
    return [first.isoformat(), last.isoformat()] if first and last else []


def _unreadable(points: Evidence) -> list[list[Any]]:
    """The first unreadable rows by file and line, so that a person can find them."""
    bad = points.lines.filter(pc.equal(points.lines["state"], "unreadable"))
    some = bad.select(["row", "file", "line", "reason"]).slice(0, _N_LINES)
    return [list(line.values()) for line in some.to_pylist()]


def _lines(result: Result, told: Facts) -> list[str]:
    """One JSON line a problem; `page.js` names the fields in the same order."""
    spots, spark = _frame(result)[0], _spark(result, told.months)
    themes = {name: at for at, name in enumerate(result.themes["theme"].to_pylist())}
    kinds = {name: at for at, name in enumerate(KINDS)}
    said = []
    for at, p in enumerate(result.problems.drop_columns(["quotes"]).to_pylist()):
        said.append(
            as_json(
                [
                    p["problem"],
                    p["title"] or "",
                    p["keywords"] or [],
                    p["n_submissions"],
                    p["n_texts"],
                    p["n_people"],
                    kinds.get(p["kind"], len(KINDS) - 1),
                    themes.get(p["parent"], -1),
                    None if p["cohesion"] is None else round(p["cohesion"], 2),
                    p["first_date"].isoformat() if p["first_date"] else 0,
                    p["last_date"].isoformat() if p["last_date"] else 0,
                    p["watch"] or 0,
                    int(bool(p["dismissed"])),
                    p["category"] or 0,
                    [p["n_low"], p["n_high"]] if p["n_low"] is not None and p["n_high"] is not None else 0,
                    spark[at],
                    spots[at],
                ]
            )
        )
    return said


# ----------------------------------------------------------------------------------------------------------- over time


def _bins(months: tuple[str, ...]) -> list[list[str]]:
    """The months from first to last, gaps included, in at most twelve stretches of equal length."""
    if not months:
        return []
    first, last = (int(m[:4]) * 12 + int(m[5:7]) - 1 for m in (months[0], months[-1]))
    step = -(-(last - first + 1) // _BINS)
    starts = range(first, last + 1, step)
    return [[_month(s), _month(min(s + step - 1, last))] for s in starts]


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _spark(result: Result, months: tuple[str, ...]) -> list[list[int]]:
    """Submissions of each problem in each bin."""
    bins = _bins(months)
    if not bins:
        return [[] for _ in range(result.problems.num_rows)]
    counts, heads = counted(result, "month", len(months))
    of_bin = np.searchsorted([b[0] for b in bins], [h for h in heads if h], side="right") - 1
    sums = np.zeros((len(counts), len(bins)), dtype=np.int64)
    np.add.at(sums.T, of_bin, counts[:, : len(of_bin)].T)
    return [[int(n) for n in line] for line in sums]


# ------------------------------------------------------------------------------------------------------------- the map


def _frame(result: Result) -> tuple[list[Any], dict[str, Any]]:
    """The largest circles fitted into the frame (`[x, y, r]` by problem, 0 where not drawn), and the frame."""
    n = result.problems.num_rows
    at = pc.index_in(result.problems["problem"], value_set=result.map["problem"].combine_chunks())
    if not n or at.null_count:
        return [0] * n, {"width": WIDTH, "height": 0, "n_drawn": 0}
    x, y, r = (result.map[c].take(at).to_numpy().astype(np.float64) for c in "xyr")
    drawn = np.lexsort((np.arange(n), -r))[:N_DRAWN]
    left, right = (x - r)[drawn].min(), (x + r)[drawn].max()
    top, bottom = (y - r)[drawn].min(), (y + r)[drawn].max()
    scale = min((WIDTH - 40) / (right - left), 360 / (bottom - top), 60 / r.max())
    height = (bottom - top) * scale + 52
    dx = (WIDTH - (right - left) * scale) / 2 - left * scale
    spots: list[Any] = [0] * n
    for i in drawn:
        spots[i] = [round(float(v), 1) for v in (x[i] * scale + dx, (y[i] - top) * scale + 34, r[i] * scale)]
    return spots, {"width": WIDTH, "height": round(float(height)), "n_drawn": len(drawn)}


def _themes(result: Result) -> list[list[Any]]:
    """Title, problems, submissions and colour (0 to 5) of each theme; near themes get different colours."""
    titles = result.themes["title"].to_pylist()
    sizes = zip(result.themes["n_problems"].to_pylist(), result.themes["n_submissions"].to_pylist(), strict=True)
    colours = _colours(_middles(result, len(titles)))
    return [[t or "", *size, c] for t, size, c in zip(titles, sizes, colours, strict=True)]


def _middles(result: Result, n: int) -> NDArray[np.float64]:
    middles = np.zeros((n, 2))
    names = result.themes["theme"].combine_chunks()
    of = pc.index_in(result.problems["parent"], value_set=names).fill_null(-1).to_numpy()
    at = pc.index_in(result.problems["problem"], value_set=result.map["problem"].combine_chunks())
    spots = [result.map[c].take(at).fill_null(0.0).to_numpy() for c in "xy"]
    for theme in range(n):
        if (of == theme).any():
            middles[theme] = [float(s[of == theme].mean()) for s in spots]
    return middles


def _colours(middles: NDArray[np.float64]) -> list[int]:
    """The colour used farthest away, theme by theme; the first in order where that is a tie."""
    found: list[int] = []
    for at, here in enumerate(middles):
        far = np.full(6, np.inf)
        for other, colour in enumerate(found):
            far[colour] = min(far[colour], float(np.hypot(*(middles[other] - here))))
        found.append(int(far.argmax()) if at else 0)
    return found


# -------------------------------------------------------------------------------------------------- who says what where


def _heat(result: Result, told: Facts) -> dict[str, Any]:
    """The largest problems by the largest units, counts below five hidden so that totals give nothing away."""
    counts, heads = counted(result, "unit", HEAT_COLUMNS)
    rows = _largest(result.problems)
    some = counts[rows]
    cells = [_hidden([int(n) for n in line]) for line in some]
    open_cells = [n for line in cells for n in line if isinstance(n, int) and n > 0]
    edges: Any = np.unique(np.quantile(open_cells, [0.2, 0.45, 0.7, 0.9]).astype(int)) if open_cells else []
    return {
        "units": [mask(h) if h and told.masked else h for h in heads],
        "rows": [[i, line, _total(line, int(n))] for i, line, n in zip(rows, cells, some.sum(1), strict=True)],
        "edges": [int(e) for e in edges],
        "fewest": FEWEST,
        "n_units": len(set(result.problem_units["unit"].to_pylist()) - {None}),
    }


def _largest(problems: pa.Table) -> list[int]:
    """The largest problems that are complaints or suggestions and not dismissed."""
    opened = pc.is_in(problems["kind"], value_set=pa.array(PROBLEM_KINDS))
    kept = pc.and_(opened, pc.invert(pc.fill_null(problems["dismissed"], False))).to_numpy()
    sizes = problems["n_submissions"].to_pylist()
    return sorted((int(i) for i in np.flatnonzero(kept)), key=lambda i: (-sizes[i], i))[:HEAT_ROWS]


def _hidden(line: list[int]) -> list[int | str]:
    """Counts from 1 to 4 as "<"; where that hides just one cell, the next smallest is hidden too, as "x"."""
    shown: list[int | str] = ["<" if 0 < n < FEWEST else n for n in line]
    if shown.count("<") == 1:
        others = [(n, i) for i, n in enumerate(line) if n >= FEWEST]
        if others:
            shown[min(others)[1]] = "x"
    return shown


def _total(shown: list[int | str], total: int) -> int | str:
    """The row's total, unless it would tell the only hidden cell."""
    n_hidden = sum(isinstance(cell, str) for cell in shown)
    return "<" if 0 < total < FEWEST else "x" if n_hidden == 1 else total
