"""`sift`: the verbs in order. The only module that knows them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import daft
import numpy as np
import pyarrow as pa

from setright.intake.personal import mask_span, sliced
from setright.sift import assemble, earlier, extract, settle
from setright.sift.classify import classify, load_labels, load_taxonomy
from setright.sift.dedupe import near_duplicates
from setright.sift.earlier import Past
from setright.sift.embed import Space, embedded, encoder
from setright.sift.errors import SettingsError
from setright.sift.group import OFTEN, group
from setright.sift.grouping.doubt import Usual
from setright.sift.join import Earlier, join
from setright.sift.kind import Listening, kinds, split_mixed
from setright.sift.ledger import Clock
from setright.sift.name import Names, name
from setright.sift.place import place
from setright.sift.progress import Progress, Quiet
from setright.sift.result import Result, State
from setright.sift.settings import Settings, Vectors


def sift(
    table: daft.DataFrame | pa.Table,
    settings: Settings | None = None,
    *,
    base: State | None = None,
    edits: Sequence[dict[str, Any]] = (),
    progress: Progress | None = None,
) -> Result:
    """Turn a table of opinions into a register of distinct problems.

    Read the rows, split them into points, fold those that say the same words, fold near copies, encode what is left,
    group it, tell complaints from thanks, name and place what was found, and account for every row.

    Parameters
    ----------
    table : daft.DataFrame or pyarrow.Table
        One opinion per row, columns of `tables.INPUT`; only `text` is needed. Never changed.
    settings : Settings, optional
    base : State, optional
        An earlier run to continue from: `table` then holds only the new rows, and the result covers old and new. What
        was grouped stays where it is; new rows join it or found new problems. The encoder must be the earlier one.
    edits : sequence of dict, optional
        People's edits to replay. Not built yet.
    progress : Progress, optional
        Hears which stage runs and how far it is.

    Returns
    -------
    Result
        Identical for identical input, settings and seed, whatever the number of threads.

    Raises
    ------
    SettingsError
        A setting names what is not there, `edits` is given, or the encoder is not that of `base`.
    EncoderError
        The encoder is not installed or does not answer with unit rows.
    NotReconciled
        A row ended nowhere: a defect, and no result.

    Notes
    -----
    Time grows with n log n in the number of distinct texts; memory is dominated by their vectors. Writes no file.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from setright.sift import Settings, sift
    >>> said = ["The lift has been broken for weeks", "Our lift is broken again", "lift still broken"]
    >>> result = sift(pa.table({"text": said}), Settings(encoder="lsa"))
    >>> result.ledger["n_rows"], sum(result.ledger["rows_by_state"].values())
    (3, 3)
    """
    settings, work = settings or Settings(), _Work(progress or Quiet(), Clock())
    _refuse(settings, base, edits)

    # What may be missing or misspelt is looked for before the work, not after it.
    taxonomy, model = load_taxonomy(settings.taxonomy), encoder(settings.encoder, settings.n_threads)
    if settings.labels is not None and taxonomy is not None:
        load_labels(settings.labels, taxonomy)

    with work.stage("read"):
        rows = extract.input_rows(table)
        new = rows if base is None else earlier.numbered_on(base, rows)
        rows = new if base is None else earlier.all_rows(base, new)
    with work.stage("split", new.num_rows):
        points = extract.points(new, settings.lang, work.progress.advance)
        points = points if base is None else earlier.all_points(base, points)
        texts, text = extract.distinct(points)
        past = Past.of(base, text, len(texts)) if base is not None and base.families.num_rows else None
    with work.stage("dedupe"):
        fold = near_duplicates if past is None else past.folding(near_duplicates)
        families = settle.families(
            texts, fold(texts.keys, n_submissions=texts.n_submissions, threads=settings.n_threads)
        )
    heard = Listening(settle.Heard(model, work.progress.advance))
    if base is None or past is None:
        heap = _first(work, settings, families, heard)
    else:
        heap = _later(work, settings, families, heard, (base, past))
    found = heap.found
    with work.stage("name"):
        shown = settle.Shown(rows, points, texts, families, sliced if settings.keep_personal else mask_span)
        names = _named(heap, families, shown, settings, past)
    with work.stage("classify", len(found)):
        categories = classify(settle.said(names, shown), taxonomy, model, settings.labels)
    with work.stage("place"):
        places = place(found.centroids, found.n_submissions, found.theme)
    with work.stage("account"):
        run = assemble.Run(
            rows, points, text, texts, families, found, names, shown, categories, places, heap.kept, heap.space
        )
        before = None if base is None else base.problems
        result = assemble.result(run, heap.vectors, settings, heap.chosen, before)
    return replace(result, ledger=result.ledger | work.clock.told())


@dataclass(frozen=True, slots=True)
class _Work:
    """Who hears how far it is, and what it costs."""

    progress: Progress
    clock: Clock

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[None]:
        with self.clock.stage(name):
            self.progress.begin(name, total)
            yield


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What grouping made of the families, whether a first run or a later one."""

    vectors: Vectors
    space: Space
    found: settle.Found
    kept: settle.Kept
    chosen: dict[str, Any]


