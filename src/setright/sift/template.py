"""Template campaigns: points cut where a template ends and a sender's own words begin, and their families joined.

`campaigned` works on rows and points before they are folded; `united` and `further` on the families afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.folding.codepoints import Ints, Mask
from setright.sift.tables import POINTS
from setright.sift.templating.find import Templates, TemplateSettings, content, templates
from setright.sift.templating.recut import Carrier, Piece

_N_TEMPLATE: Final = 10
_TEMPLATE_LENGTH: Final = 15
"""From this many submissions, and this many characters, a text that is a whole point counts as a template: below,
people simply agree."""
_N_CHUNK: Final = 1 << 16  # rows whose texts are held as Python strings at once
_LINE: Final = pa.schema(
    [
        *(POINTS.field(name) for name in ("point", "start", "end", "key")),
        pa.field("template", pa.int32()),
        pa.field("added", pa.bool_()),
        pa.field("piece", pa.int32()),
    ]
)


@dataclass(frozen=True, slots=True)
class Words:
    """How the words of a new point are read: its matching form, and why it would be no point, or None."""

    key: Callable[[str], str]
    reason: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Campaigned:
    """The points of a run, those of campaigns cut anew.

    Parameters
    ----------
    points : pyarrow.Table
        `tables.POINTS`, n lines.
    template : int32 array of shape (n,)
        The template of the row's that a point is of, or is an addition to; -1 where none.
    added : bool array of shape (n,)
    piece : int32 array of shape (n,)
        Which of all templates' own points it is: the same words, however mistyped or cut; -1 for all else.
    row : int64 array of shape (t,)
        The first row of the text that stands for each template.
    spans : list of list of (start, end)
        Where the template's words stand in it; more than one where something was added between.
    n_submissions, n_with_additions : int64 arrays of shape (t,)
    """

    points: pa.Table
    template: NDArray[np.int32]
    added: Mask
    piece: NDArray[np.int32]
    row: Ints
    spans: list[list[tuple[int, int]]]
    n_submissions: Ints
    n_with_additions: Ints

    def __len__(self) -> int:
        return len(self.row)


def campaigned(
    rows: pa.Table, points: pa.Table, words: Words, settings: TemplateSettings | None = None, since: int = 0
) -> Campaigned:
    """Find templates, and cut the points of the rows that carry one where its words and the sender's own meet.

    Parameters
    ----------
    rows : pyarrow.Table
        `tables.INPUT`, row i at position i.
    points : pyarrow.Table
        `tables.POINTS`, in order of row and point.
    words : Words
    settings : TemplateSettings, optional
    since : int
        The first row of this run, where it continues an earlier one: what rows before it say keeps its points.

    Returns
    -------
    Campaigned
        Rows without a template keep their points. In the others each stretch of the template is one point per point
        that its standing text makes, and what was added keeps the points it was split into.

    Notes
    -----
    Deterministic; independent of the order of rows, and rows of one text fare alike. See `templating.find.templates`
    for the method.
    """
    said = points.filter(pc.is_valid(points["key"]))
    row = np.unique(said["row"].to_numpy())
    coded = _said(rows["text"], said, row).dictionary_encode()
    code = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    n_rows = np.bincount(code, minlength=len(coded.dictionary))
    found = templates(coded.dictionary, n_rows, settings)
    first = np.zeros(len(n_rows), np.int64)
    first[code[::-1]] = row[::-1]
    carriers = _carriers(coded.dictionary, said, found, first)
    standing = [carriers[text].standing() for text in found.text.tolist()]
    lines = _Lines.of(carriers, (found, first < since), standing, words)
    spans = [carriers[text].spans(begins) for text, begins in zip(found.text.tolist(), standing, strict=True)]
    carries = found.of_text[code] >= 0
    table = _replaced(points, lines, row[carries], code[carries])
    template, added = table["template"].to_numpy().astype(np.int32), table["added"].to_numpy()
    adding = np.unique(template[added].astype(np.int64) * rows.num_rows + table["row"].to_numpy()[added])
    return Campaigned(
        points=table.select(POINTS.names),
        template=template,
        added=added,
        piece=table["piece"].to_numpy().astype(np.int32),
        row=first[found.text],
        spans=spans,
        n_submissions=found.n_rows,
        n_with_additions=np.bincount(adding // max(rows.num_rows, 1), minlength=len(found)),
    )


def _said(texts: pa.ChunkedArray, points: pa.Table, row: Ints) -> pa.Array:
    """The rows' texts with a line break for every character that is in no point: a greeting is no one's template."""
    start, end = points["start"].to_numpy(), points["end"].to_numpy()
    first = np.searchsorted(points["row"].to_numpy(), row)
    last = np.append(first[1:], len(start))
    parts = []
    for at in range(0, len(row), _N_CHUNK):
        part = slice(at, at + _N_CHUNK)
        lines = slice(*(first[part][0], last[part][-1]))
        spans = zip(start[lines].tolist(), end[lines].tolist(), strict=True)
        counts = (last[part] - first[part]).tolist()
        written = texts.take(pa.array(row[part])).to_pylist()
        parts.append([_only(text, list(islice(spans, n))) for text, n in zip(written, counts, strict=True)])
    return pa.concat_arrays([pa.array([], pa.large_string()), *(pa.array(part, pa.large_string()) for part in parts)])


def _only(text: str, spans: list[tuple[int, int]]) -> str:
    found, reached = "", 0
    for start, end in spans:
        found += "\n" * (start - reached) + text[start:end]
        reached = end
    return found


def _carriers(texts: pa.Array, points: pa.Table, found: Templates, first: Ints) -> dict[int, Carrier]:
    """Every text that carries a template, with the points of the first row that says it."""
    carrying = np.flatnonzero(found.of_text >= 0)
    written = texts.take(pa.array(carrying)).to_pylist()
    row, start, end = (points[name].to_numpy() for name in ("row", "start", "end"))
    low, high = np.searchsorted(row, first[carrying]), np.searchsorted(row, first[carrying], "right")
    clause = np.searchsorted(found.clauses.text, [carrying, carrying + 1])
    made = {}
    for i, text in enumerate(carrying.tolist()):
        lines, said = slice(low[i], high[i]), slice(clause[0][i], clause[1][i])
        spans = list(zip(start[lines].tolist(), end[lines].tolist(), strict=True))
        places = list(zip(found.clauses.start[said].tolist(), found.place[said].tolist(), strict=True))
        made[text] = Carrier(written[i], spans, places)
    return made


@dataclass(frozen=True, slots=True)
class _Lines:
    """The new points of the texts that carry a template: the i-th has the lines from `starts[i]` to `starts[i + 1]`."""

    text: Ints
    starts: Ints
    table: pa.Table

    @staticmethod
    def of(
        carriers: dict[int, Carrier], given: tuple[Templates, Mask], standing: Sequence[Sequence[int]], words: Words
    ) -> _Lines:
        found, is_old = given
        firsts = np.concatenate([[0], np.cumsum([len(begins) for begins in standing])]).tolist()
        columns: dict[str, list[object]] = {name: [] for name in _LINE.names}
        starts = [0]
        for text, carrier in carriers.items():
            template = int(found.of_text[text])
            begins = standing[template]
            lines = _read(carrier, carrier.kept(begins) if is_old[text] else carrier.pieces(begins), words)
            for number, (piece, key) in enumerate(lines):
                own = firsts[template] + piece.of if piece.of >= 0 else -1
                values = (number, piece.start, piece.end, key, template, piece.of < 0, own)
                for column, value in zip(columns.values(), values, strict=True):
                    column.append(value)
            starts.append(starts[-1] + len(lines))
        return _Lines(np.array(list(carriers), np.int64), np.array(starts), pa.table(columns, schema=_LINE))


def _read(carrier: Carrier, pieces: Sequence[Piece], words: Words) -> list[tuple[Piece, str]]:
    """The pieces that say something, and their matching forms."""
    said = [(piece, carrier.text[piece.start : piece.end]) for piece in pieces]
    return [(piece, words.key(text)) for piece, text in said if piece.of >= 0 or words.reason(text) is None]


def _replaced(points: pa.Table, lines: _Lines, row: Ints, text: Ints) -> pa.Table:
    """All points in order, with those of the given rows replaced by the lines of their texts."""
    at = np.searchsorted(lines.text, text)
    size = np.diff(lines.starts)[at]
    chosen = np.repeat(lines.starts[at] - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
    new = lines.table.take(pa.array(chosen)).append_column("row", pa.array(np.repeat(row, size)))
    new = new.append_column("reason", pa.nulls(len(chosen), pa.string()))
    old = points.filter(pa.array(~np.isin(points["row"].to_numpy(), row)))
    none = pa.array(np.full(old.num_rows, -1, np.int32))
    old = old.append_column("template", none).append_column("piece", none)
    old = old.append_column("added", pa.array(np.zeros(old.num_rows, np.bool_)))
    both = pa.concat_tables([old, new.select(old.column_names).cast(old.schema)])
    return both.sort_by([("row", "ascending"), ("point", "ascending")])


def united(
    representative: NDArray[np.int32],
    keys: pa.Array,
    text: NDArray[np.int32],
    piece: NDArray[np.int32],
    fixed: Ints | None = None,
) -> NDArray[np.int32]:
    """Join the families that are mostly one of a template's own points, mistyped or cut as they may be.

    Parameters
    ----------
    representative : int32 array of shape (n,)
        Each distinct text's, as `dedupe.near_duplicates` gives them.
    keys : pyarrow array of string, length n
        The texts' matching forms.
    text, piece : int32 arrays of shape (n_points,)
        Each point's distinct text (-1 for none), and which of the templates' points it is.
    fixed : int array, optional
        Representatives that an earlier run gave: they stay, and lead where there are any.

    Returns
    -------
    int32 array of shape (n,)
        `out[out] == out`. Otherwise the family that most points are of leads.
    """
    own = np.flatnonzero((piece >= 0) & (text >= 0))
    if not len(own):
        return representative
    n_pieces = int(piece.max()) + 1
    n_points = np.bincount(representative[text[text >= 0]], minlength=len(representative))
    pair, n = np.unique(representative[text[own]].astype(np.int64) * n_pieces + piece[own], return_counts=True)
    most = 2 * n > n_points[pair // n_pieces]
    led, of, n = pair[most] // n_pieces, pair[most] % n_pieces, n[most]
    stays = np.isin(led, np.zeros(0, np.int64) if fixed is None else fixed)
    order = np.lexsort((content(keys.take(pa.array(led))), -n, ~stays, of))
    leader = np.full(n_pieces, -1, np.int64)
    pieces, first = np.unique(of[order], return_index=True)
    leader[pieces] = led[order[first]]
    moved = np.arange(len(representative), dtype=np.int32)
    moved[led[~stays]] = leader[of[~stays]]
    joined: NDArray[np.int32] = moved[representative]
    return joined


def further(found: Campaigned, family: NDArray[np.int32], keys: pa.Array) -> tuple[NDArray[np.int32], Ints]:
    """Number the whole points that many send, where no template holds them already.

    Parameters
    ----------
    found : Campaigned
    family : int32 array of shape (n_points,)
        The family of each point, -1 for none.
    keys : pyarrow array of string, length m
        The matching form of each family's representative.

    Returns
    -------
    template : int32 array of shape (n_points,)
        `found.template`, and from `len(found)` on the families that are templates by themselves.
    families : int64 array of shape (k,)
        Those families, in order of their numbers.
    """
    row = found.points["row"].to_numpy()
    free = np.flatnonzero((found.template < 0) & (family >= 0))
    once = np.unique(np.stack([family[free].astype(np.int64), row[free]]), axis=1)
    n = np.bincount(once[0], minlength=len(keys))
    long = pc.greater_equal(pc.utf8_length(keys), _TEMPLATE_LENGTH).to_numpy(zero_copy_only=False)
    chosen = np.flatnonzero((n >= _N_TEMPLATE) & long)
    chosen = chosen[np.lexsort((content(keys.take(pa.array(chosen))), -n[chosen]))]
    number = np.full(len(keys), -1, np.int32)
    number[chosen] = np.arange(len(found), len(found) + len(chosen), dtype=np.int32)
    template = found.template.copy()
    template[free] = number[family[free]]
    return template, chosen
