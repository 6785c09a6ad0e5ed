"""What was found, as the tables of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift import ledger, tally
from setright.sift.change import Before, changes
from setright.sift.edit import Decided
from setright.sift.embed import Space
from setright.sift.extract import Texts
from setright.sift.identify import identifiers
from setright.sift.name import Names
from setright.sift.place import Places
from setright.sift.result import STATE_POINTS, Result, State
from setright.sift.settings import Settings, Vectors
from setright.sift.settle import Families, Found, Kept, Shown
from setright.sift.tables import ASSIGNMENTS, CHANGES, KINDS, MAP, PROBLEMS, STATES, TEMPLATES, THEMES
from setright.sift.template import Campaigned, further


@dataclass(frozen=True)
class Run:
    """Everything the stages left behind.

    Parameters
    ----------
    rows : pyarrow.Table
        `tables.INPUT`.
    points : pyarrow.Table
        `tables.POINTS`.
    text : int32 array of shape (n_points,)
        The distinct text of each point, -1 where there is none.
    """

    rows: pa.Table
    points: pa.Table
    text: NDArray[np.int32]
    texts: Texts
    held: Families
    found: Found
    names: Names
    shown: Shown
    categories: tuple[Sequence[str | None], NDArray[np.float32]]
    places: Places
    kept: Kept
    space: Space
    campaign: Campaigned
    lanes: Sequence[str]
    decided: Decided
    edits: list[dict[str, Any]]

    def of_points(self, values: NDArray[Any], absent: Any) -> NDArray[Any]:
        """Spread a value per family over the points; `absent` where a line has no point."""
        return np.append(values, np.array([absent], values.dtype))[self.held.of_points(self.text)]


def result(
    run: Run, vectors: Vectors, settings: Settings, chosen: dict[str, Any], before: Before | None = None
) -> Result:
    """Put a run into the tables of the contract and balance its account.

    Parameters
    ----------
    run : Run
    vectors : float32 array of shape (m, d)
        Of the families.
    settings : Settings
    chosen : dict
        What the run chose for itself, such as the resolution; kept beside the settings.
    before : Before, optional
        The earlier run, to say what became of its problems.

    Raises
    ------
    NotReconciled
        When the rows that came in and the rows accounted for differ.
    """
    found = run.found
    ids = identifiers(run.held.keys.take(pa.array(found.anchor)).to_pylist(), "P", run.kept.ids)
    themes = _themes(run, ids)
    template, templates = _templates(run)
    problem = run.of_points(found.problem, -1)
    assignments = _assignments(run, ids, _named(template, templates["template"].to_pylist()))
    said = tally.voices(
        pa.table({"row": run.points["row"], "text": pa.array(run.text), "problem": _or_null(problem)}), run.rows
    )
    account = {
        "setright": ledger.versions(),
        "settings": settings.described() | chosen,
        **ledger.accounts(run.rows, assignments),
        "n_texts": len(run.texts),
        "n_families": len(run.held),
        "n_problems": len(found),
        "names": [said | {"problem": ids[said["problem"]]} for said in run.names.log],
        "edits": [outcome.described() for outcome in run.decided.outcomes],
    }
    counts = tally.by_problem(said, len(found))
    return Result(
        problems=_problems(run, ids, themes["theme"].to_pylist(), counts),
        assignments=assignments,
        templates=templates.sort_by([("n_submissions", "descending"), ("template", "ascending")]),
        problem_units=tally.by_unit(said, pa.array(ids, pa.string())),
        themes=themes,
        map=pa.table([pa.array(ids, pa.string()), *(pa.array(c, pa.float32()) for c in run.places)], schema=MAP),
        changes=CHANGES.empty_table()
        if before is None
        else changes(before, ids, counts["n_submissions"].to_pylist(), found.problem),
        ledger=account,
        state=_state(run, (ids, themes, counts["n_submissions"]), vectors, settings.described() | chosen),
    )


def _or_null(problem: NDArray[np.int32]) -> pa.Array:
    return pa.array(problem, pa.int32(), mask=problem < 0)


def _named(codes: NDArray[Any], names: Sequence[str]) -> pa.Array:
    """The names of codes, null where the code is negative, built without a Python string per line."""
    indices = pa.array(codes.astype(np.int32), pa.int32(), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), pa.string())).cast(pa.string())


def _assignments(run: Run, ids: Sequence[str], template: pa.Array) -> pa.Table:
    points = run.points
    unreadable = pc.is_valid(run.rows["trouble"]).combine_chunks().take(points["row"].combine_chunks())
    ended = run.of_points(run.found.state.astype(np.int8), STATES.index("empty"))
    ended[unreadable.to_numpy(zero_copy_only=False)] = STATES.index("unreadable")
    confidence = run.of_points(run.found.confidence, np.nan)
    problem = run.of_points(run.found.problem, -1)
    return pa.table(
        [
            points["row"],
            run.rows["id"].combine_chunks().take(points["row"].combine_chunks()),
            points["point"],
            points["start"],
            points["end"],
            _named(ended, STATES),
            points["reason"],
            _named(run.of_points(run.found.kind, -1), KINDS),
            _named(problem, ids),
            pa.array(confidence, pa.float32(), mask=np.isnan(confidence)),
            template,
            pa.array(run.campaign.added),
        ],
        schema=ASSIGNMENTS,
    )


def _problems(run: Run, ids: Sequence[str], themes: Sequence[str], counts: pa.Table) -> pa.Table:
    found, n, (category, category_confidence) = run.found, len(run.found), run.categories
    return pa.table(
        [
            ids,
            run.names.titles,
            run.names.keywords,
            counts["n_submissions"],
            counts["n_texts"],
            counts["n_people"],
            pa.array(counts["n_submissions"].to_numpy() / max(run.rows.num_rows, 1)),
            list(category),
            pa.array(category_confidence, pa.float32()),
            pa.array(found.cohesion, pa.float32()),
            counts["first_date"],
            counts["last_date"],
            _named(found.problem_kind, KINDS),
            pa.nulls(n, pa.int64()),
            pa.nulls(n, pa.int64()),
            _named(found.lane, run.lanes),
            pa.array(run.decided.dismissed),
            [themes[t] for t in found.theme],
            [_quotes(run, quotes) for quotes in run.names.quotes],
        ],
        schema=PROBLEMS,
    )


def _quotes(run: Run, families: Sequence[int]) -> list[dict[str, Any]]:
    at = run.shown.first_point(np.asarray(families, dtype=np.int64))
    chosen = run.points.select(["row", "start", "end"]).take(at)
    ids = run.rows["id"].take(chosen["row"].combine_chunks()).to_pylist()
    spans = zip(ids, chosen["start"].to_pylist(), chosen["end"].to_pylist(), strict=True)
    return [{"id": i, "start": s, "end": e} for i, s, e in spans]


def _themes(run: Run, ids: Sequence[str]) -> pa.Table:
    """One line per theme; its id is that of its largest problem, so that it is as stable as that, or was kept."""
    theme, n = run.found.theme, int(run.found.theme.max(initial=-1)) + 1
    largest = [int(np.flatnonzero(theme == t)[0]) for t in range(n)]
    rows = pa.table({"row": run.points["row"], "problem": pa.array(run.of_points(run.found.problem, -1))})
    rows = rows.filter(pc.greater_equal(rows["problem"], 0))
    of = pa.array(theme).take(rows["problem"].combine_chunks())
    counted = pa.table({"theme": of, "row": rows["row"]}).group_by("theme").aggregate([("row", "count_distinct")])
    return pa.table(
        [
            [own or "T" + ids[p][1:] for p, own in zip_longest(largest, run.kept.theme_ids)],
            run.names.themes,
            pa.array(np.bincount(theme, minlength=n)),
            counted.sort_by("theme")["row_count_distinct"],
        ],
        schema=THEMES,
    )


def _templates(run: Run) -> tuple[NDArray[np.int32], pa.Table]:
    """The number of each point's template, -1 for none, and `tables.TEMPLATES` in order of these numbers."""
    campaign = run.campaign
    template, alone = further(campaign, run.of_points(np.arange(len(run.held), dtype=np.int32), -1), run.held.keys)
    said = run.rows["text"].take(pa.array(campaign.row)).to_pylist()
    words = [[text[start:end] for start, end in spans] for text, spans in zip(said, campaign.spans, strict=True)]
    masked = [
        " … ".join(run.shown.masked(text, start, end) for start, end in spans)
        for text, spans in zip(said, campaign.spans, strict=True)
    ]
    anchors = [*map("".join, words), *run.held.keys.take(pa.array(alone)).to_pylist()]
    lines = pa.table({"row": run.points["row"], "text": pa.array(run.text), "problem": _or_null(template)})
    counts = tally.by_problem(tally.voices(lines, run.rows), len(anchors))
    table = pa.table(
        [
            identifiers(anchors, "M"),
            [*masked, *run.shown(alone)],
            counts["n_submissions"],
            counts["n_people"],
            pa.array(np.concatenate([campaign.n_with_additions, np.zeros(len(alone), np.int64)])),
        ],
        schema=TEMPLATES,
    )
    return template, table


