"""Nearest others by cells, where the cells hold too few of them."""

from __future__ import annotations

import numpy as np
import pytest

from setright.sift.grouping import neighbours as search
from setright.sift.grouping.neighbours import neighbours


def test_neighbours_are_as_many_distinct_others_as_asked_where_the_cells_hold_fewer(monkeypatch):
    vectors = np.random.default_rng(0).standard_normal((300, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    monkeypatch.setattr(search, "EXACT_UP_TO", 100)
    monkeypatch.setattr(search, "_PER_CELL", 4)
    monkeypatch.setattr(search, "_N_PROBES", 2)

    found = neighbours(vectors, 20, threads=2)

    cosine = np.take_along_axis(vectors @ vectors.T, found.index, axis=1)
    assert found.similarity == pytest.approx(cosine, abs=1e-6)
    assert all(len({at, *near}) == 21 for at, near in enumerate(found.index.tolist()))


def test_cell_that_is_far_for_all_its_visitors_changes_nothing(monkeypatch):
    draw = np.random.default_rng(0)
    vectors = np.repeat(np.eye(8, dtype=np.float32)[:2], 600, axis=0)
    vectors += 0.05 * draw.standard_normal(vectors.shape).astype(np.float32)
    vectors = vectors[draw.permutation(len(vectors))]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    monkeypatch.setattr(search, "EXACT_UP_TO", 100)
    monkeypatch.setattr(search, "_PER_CELL", 600)
    monkeypatch.setattr(search, "_N_PROBES", 2)

    found = neighbours(vectors, 2, threads=2)

    side = vectors[:, 0] > vectors[:, 1]
    assert (side[found.index] == side[:, None]).all()
    assert found.similarity.min() > 0.9
