"""Where the opinions that edits speak of stand in this run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.edits.line import Edit, Spot

Ints = NDArray[np.int64]
Place = tuple[int, int, int]
"""Start, end, family."""


@dataclass(frozen=True)
class Ground:
    """The points that edits speak of.

    Parameters
    ----------
    places : dict
        By id, the points of the rows of that id, in order.
    """

    places: Mapping[str, Sequence[Place]]

    @classmethod
    def of(cls, edits: Iterable[Edit], rows: pa.Table, points: pa.Table, family: NDArray[np.int32]) -> Ground:
        """Look up every row that an edit names.

        Parameters
        ----------
        rows : pyarrow.Table
            `tables.INPUT`.
        points : pyarrow.Table
            `tables.POINTS`.
        family : int32 array of shape (n_points,)
            -1 where a line has no point.
        """
        spots = {spot for edit in edits for spot in (*edit.points, *(s for p in edit.problems for s in p.anchors))}
        wanted = pa.array(sorted({spot.id for spot in spots}), pa.large_string())
        is_named = pc.is_in(rows["id"], value_set=wanted).combine_chunks()
        said = pc.and_(is_named.take(points["row"].combine_chunks()), pa.array(family >= 0))
        at = np.flatnonzero(said.to_numpy(zero_copy_only=False))
        chosen = points.select(["row", "start", "end"]).take(pa.array(at))
        ids = rows["id"].take(chosen["row"].combine_chunks()).to_pylist()
        places: dict[str, list[Place]] = defaultdict(list)
        spans = zip(chosen["start"].to_pylist(), chosen["end"].to_pylist(), family[at].tolist(), strict=True)
        for row, place in zip(ids, spans, strict=True):
            places[row].append(place)
        return cls(dict(places))

    def families(self, spots: Iterable[Spot]) -> Ints:
        """The family of each opinion, -1 where it is here no more.

        Where a row is cut otherwise than it was, the point that covers most of the old one stands for it.
        """
        return np.array([self._family(spot) for spot in spots], np.int64)

    def _family(self, spot: Spot) -> int:
        best, covered = -1, 0
        for start, end, family in self.places.get(spot.id, ()):
            if (start, end) == (spot.start, spot.end):
                return family
            if (both := min(end, spot.end) - max(start, spot.start)) > covered:
                best, covered = family, both
        return best
