"""Results made up for tests: small ones with every oddity, and ones as large as asked."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from setright.sift.place import place
from setright.sift.result import Result, State
from setright.sift.tables import (
    ASSIGNMENTS,
    CHANGES,
    INPUT,
    KINDS,
    MAP,
    PROBLEM_UNITS,
    PROBLEMS,
    STATES,
    TEMPLATES,
    THEMES,
)

ZH = {
    "themes": ["看病就医", "会议与材料", "出行", "办事与热线", "水电路灯", "用车用房吃喝", "学校", "收入与工时"],
    "titles": [
        "做检查要等十来天，窗口和科室互相推",
        "一天三个会，会上念文件",
        "末班车 20:40 就收，夜班的人回不了家",
        "热线打通了说“已转办”，以后就没下文",
        "老小区水压低，五楼以上早晚没水",
        "公车周末停在饭店门口",
        "补课费换了名目照收",
        "养老补贴到账晚两个月，问谁都说快了",
    ],
    "words": ["预约", "排队", "窗口", "文件", "末班车", "转办", "水压", "公车", "补课", "补贴", "材料", "路灯"],
    "starts": ["上周去问，", "说了好几次，", "家里老人说", "我们这一片", "去年冬天起", "每到月底", "值夜班的人"],
    "middles": ["窗口说要先去科里盖章", "一等就是十一天", "五楼以上早晚没有水", "打电话只说已经转办", "会上还是念文件"],
    "ends": ["，跑了三趟也没办成。", "，问谁都说快了。", "，没人告诉我等到哪天。", "，两边互相推。"],
    "units": [
        "临川县",
        "市一医院",
        "云州大学",
        "公交集团",
        "民政局",
        "水务集团",
        "东山区",
        "教育局",
        "城管局",
        "南湖区",
    ],
}
EN = {
    "themes": [
        "Seeing a doctor",
        "Meetings",
        "Getting around",
        "Hotline",
        "Water and light",
        "Cars and meals",
        "School",
    ],
    "titles": [
        "Ten days for a scan, and the desks send you in circles",
        "Three meetings a day, each reads out a paper",
        "The last bus leaves at 20:40, night shifts walk home",
        "The hotline says “forwarded”, then nothing",
        "No water above the fifth floor in the morning",
        "Office cars outside restaurants at weekends",
        "Tuition fees under a new name",
    ],
    "words": ["booking", "queue", "desk", "paper", "last bus", "forwarded", "water", "cars", "fees", "allowance"],
    "starts": ["Last week ", "Again and again ", "My mother says ", "Round here ", "Since winter ", "On nights "],
    "middles": [
        "the desk wants a stamp first",
        "it took eleven days",
        "there is no water upstairs",
        "they read it out",
    ],
    "ends": [", and I went three times.", ", and nobody says when.", ", and each sends you to the other."],
    "units": ["Linchuan", "First Hospital", "Yunzhou University", "Bus Company", "Civil Affairs", "Water", "Dongshan"],
}


@dataclass(frozen=True)
class Size:
    """How large a made-up result is, and what it knows."""

    n_rows: int = 400
    n_problems: int = 12
    lang: str = "zh"
    people: bool = False
    units: bool = True
    dates: bool = True
    seed: int = 0


_NOTHING = {"settings": {}, "space": b"", "edits": []}


def made(size: Size | None = None, *, odd: tuple[str, ...] = ()) -> tuple[Result, pa.Table]:
    """A result and the rows behind it; `odd` texts stand first, as grouped points of the largest problem."""
    size = size or Size()
    world, rng = (ZH if size.lang == "zh" else EN), np.random.default_rng(size.seed)
    problem, kind, state = _spread(size, len(odd), rng)
    rows = _rows(size, world, rng, state, odd)
    lines = _assignments(size, rows, problem, kind, state, rng)
    problems, themes, spots = _problems(size, world, rng, lines, rows)
    result = Result(
        problems=problems,
        assignments=lines,
        templates=_templates(world),
        problem_units=_units(size, lines, rows),
        themes=themes,
        map=spots,
        changes=CHANGES.empty_table(),
        ledger=_ledger(size, state, lines),
        state=State(**{f.name: _NOTHING.get(f.name, pa.table({})) for f in fields(State)}),
    )
    return result, rows


def _spread(size, n_odd, rng):
    weight = 1 / (3 + np.arange(size.n_problems)) ** 0.8
    problem = rng.choice(size.n_problems, size.n_rows, p=weight / weight.sum())
    problem[:n_odd] = 0
    first = slice(n_odd, n_odd + 2 * size.n_problems)
    problem[first] = np.tile(np.arange(size.n_problems), 2)[: len(problem[first])]
    problem = _by_size(problem, size.n_problems, n_odd)
    kind = rng.choice(len(KINDS), size.n_problems, p=[0.5, 0.22, 0.16, 0.1, 0.02])
    kind[0] = 0
    state = rng.choice(len(STATES), size.n_rows, p=[0.869, 0.042, 0.07, 0.017, 0.002])
    state[: n_odd + 2 * size.n_problems] = 0
    return problem, kind, state


def _by_size(problem, n_problems, n_odd):
    """Number the problems from the largest down; the odd ones stay with number 0."""
    counts = np.bincount(problem, minlength=n_problems)
    counts[0] = counts.max() + 1 if n_odd else counts[0]
    number = np.empty(n_problems, dtype=np.int64)
    number[np.lexsort((np.arange(n_problems), -counts))] = np.arange(n_problems)
    return number[problem]


def _rows(size, world, rng, state, odd):
    n = size.n_rows
    pick = [rng.integers(0, len(world[part]), n) for part in ("starts", "middles", "ends")]
    number = rng.integers(1, 400, n)
    texts = [
        f"{world['starts'][a]}{world['middles'][b]}{world['ends'][c]}" + (f"（{k}）" if k % 2 else "")
        for a, b, c, k in zip(*pick, number, strict=True)
    ]
    texts[: len(odd)] = odd
    blank, broken = STATES.index("empty"), STATES.index("unreadable")
    texts = [None if s == broken else "谢谢" if s == blank else t for t, s in zip(texts, state, strict=True)]
    day = datetime.date(2026, 3, 1)
    days = np.minimum((rng.beta(2, 1.3, n) * 265).astype(int), 264)
    units = np.array(world["units"])[np.minimum((rng.random(n) ** 2 * len(world["units"])).astype(int), 99)]
    file = (np.arange(n) >= n * 0.8).astype(np.int32)
    return pa.table(
        {
            "row": np.arange(n, dtype=np.int64),
            "id": [str(i) for i in range(n)],
            "text": texts,
            "person": [f"u{i % 997}" for i in range(n)] if size.people else [None] * n,
            "unit": units if size.units else [None] * n,
            "date": [day + datetime.timedelta(int(d)) for d in days] if size.dates else [None] * n,
            "file": file,
            "line": np.arange(2, n + 2, dtype=np.int64),
            "trouble": ["NUL byte" if s == broken else None for s in state],
        },
        schema=INPUT,
    )


def _assignments(size, rows, problem, kind, state, rng):
    n = size.n_rows
    grouped = state == 0
    said = state < STATES.index("empty")
    lengths = [len(t) if t else 0 for t in rows["text"].to_pylist()]
    confidence = np.round(rng.beta(6, 2, n), 4).astype(np.float32)
    template = np.where(grouped & (problem % 9 == 0) & (rng.random(n) < 0.15), "T-1", None)
    reasons = {STATES.index("empty"): "thanks", STATES.index("unreadable"): "NUL byte"}
    return pa.table(
        {
            "row": rows["row"],
            "id": rows["id"],
            "point": np.zeros(n, dtype=np.int32),
            "start": np.zeros(n, dtype=np.int32),
            "end": np.array(lengths, dtype=np.int32),
            "state": [STATES[s] for s in state],
            "reason": [reasons.get(int(s)) for s in state],
            "kind": [KINDS[kind[p]] if ok else None for p, ok in zip(problem, said, strict=True)],
            "problem": [f"P-{p:04d}" if ok else None for p, ok in zip(problem, grouped, strict=True)],
            "confidence": pa.array(confidence, mask=~said),
            "template": template,
            "added": template == "T-1",
        },
        schema=ASSIGNMENTS,
    )


def _problems(size, world, rng, lines, rows):
    n = size.n_problems
    number = _numbers(lines)
    counts = np.bincount(number[number >= 0], minlength=n)
    of_theme = rng.integers(0, len(world["themes"]), n).astype(np.int32)
    kinds = dict(zip(lines["problem"].to_pylist(), lines["kind"].to_pylist(), strict=True))
    quotes = _quotes(lines, number, n)
    dates = rows["date"].to_pylist()
    ids = [f"P-{i:04d}" for i in range(n)]
    columns = {
        "problem": ids,
        "title": [world["titles"][i % len(world["titles"])] + ("" if i < 8 else f" {i}") for i in range(n)],
        "keywords": [list(rng.choice(world["words"], 5, replace=False)) for _ in range(n)],
        "n_submissions": counts,
        "n_texts": np.maximum((counts * 0.68).astype(int), 1),
        "n_people": np.maximum((counts * 0.8).astype(int), 1) if size.people else [None] * n,
        "share": counts / size.n_rows,
        "category": [None] * n,
        "category_confidence": [None] * n,
        "cohesion": np.round(rng.uniform(0.5, 0.9, n), 2).astype(np.float32),
        "first_date": [min(d) if (d := _said(number, dates, i)) else None for i in range(n)] if n < 50 else _day(n, 3),
        "last_date": [max(d) if (d := _said(number, dates, i)) else None for i in range(n)] if n < 50 else _day(n, 11),
        "kind": [kinds[i] for i in ids],
        "n_low": [None] * n,
        "n_high": [None] * n,
        "watch": ["安全" if i in (5, 9) else None for i in range(n)],
        "dismissed": [i == 7 for i in range(n)],
        "parent": [f"H-{t}" for t in of_theme],
        "quotes": quotes,
    }
    themes = {
        "theme": [f"H-{t}" for t in range(len(world["themes"]))],
        "title": world["themes"],
        "n_problems": np.bincount(of_theme, minlength=len(world["themes"])),
        "n_submissions": np.bincount(of_theme, weights=counts, minlength=len(world["themes"])).astype(int),
    }
    middle = rng.normal(size=(len(world["themes"]), 16))
    spots = place((middle[of_theme] + 0.5 * rng.normal(size=(n, 16))).astype(np.float32), counts, of_theme)
    table = pa.table(columns, schema=PROBLEMS)
    return table, pa.table(themes, schema=THEMES), pa.table({"problem": ids} | spots._asdict(), schema=MAP)


def _day(n, month):
    return [datetime.date(2026, month, 9)] * n


def _said(number, dates, i):
    return [dates[k] for k in np.flatnonzero(number == i) if dates[k]]


def _numbers(lines):
    return np.array([int(p[2:]) if p else -1 for p in lines["problem"].to_pylist()])


def _quotes(lines, number, n):
    end, found = lines["end"].to_pylist(), [[] for _ in range(n)]
    for i, p in enumerate(number):
        if p >= 0 and len(found[p]) < 4:
            found[p].append({"id": str(i), "start": 0, "end": end[i]})
    return found


def _templates(world):
    text = world["middles"][0] + world["ends"][0]
    return pa.table(
        {"template": ["T-1"], "text": [text], "n_submissions": [37], "n_people": [None], "n_with_additions": [5]},
        schema=TEMPLATES,
    )


def _units(size, lines, rows):
    """Submissions by problem, unit and month; texts and people are left as a share, which no test leans on."""
    frame = pa.table({"problem": lines["problem"], "unit": rows["unit"], "date": rows["date"]})
    frame = frame.filter(pa.compute.is_valid(frame["problem"]))
    frame = frame.append_column("month", pa.compute.strftime(frame["date"], format="%Y-%m"))
    found = frame.group_by(["problem", "unit", "month"]).aggregate([([], "count_all")])
    found = found.sort_by([("problem", "ascending"), ("unit", "ascending"), ("month", "ascending")])
    n = found["count_all"]
    people = n if size.people else pa.nulls(len(n), pa.int64())
    if not size.units and not size.dates:
        return PROBLEM_UNITS.empty_table()
    columns = [found["problem"], found["unit"], found["month"], n, n, people]
    return pa.table(
        [pa.chunked_array(c) if isinstance(c, pa.Array) else c for c in columns], names=PROBLEM_UNITS.names
    ).cast(PROBLEM_UNITS)


def _ledger(size, state, lines):
    counts = {name: int((state == i).sum()) for i, name in enumerate(STATES)}
    return {
        "n_rows": size.n_rows,
        "n_points": int(pa.compute.sum(pa.compute.is_valid(lines["kind"])).as_py()),
        "rows_by_state": counts,
        "difference": size.n_rows - sum(counts.values()),
        "lines_by_reason": {"thanks": counts["empty"], "NUL byte": counts["unreadable"]},
        "setright": {"setright": "0.1.0", "python": "3.11"},
        "settings": {"encoder": "use", "seed": 0, "keep_personal": False, "lang": "auto"},
        "stages": [
            {"stage": "split", "seconds": 12.5, "peak_mib": 310.0},
            {"stage": "embed", "seconds": 99.5, "peak_mib": 1433.6},
        ],
    }
