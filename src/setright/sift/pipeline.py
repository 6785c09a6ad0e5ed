"""`sift`: the verbs in order. The only module that knows them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import daft
import pyarrow as pa

from setright.intake.personal import mask_span, sliced
from setright.sift import assemble, extract, settle
from setright.sift.classify import classify, load_labels, load_taxonomy
from setright.sift.dedupe import near_duplicates
from setright.sift.embed import embed, encoder
from setright.sift.errors import SettingsError
from setright.sift.group import group
from setright.sift.kind import Listening, kinds, split_mixed
from setright.sift.ledger import Clock
from setright.sift.name import name
from setright.sift.place import place
from setright.sift.progress import Progress, Quiet
from setright.sift.result import Result, State
from setright.sift.settings import Settings


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
        An earlier run to continue from. Not built yet.
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
        A setting names what is not there, or `base` or `edits` is given.
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
    settings, progress, clock = settings or Settings(), progress or Quiet(), Clock()
    if base is not None or len(edits):
        raise SettingsError("base and edits are not built yet; run without them")

    # What may be missing or misspelt is looked for before the work, not after it.
    taxonomy, model = load_taxonomy(settings.taxonomy), encoder(settings.encoder, settings.n_threads)
    if settings.labels is not None and taxonomy is not None:
        load_labels(settings.labels, taxonomy)

    with clock.stage("read"):
        progress.begin("read", 0)
        rows = extract.input_rows(table)
    with clock.stage("split"):
        progress.begin("split", rows.num_rows)
        points = extract.points(rows, settings.lang, progress.advance)
        texts, text = extract.distinct(points)
    with clock.stage("dedupe"):
        progress.begin("dedupe", 0)
        copies = near_duplicates(texts.keys, n_submissions=texts.n_submissions, threads=settings.n_threads)
        families = settle.families(texts, copies)
    with clock.stage("embed"):
        progress.begin("embed", len(families))
        heard = Listening(settle.Heard(model, progress.advance))
        vectors = embed(families.keys, replace(settings, encoder=heard))
    with clock.stage("group"):
        progress.begin("group", 0)
        grouping = group(vectors, settings, n_submissions=families.n_submissions)
    with clock.stage("kind"):
        progress.begin("kind", len(families))
        kind, sure = kinds(families.keys, meaning=heard.meaning())
        problem = split_mixed(grouping.problem, kind, sure, families.n_submissions)
        found = settle.settle(vectors, grouping, problem, kind, families)
    with clock.stage("name"):
        progress.begin("name", 0)
        shown = settle.Shown(rows, points, texts, families, sliced if settings.keep_personal else mask_span)
        names = name(
            found.problem,
            vectors,
            found.centroids,
            shown,
            families.n_submissions,
            theme=found.theme,
            namer=settings.namer,
        )
    with clock.stage("classify"):
        progress.begin("classify", len(found))
        categories = classify(settle.said(names, shown), taxonomy, model, settings.labels)
    with clock.stage("place"):
        progress.begin("place", 0)
        places = place(found.centroids, found.n_submissions, found.theme)
    with clock.stage("account"):
        progress.begin("account", 0)
        run = assemble.Run(rows, points, text, texts, families, found, names, shown, categories, places)
        result = assemble.result(run, vectors, settings, grouping.described())
    return replace(result, ledger=result.ledger | clock.told())