def _state(
    run: Run, known: tuple[Sequence[str], pa.Table, pa.ChunkedArray], vectors: Vectors, settings: dict[str, Any]
) -> State:
    (ids, themes, n_submissions), of_text, found = known, run.held.of_text, run.found
    points = [run.points["row"], run.rows["id"].combine_chunks().take(run.points["row"].combine_chunks())]
    points += [run.points[name] for name in ("point", "start", "end")]
    text = pa.array(run.text, pa.int32(), mask=run.text < 0)
    half = pa.array(vectors.astype(np.float16).reshape(-1))
    texts = {
        "key": run.texts.keys,
        "family": pa.array(of_text),
        "problem": _named(found.problem[of_text], ids),
        "state": _named(found.state[of_text].astype(np.int8), STATES),
        "confidence": pa.array(found.confidence[of_text]),
        "kind": _named(found.kind[of_text], KINDS),
    }
    quotes = [run.held.text[np.asarray(quoted, np.int64)].tolist() for quoted in run.names.quotes]
    problems = {
        "problem": pa.array(ids, pa.string()),
        "theme": pa.array(found.theme),
        "title": pa.array(run.names.titles, pa.string()),
        "keywords": pa.array(run.names.keywords, pa.list_(pa.string())),
        "quotes": pa.array(quotes, pa.list_(pa.int64())),
        "n_submissions": n_submissions,
        "watch": _named(found.lane, run.lanes),
    }
    return State(
        rows=run.rows,
        points=pa.table([*points, text, run.points["reason"]], schema=STATE_POINTS),
        texts=pa.table(texts),
        families=pa.table(
            {
                "text": pa.array(run.held.text),
                "vector": pa.FixedSizeListArray.from_arrays(half, max(vectors.shape[1], 1)),
            }
        ),
        problems=pa.table(problems),
        themes=themes.select(["theme", "title"]),
        space=run.space.to_bytes(),
        settings=settings,
        edits=[
            {"line": line, "applied": outcome.is_applied}
            for line, outcome in zip(run.edits, run.decided.outcomes, strict=True)
        ],
    )
