import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift.place import ASPECT, place


def _problems(p, n_themes, seed=0, d=16):
    rng = np.random.default_rng(seed)
    theme = rng.integers(0, max(n_themes, 1), p).astype(np.int32)
    middles = rng.normal(size=(max(n_themes, 1), d))
    centroids = (middles[theme] + 0.5 * rng.normal(size=(p, d))).astype(np.float32)
    sizes = np.maximum(1, 1000 / (1 + rng.permutation(p)) ** 0.8).astype(np.int64)
    return centroids, sizes, theme


def _clearance(places):
    """The smallest distance between the edges of two circles."""
    spots = np.column_stack([places.x, places.y]).astype(np.float64)
    distance = np.hypot(*(spots[:, None] - spots).transpose(2, 0, 1)) - places.r[:, None] - places.r
    return distance[~np.eye(len(spots), dtype=bool)].min(initial=np.inf)


@settings(max_examples=40, deadline=None)
@given(p=st.integers(0, 60), n_themes=st.integers(1, 12), seed=st.integers(0, 1000))
def test_place_never_overlaps_two_circles(p, n_themes, seed):
    places = place(*_problems(p, n_themes, seed))

    assert len(places.x) == p
    assert _clearance(places) > 0


def test_place_draws_area_as_submissions():
    sizes = np.array([1, 4, 400], dtype=np.int64)

    places = place(np.eye(3, dtype=np.float32), sizes, np.zeros(3, dtype=np.int32))

    assert (places.r**2).tolist() == [1.0, 4.0, 400.0]


def test_place_gives_a_problem_without_submissions_a_circle():
    places = place(np.eye(2, dtype=np.float32), np.array([0, 9]), np.zeros(2, dtype=np.int32))

    assert places.r.tolist() == [1.0, 3.0]


def test_place_repeats_itself_exactly():
    problems = _problems(150, 7)

    first, again = place(*problems), place(*problems)

    assert [c.tobytes() for c in first] == [c.tobytes() for c in again]


def test_place_leaves_its_input_alone():
    problems = _problems(20, 3)
    before = [a.copy() for a in problems]

    place(*problems)

    assert all((a == b).all() for a, b in zip(problems, before, strict=True))


def test_place_keeps_a_theme_together():
    centroids, sizes, theme = _problems(200, 5, seed=3)

    places = place(centroids, sizes, theme)

    spots = np.column_stack([places.x, places.y])
    middles = np.array([spots[theme == t].mean(0) for t in range(5)])
    nearest = np.hypot(*(spots[:, None] - middles).transpose(2, 0, 1)).argmin(1)
    assert (nearest == theme).mean() > 0.95


def test_place_puts_the_more_alike_nearer_to_the_largest():
    rng = np.random.default_rng(1)
    like, unlike = rng.normal(size=(30, 8)) * 0.1, rng.normal(size=(30, 8)) * 3
    centroids = np.vstack([np.zeros((1, 8)), like, unlike]).astype(np.float32)
    sizes = np.array([900] + [9] * 60)

    places = place(centroids, sizes, np.zeros(61, dtype=np.int32))

    away = np.hypot(places.x - places.x[0], places.y - places.y[0])
    assert away[1:31].max() < away[31:].max()
    assert away[1:31].mean() < 0.9 * away[31:].mean()


def test_place_fills_a_frame_wider_than_high():
    places = place(*_problems(300, 9, seed=5))

    width, height = (np.ptp(c) + 2 * places.r.max() for c in (places.x, places.y))
    assert 0.8 * ASPECT < width / height < 1.5 * ASPECT


def test_place_takes_equal_centroids_and_no_theme():
    centroids, sizes = np.ones((40, 4), dtype=np.float32), np.full(40, 25)

    places = place(centroids, sizes, np.full(40, -1, dtype=np.int32))

    assert np.isfinite(places.x).all()
    assert _clearance(places) > 0


def test_place_refuses_arrays_of_different_length():
    with pytest.raises(ValueError, match="2 centroids, 1 sizes, 2 themes"):
        place(np.eye(2, dtype=np.float32), np.array([1]), np.zeros(2, dtype=np.int32))