def _refuse(settings: Settings, base: State | None, edits: Sequence[dict[str, Any]]) -> None:
    if len(edits):
        raise SettingsError("edits are not built yet; run without them")
    used = settings.described()["encoder"]
    if base is not None and base.settings["encoder"] != used:
        raise SettingsError(
            f"the earlier register was made with the encoder {base.settings['encoder']!r}, not {used!r}: "
            "continue with the same, or sift all rows together"
        )


def _first(work: _Work, settings: Settings, families: settle.Families, heard: Listening) -> _Sorted:
    """Sort the families of a run that continues no other."""
    with work.stage("embed", len(families)):
        vectors, space = embedded(families.keys, replace(settings, encoder=heard))
    with work.stage("group"):
        grouping = group(vectors, settings, n_submissions=families.n_submissions)
    with work.stage("kind", len(families)):
        kind, sure = kinds(families.keys, meaning=heard.meaning())
        problem = split_mixed(grouping.problem, kind, sure, families.n_submissions)
        found = settle.settle(vectors, grouping, problem, kind, families)
    return _Sorted(vectors, space, found, settle.Kept.nothing(found), grouping.described())


def _later(
    work: _Work, settings: Settings, families: settle.Families, heard: Listening, before: tuple[State, Past]
) -> _Sorted:
    """Sort the families of a run that continues an earlier one: what was grouped stays, the rest joins it."""
    base, past = before
    is_old = np.isin(families.text, past.lead)
    with work.stage("embed", int(np.count_nonzero(~is_old))):
        spoken = families.keys.filter(pa.array(~is_old))
        later, space = embedded(spoken, replace(settings, encoder=heard), Space.from_bytes(base.space))
        vectors = np.empty((len(families), past.vectors.shape[1]), np.float32)
        vectors[is_old], vectors[~is_old] = past.vectors, later
    with work.stage("group"):
        order = np.concatenate([np.flatnonzero(is_old), np.flatnonzero(~is_old)])
        known = Earlier(
            past.vectors,
            past.problem,
            past.state,
            past.confidence,
            Usual(**base.settings["usual"]),
            base.settings["pull"],
        )
        joined = join(known, later, families.n_submissions[order] >= OFTEN, settings.seed).at(order)
    with work.stage("kind", len(later)):
        kind, sure = np.empty(len(families), np.int8), np.zeros(len(families), np.float32)
        kind[is_old] = past.kind
        kind[~is_old], sure[~is_old] = kinds(spoken, meaning=heard.meaning())
        n = past.problems.num_rows
        founded = np.where(joined.problem >= n, joined.problem - n, -1).astype(np.int32)
        founded = split_mixed(founded, kind, sure, families.n_submissions)
        problem = np.where(founded >= 0, founded + n, joined.problem).astype(np.int32)
        grouping = settle.Continued(problem, past.theme_of(vectors, problem), joined.state, joined.confidence)
        found = settle.settle(vectors, grouping, problem, kind, families)
        kept = past.kept(found, problem, grouping.theme)
    return _Sorted(vectors, space, found, kept, {key: base.settings[key] for key in ("resolution", "pull", "usual")})


def _named(
    heap: _Sorted, families: settle.Families, shown: settle.Shown, settings: Settings, past: Past | None
) -> Names:
    """Name what has no name yet."""
    found = heap.found
    if past is None:
        return name(
            found.problem,
            heap.vectors,
            found.centroids,
            shown,
            families.n_submissions,
            theme=found.theme,
            namer=settings.namer,
        )
    nameless = past.nameless(heap.kept)
    rank = np.full(len(found) + 1, -1, np.int32)
    rank[nameless] = np.arange(len(nameless))
    fresh = name(
        rank[found.problem],
        heap.vectors,
        found.centroids[nameless],
        shown,
        families.n_submissions,
        namer=settings.namer,
    )
    return past.names(found, heap.kept, fresh, nameless, families.of_text)
