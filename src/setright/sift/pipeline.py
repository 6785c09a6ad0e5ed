"""`sift`: the verbs in order. The only module that knows them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import daft
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setright.intake.personal import mask_span, sliced
from setright.sift import assemble, earlier, edit, extract, settle, watches
from setright.sift.change import Before
from setright.sift.classify import classify, load_labels, load_taxonomy
from setright.sift.clean import empty_reason, normalise
from setright.sift.dedupe import near_duplicates
from setright.sift.earlier import Past
from setright.sift.edit import Decided, Edited, Said, replay
from setright.sift.edits.ground import Ground
from setright.sift.edits.line import parsed
from setright.sift.embed import Space, embedded, encoder
from setright.sift.errors import SettingsError
from setright.sift.group import OFTEN, group
from setright.sift.grouping.doubt import Usual
from setright.sift.join import Earlier, join
from setright.sift.kind import kinds, shipped_model, split_mixed
from setright.sift.ledger import Clock
from setright.sift.name import Names, name
from setright.sift.place import place
from setright.sift.progress import Progress, Quiet
from setright.sift.result import Result, State
from setright.sift.settings import READS, Encoder, Settings, Vectors
from setright.sift.template import Words, campaigned, united
from setright.sift.watch import Meaning, Watched, heard_by_cue, watched
from setright.sift.watches.look import Lexicon


def sift(
    table: daft.DataFrame | pa.Table,
    settings: Settings | None = None,
    *,
    base: State | None = None,
    edits: Sequence[dict[str, Any]] = (),
    progress: Progress | None = None,
) -> Result:
    """Turn a table of opinions into a register of distinct problems.

    Read the rows, split them into points, fold those that say the same words and near copies, encode what is left,
    group it, tell complaints from thanks, lift what must be seen, replay people's edits, name and place what was found,
    and account for every row.

    Parameters
    ----------
    table : daft.DataFrame or pyarrow.Table
        One opinion per row, columns of `tables.INPUT`; only `text` is needed. Never changed.
    settings : Settings, optional
    base : State, optional
        An earlier run to continue from: `table` then holds only the new rows, and the result covers old and new. What
        was grouped stays where it is; new rows join it or found new problems. The encoder must be the earlier one.
    edits : sequence of dict, optional
        People's decisions to replay, in their order, as `edits.line` has them; after those that `base` knows. What
        became of each stands in the ledger.
    progress : Progress, optional
        Hears which stage runs and how far it is.

    Returns
    -------
    Result
        Identical for identical input, settings and seed, whatever the number of threads.

    Raises
    ------
    SettingsError
        A setting names what is not there, an edit is not whole, or the encoder is not that of `base`.
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
    _refuse(settings, base)
    lines = _lines(base, edits)
    decisions = parsed(lines)

    # What may be missing or misspelt is looked for before the work, not after it.
    taxonomy, lexicon = load_taxonomy(settings.taxonomy), Lexicon(watches.load(settings.watch))
    model = encoder(settings.encoder, settings.n_threads)
    if settings.labels is not None and taxonomy is not None:
        load_labels(settings.labels, taxonomy)

    with work.stage("read"):
        rows = extract.input_rows(table)
        new = rows if base is None else earlier.numbered_on(base, rows)
        rows = new if base is None else earlier.all_rows(base, new)
    with work.stage("split", new.num_rows):
        points = extract.points(new, settings.lang, work.progress.advance)
        points = points if base is None else earlier.all_points(base, points)
        campaign = campaigned(rows, points, Words(normalise, empty_reason), since=rows.num_rows - new.num_rows)
        points = campaign.points
        texts, text = extract.distinct(points)
        past = Past.of(base, text, len(texts)) if base is not None and base.families.num_rows else None
    with work.stage("dedupe"):
        fold = near_duplicates if past is None else past.folding(near_duplicates)
        copies = fold(texts.keys, n_submissions=texts.n_submissions, threads=settings.n_threads)
        copies = united(copies, texts.keys, text, campaign.piece, None if past is None else past.lead)
        families = settle.families(texts, copies)
    decide = partial(
        replay,
        decisions,
        ground=Ground.of(decisions, rows, points, families.of_points(text)),
        said=Said(texts.keys, families),
        categories=() if taxonomy is None else taxonomy.codes,
    )
    ears = _Ears.of(model, work.progress.advance, lexicon, settings.n_threads)
    if base is None or past is None:
        heap = _first(work, settings, families, ears, decide)
    else:
        heap = _later(work, settings, families, ears, (base, past), decide)
    found = heap.found
    with work.stage("name"):
        shown = settle.Shown(rows, points, texts, families, sliced if settings.keep_personal else mask_span)
        names = _named(heap, families, shown, settings, past)
        names = replace(names, titles=heap.decided.titled(names.titles))
    with work.stage("classify", len(found)):
        told = classify(settle.said(names, shown), taxonomy, model, settings.labels)
        categories = heap.decided.sorted_into(*told)
    with work.stage("place"):
        places = place(found.centroids, found.n_submissions, found.theme)
    with work.stage("account"):
        run = assemble.Run(
            rows=rows,
            points=points,
            text=text,
            texts=texts,
            held=families,
            found=found,
            names=names,
            shown=shown,
            categories=categories,
            places=places,
            kept=heap.kept,
            space=heap.space,
            campaign=campaign,
            lanes=lexicon.codes,
            decided=heap.decided,
            edits=lines,
        )
        before = None if base is None else _before(past, families)
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
class _Ears:
    """The encoder of a run, and what is read of its vectors beside grouping: kinds and watched lanes."""

    encoder: settle.Heard
    meaning: Meaning
    reader: Encoder

    @classmethod
    def of(cls, model: Encoder, advance: Callable[[int], None], lexicon: Lexicon, threads: int) -> _Ears:
        reader = model if model.name == READS else encoder(READS, threads)
        meaning = Meaning.of_lexicon(lexicon, reader)
        return cls(settle.Heard(model, advance, (shipped_model().meaning, meaning.chance)), meaning, reader)

    def kinds(self, keys: pa.LargeStringArray) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """What each text does, and how surely; the texts are those that were encoded, in their order."""
        return kinds(keys, meaning=self.encoder.read(0))

    def watched(self, keys: pa.LargeStringArray) -> Watched:
        """Which of these texts must be seen."""
        chance = self.encoder.read(1)
        if chance is None:
            chance = heard_by_cue(keys, self.meaning, self.reader)
        return watched(keys, self.meaning.lexicon, model=self.reader, chance=chance)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What grouping made of the families, whether a first run or a later one."""

    vectors: Vectors
    space: Space
    found: settle.Found
    kept: settle.Kept
    decided: Decided
    chosen: dict[str, Any]


def _refuse(settings: Settings, base: State | None) -> None:
    used = settings.described()["encoder"]
    if base is not None and base.settings["encoder"] != used:
        raise SettingsError(
            f"the earlier register was made with the encoder {base.settings['encoder']!r}, not {used!r}: "
            "continue with the same, or sift all rows together"
        )


def _lines(base: State | None, edits: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All edits to replay: those the earlier run knows, then what is new."""
    parsed(edits)  # so that what is wrong is told by its number here
    known = [] if base is None else [each["line"] for each in base.edits]
    return [*known, *(each for each in edits if each not in known)]


