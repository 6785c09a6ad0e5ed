"""Classify: each problem gets a category of a taxonomy, or none where nothing fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv, parquet
from sklearn.linear_model import LogisticRegression

from setright.intake.errors import InputError
from setright.sift import taxonomies
from setright.sift.settings import Encoder, Vectors
from setright.sift.taxonomies import Category, Taxonomy

Scores = NDArray[np.float32]

ENOUGH_LABELS: Final = 50
"""From this many labelled rows on, a classifier is learnt from them; fewer serve as further examples."""

_NEAREST: Final = 3
_WORD_SHARE: Final = np.float32(0.5)
_FLOOR: Final = 0.05  # of the taxonomy's own examples would be turned away by the threshold
_UNSURE: Final = 0.3  # below this a learnt classifier says none
_LATIN: Final = re.compile(r"[^\W\d_]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows a person has sorted: `text`, and `category` as an index into the taxonomy's categories."""

    text: tuple[str, ...]
    category: tuple[int, ...]


def load_taxonomy(named: str | Path | None) -> Taxonomy | None:
    """Read a taxonomy by the name of a shipped one, or by path; None stays None.

    Raises
    ------
    SettingsError, InputError
        As `taxonomies.load`.
    """
    return None if named is None else taxonomies.load(named)


def load_labels(path: Path, taxonomy: Taxonomy) -> Labelled:
    """Read labelled rows: a CSV in UTF-8 or a Parquet file with the columns text and category (a code).

    Raises
    ------
    InputError
        The file is missing or of another form, or a category is not of the taxonomy.
    """
    remedy = "Give a CSV in UTF-8, or a Parquet file, with the columns text and category"
    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else _csv(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError("the labelled rows cannot be read", where=str(path), remedy=remedy) from error
    if not {"text", "category"} <= set(table.column_names):
        raise InputError("the labelled rows lack the column text or category", where=str(path), remedy=remedy)
    text, category = (table[name].cast(pa.string()) for name in ("text", "category"))
    place = pc.index_in(category, value_set=pa.array(taxonomy.codes))
    lost = pc.index(pc.is_null(place), True).as_py()
    if lost >= 0:
        wrong = f"the category {category[lost].as_py()!r} is not of the taxonomy"
        raise InputError(wrong, where=f"{path}, row {lost + 1}", remedy=f"Use one of {', '.join(taxonomy.codes)}")
    return Labelled(tuple(pc.fill_null(text, "").to_pylist()), tuple(place.to_pylist()))


def _csv(path: Path) -> pa.Table:
    """A code such as "01" stays as it is written, and a text may hold line breaks."""
    words = csv.ConvertOptions(column_types={"text": pa.string(), "category": pa.string()})
    return csv.read_csv(path, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=words)


def classify(
    texts: Sequence[str],
    taxonomy: Taxonomy | None,
    encoder: Encoder,
    labels: Path | None = None,
) -> tuple[list[str | None], NDArray[np.float32]]:
    """Find each problem's category.

    Parameters
    ----------
    texts : sequence of str, length n
        What each problem says: title, keywords and quotes, joined.
    taxonomy : Taxonomy or None
        None, and every category is null.
    encoder : Encoder
        Gives the vectors; called once, with the texts, the descriptions and the examples together.
    labels : Path, optional
        See `load_labels`.

    Returns
    -------
    codes : list of str or None, length n
    confidence : float32 (n,)
        In [0, 1]: the estimated chance that the category is right; where it is None, of the best that was refused.

    Notes
    -----
    Without labels a category's score is the mean cosine to its three nearest examples and its description, vectors
    centred on the taxonomy's mean, plus the share of its words among the category words a text holds. Threshold and
    confidence are learnt from the taxonomy's own examples, each scored as if it were not there: the threshold is the
    5 % quantile of those scored right, the confidence a logistic curve over score and lead (Platt 1999). With 50
    labelled rows or more a multinomial logistic regression on vectors and scores takes over (as setfit's head:
    Tunstall et al. 2022, section 3). Deterministic; cost: one encoding of n texts and the taxonomy's few hundred.
    """
    if taxonomy is None or not len(texts):
        return [None] * len(texts), np.zeros(len(texts), dtype=np.float32)
    labelled = Labelled((), ()) if labels is None else load_labels(labels, taxonomy)
    known = _known(taxonomy, labelled)
    of_texts, of_labels, of_known = _encoded([texts, labelled.text, known.text], encoder)
    scores = _scores(texts, of_texts, known, of_known, taxonomy)
    if len(labelled.text) >= ENOUGH_LABELS and len(set(labelled.category)) > 1:
        taught = _scores(labelled.text, of_labels, known, of_known, taxonomy)
        best, chance = _learnt(_joined(of_texts, scores), _joined(of_labels, taught), labelled.category)
        refused = chance < _UNSURE
    else:
        best = scores.argmax(axis=1)
        chance, refused = _judged(scores, *_left_out(known, of_known, taxonomy))
    codes = [None if no else taxonomy.codes[int(k)] for k, no in zip(best, refused, strict=True)]
    return codes, chance.astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Known:
    """The sentences that stand for the categories; a few labelled rows join the examples."""

    text: tuple[str, ...]
    category: NDArray[np.int64]
    is_example: NDArray[np.bool_]


def _known(taxonomy: Taxonomy, labelled: Labelled) -> _Known:
    lines = [(t, i, False) for i, c in enumerate(taxonomy.categories) for t in c.description]
    lines += [(t, i, True) for i, c in enumerate(taxonomy.categories) for t in c.examples]
    if len(labelled.text) < ENOUGH_LABELS:
        lines += [(t, i, True) for t, i in zip(labelled.text, labelled.category, strict=True)]
    text, category, is_example = zip(*lines, strict=True)
    return _Known(tuple(text), np.array(category), np.array(is_example))


def _encoded(groups: Sequence[Sequence[str]], encoder: Encoder) -> list[Vectors]:
    """Vectors of each group, less the last group's mean, of length one; one call, as some encoders learn from it."""
    vectors = np.asarray(encoder.encode([text for group in groups for text in group]), dtype=np.float32)
    parts = np.split(vectors, np.cumsum([len(group) for group in groups])[:-1])
    mean = parts[-1].mean(axis=0)
    return [_unit(part - mean) for part in parts]


def _unit(rows: Vectors) -> Vectors:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return unit


def _scores(texts: Sequence[str], vectors: Vectors, known: _Known, of_known: Vectors, taxonomy: Taxonomy) -> Scores:
    return _nearness(vectors @ of_known.T, known, len(taxonomy.categories)) + _WORD_SHARE * _said(texts, taxonomy)


def _nearness(similar: Vectors, known: _Known, n_categories: int) -> Scores:
    """Mean of the nearest examples' cosines and the description's, float32 (n, k)."""
    columns = []
    for k in range(n_categories):
        mine = known.category == k
        examples = np.sort(similar[:, mine & known.is_example], axis=1)[:, -_NEAREST:].mean(axis=1)
        described = similar[:, mine & ~known.is_example]
        columns.append((3 * examples + described.max(axis=1)) / 4 if described.shape[1] else examples)
    return np.stack(columns, axis=1)


def _said(texts: Sequence[str], taxonomy: Taxonomy) -> Scores:
    """Each category's share of the category words a text holds, shrunk where there are few, float32 (n, k)."""
    patterns = [_pattern(category) for category in taxonomy.categories]
    counts = np.array(
        [[len(set(p.findall(text.casefold()))) if p else 0 for p in patterns] for text in texts], dtype=np.float32
    ).reshape(len(texts), len(patterns))
    share: Scores = counts / (counts.sum(axis=1, keepdims=True) + 1)
    return share


def _pattern(category: Category) -> re.Pattern[str] | None:
    """Words as runs of characters in Chinese, between word borders in scripts with spaces; longest first."""
    words = sorted({word.casefold() for word in category.words}, key=lambda w: (-len(w), w))
    if not words:
        return None
    return re.compile("|".join(rf"\b{re.escape(w)}\b" if _LATIN.search(w) else re.escape(w) for w in words))


def _left_out(known: _Known, of_known: Vectors, taxonomy: Taxonomy) -> tuple[Scores, NDArray[np.int64]]:
    """Scores of the examples, each as if it were not among them, and their categories."""
    at = np.flatnonzero(known.is_example)
    similar = of_known[at] @ of_known.T
    similar[np.arange(len(at)), at] = -1
    nearness = _nearness(similar, known, len(taxonomy.categories))
    return nearness + _WORD_SHARE * _said([known.text[i] for i in at], taxonomy), known.category[at]


def _judged(scores: Scores, trial: Scores, truth: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    right = trial.argmax(axis=1) == truth
    best = trial.max(axis=1)
    if right.all() or not right.any():
        threshold = float(np.quantile(best, _FLOOR))
        return np.clip(scores.max(axis=1), 0, 1).astype(np.float64), scores.max(axis=1) < threshold
    curve = LogisticRegression(C=100.0).fit(_lead(trial), right)
    threshold = float(np.quantile(best[right], _FLOOR))
    return curve.predict_proba(_lead(scores))[:, 1], scores.max(axis=1) < threshold


def _lead(scores: Scores) -> Scores:
    ordered = np.sort(scores, axis=1)
    second = ordered[:, -2] if scores.shape[1] > 1 else np.zeros(len(scores), dtype=np.float32)
    return np.stack([ordered[:, -1], ordered[:, -1] - second], axis=1)


def _joined(vectors: Vectors, scores: Scores) -> Vectors:
    return np.concatenate([vectors, 2 * scores], axis=1)


def _learnt(x: Vectors, taught: Vectors, category: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    model = LogisticRegression(C=10.0, max_iter=1000).fit(taught, np.array(category))
    chance = model.predict_proba(x)
    return model.classes_[chance.argmax(axis=1)], chance.max(axis=1)
