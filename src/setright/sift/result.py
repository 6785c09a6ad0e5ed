"""The values a run returns: Result, and State, which a later run continues from. Both serialise to bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.edits.line import forgetting
from setright.sift.errors import StateError
from setright.sift.settings import Vectors

FORMAT: Final = 3
_MAGIC: Final = b"setright-sift\x00"

STATE_POINTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("id", pa.large_string()),
        ("point", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("text", pa.int32()),  # index into `texts`; null where the row has no point
        ("reason", pa.string()),
    ]
)


@dataclass(frozen=True)
class State:
    """What a later run needs in order to continue from this one. Holds words and vectors: keep it sealed.

    Parameters
    ----------
    rows : pyarrow.Table
        `tables.INPUT`, row i at position i; `person` is a digest that tells people apart.
    points : pyarrow.Table
        `STATE_POINTS`: every point by (id, start, end), and the distinct text it makes.
    texts : pyarrow.Table
        One line per distinct text: `key`, `family`, `problem`, `state`, `confidence`, `kind`.
    families : pyarrow.Table
        One line per family of near copies: `text` (its representative), `vector` (fixed-size list of float16).
    problems : pyarrow.Table
        `problem`, `theme` (its index), `title`, `keywords`, `quotes` (indices of texts), `n_submissions`,
        `watch`; the middle three are null where words of it were forgotten.
    themes : pyarrow.Table
        `theme`, `title`.
    space : bytes
        `embed.Space`, along which the vectors are told.
    settings : dict
        As `Settings.described` gives them, with what the run chose for itself.
    edits : list of dict
        People's decisions, replayed in every later run: `line`, and whether it was `applied`.
    """

    rows: pa.Table
    points: pa.Table
    texts: pa.Table
    families: pa.Table
    problems: pa.Table
    themes: pa.Table
    space: bytes
    settings: dict[str, Any]
    edits: list[dict[str, Any]]

    def forget(self, ids: Collection[str]) -> State:
        """A state without these ids: without their rows, points, and the words and vectors nobody else's point needs.

        A family's vector is that of its representative's words, so it goes with them; a problem's title and quotes go
        where words of it go, and a later run names it anew. Edits stay, less the opinions of these ids that they name.
        Rows are numbered anew: their ids name them.
        """
        gone = pa.array(sorted(ids), pa.large_string())
        stays = pc.invert(pc.is_in(self.rows["id"], value_set=gone)).combine_chunks()
        number = np.cumsum(stays.to_numpy(zero_copy_only=False)) - 1
        rows = self.rows.filter(stays)
        kept = self.points.filter(stays.take(self.points["row"].combine_chunks()))
        kept = kept.set_column(0, "row", pa.array(number[kept["row"].to_numpy()], pa.int64()))
        still = pc.is_in(pa.array(range(self.texts.num_rows), pa.int32()), value_set=pc.drop_null(kept["text"]))
        lost = pc.unique(self.texts["problem"].filter(pc.invert(still)))
        whole = pc.invert(pc.is_in(self.problems["problem"], value_set=lost.cast(pa.string())))
        return replace(
            self,
            rows=rows.set_column(0, "row", pa.array(np.arange(rows.num_rows), pa.int64())),
            points=kept,
            texts=_blanked(self.texts, still),
            families=_blanked(self.families, still.take(self.families["text"].combine_chunks())),
            problems=_unnamed(self.problems, whole),
            edits=[{**edit, "line": forgetting(edit["line"], frozenset(ids))} for edit in self.edits],
        )

    def vectors(self, families: NDArray[np.int64]) -> Vectors:
        """The unit rows of some families, none of which is forgotten; float32, shape (n, d)."""
        column: Any = self.families["vector"].combine_chunks()
        if not len(families):
            return np.zeros((0, column.type.list_size), np.float32)
        flat = column.take(pa.array(families)).flatten().to_numpy(zero_copy_only=False)
        rows: Vectors = flat.reshape(len(families), -1).astype(np.float32)
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return rows

    def to_bytes(self) -> bytes:
        return _packed({f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises
        ------
        StateError
            When the bytes are not a State of this format.
        """
        return cls(**_unpacked(data))


@dataclass(frozen=True)
class Result:
    """All a run found. The tables have the schemas of `setright.sift.tables`, in a fixed order of rows."""

    problems: pa.Table
    assignments: pa.Table
    templates: pa.Table
    problem_units: pa.Table
    themes: pa.Table
    map: pa.Table
    changes: pa.Table
    ledger: dict[str, Any]
    state: State

    def to_bytes(self) -> bytes:
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "state"}
        return _packed(parts | {"state": self.state.to_bytes()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises
        ------
        StateError
            When the bytes are not a Result of this format.
        """
        parts = _unpacked(data)
        return cls(**parts | {"state": State.from_bytes(parts["state"])})


def _unnamed(problems: pa.Table, whole: pa.ChunkedArray) -> pa.Table:
    """The problems without title, keywords and quotes where `whole` is false."""
    for name in ("title", "keywords", "quotes"):
        column = problems[name]
        at = pc.if_else(whole, pa.array(np.arange(len(column))), pa.scalar(None, pa.int64()))
        problems = problems.set_column(problems.column_names.index(name), name, column.take(at))
    return problems


def _blanked(table: pa.Table, keep: pa.Array) -> pa.Table:
    """The table with every column null where `keep` is false, so that the other lines keep their index."""
    at = pa.array(range(table.num_rows), pa.int64())
    return table.take(pc.if_else(keep, at, pa.scalar(None, pa.int64())))


def _packed(parts: dict[str, Any]) -> bytes:
    """Magic, a JSON head with each part's type and length, then the parts."""
    blobs = {name: _blob(value) for name, value in parts.items()}
    head = json.dumps({"format": FORMAT, "parts": [[n, kind, len(b)] for n, (kind, b) in blobs.items()]}).encode()
    return b"".join([_MAGIC, len(head).to_bytes(4, "big"), head, *(b for _, b in blobs.values())])


def _blob(value: Any) -> tuple[str, bytes]:
    if isinstance(value, pa.Table):
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, value.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as out:
            out.write_table(value.combine_chunks())
        return "table", sink.getvalue()
    if isinstance(value, bytes):
        return "bytes", value
    return "json", json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def _unpacked(data: bytes) -> dict[str, Any]:
    if not data.startswith(_MAGIC):
        raise StateError("these bytes are not a Setright state or result")
    start = len(_MAGIC) + 4
    n_head = int.from_bytes(data[len(_MAGIC) : start], "big")
    try:
        head = json.loads(data[start : start + n_head])
    except ValueError as error:
        raise StateError("the state is damaged: its head cannot be read") from error
    if head["format"] != FORMAT:
        raise StateError(f"the state has format {head['format']}; this version reads format {FORMAT}")
    parts, at = {}, start + n_head
    for name, kind, length in head["parts"]:
        parts[name] = _read(kind, data[at : at + length])
        at += length
    return parts


def _read(kind: str, blob: bytes) -> Any:
    if kind == "table":
        return pa.ipc.open_stream(blob).read_all()
    return blob if kind == "bytes" else json.loads(blob)