def _before(past: Past | None, families: settle.Families) -> Before:
    """The earlier run beside this one, also where it had not a single text."""
    return Before([], [], np.full(len(families), -1, np.int32)) if past is None else past.before(families.text)


def _first(
    work: _Work, settings: Settings, families: settle.Families, ears: _Ears, decide: Callable[..., Edited]
) -> _Sorted:
    """Sort the families of a run that continues no other."""
    with work.stage("embed", len(families)):
        vectors, space = embedded(families.keys, replace(settings, encoder=ears.encoder))
    with work.stage("group"):
        grouping = group(vectors, settings, n_submissions=families.n_submissions)
    with work.stage("kind", len(families)):
        kind, sure = ears.kinds(families.keys)
        problem = split_mixed(grouping.problem, kind, sure, families.n_submissions)
    with work.stage("watch", len(families)):
        seen = ears.watched(families.keys)
        standing = settle.lifted(settle.parted(grouping, problem), seen, vectors, families.n_submissions)
    with work.stage("edit"):
        edited = decide(standing)
        found = settle.settle(vectors, edited.standing, kind, families)
        decided = edited.decided(found)
        kept = decided.keeping(settle.Kept.nothing(found))
    return _Sorted(vectors, space, found, kept, decided, grouping.described())


def _later(
    work: _Work,
    settings: Settings,
    families: settle.Families,
    ears: _Ears,
    before: tuple[State, Past],
    decide: Callable[..., Edited],
) -> _Sorted:
    """Sort the families of a run that continues an earlier one: what was grouped stays, the rest joins it."""
    base, past = before
    is_old = np.isin(families.text, past.lead)
    with work.stage("embed", int(np.count_nonzero(~is_old))):
        spoken = families.keys.filter(pa.array(~is_old))
        later, space = embedded(spoken, replace(settings, encoder=ears.encoder), Space.from_bytes(base.space))
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
        kind[~is_old], sure[~is_old] = ears.kinds(spoken)
        n = past.problems.num_rows
        founded = np.where(joined.problem >= n, joined.problem - n, -1).astype(np.int32)
        founded = split_mixed(founded, kind, sure, families.n_submissions)
        problem = np.where(founded >= 0, founded + n, joined.problem).astype(np.int32)
    with work.stage("watch", len(later)):
        lanes = past.lanes(ears.meaning.lexicon.codes)
        theme = past.theme_of(vectors, problem)
        standing = settle.Standing(problem, theme, joined.state, joined.confidence, np.full(len(theme), -1, np.int8))
        seen = Watched.among(is_old, ears.watched(spoken))
        standing = settle.lifted(standing, seen, vectors, families.n_submissions, lanes)
    with work.stage("edit"):
        applied = frozenset(number for number, each in enumerate(base.edits, 1) if each["applied"])
        edited = decide(standing, past=edit.Past(past.problems["problem"].to_pylist(), is_old, applied))
        found = settle.settle(vectors, edited.standing, kind, families)
        decided = edited.decided(found)
        kept = decided.keeping(past.kept(found, edited.standing.problem, edited.standing.theme))
    chosen = {key: base.settings[key] for key in ("resolution", "pull", "usual")}
    return _Sorted(vectors, space, found, kept, decided, chosen)


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
