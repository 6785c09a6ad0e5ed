from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift import tables
from setright.sift.evaluate import evaluate
from setright.sift.group import Grouping, group
from setright.sift.grouping import neighbours as search
from setright.sift.grouping.choose import Cut, chosen, cuts, margin
from setright.sift.grouping.doubt import Usual, islands
from setright.sift.grouping.graph import Graph, communities, contracted, shared_neighbours
from setright.sift.grouping.neighbours import Neighbours, neighbours
from setright.sift.grouping.reduce import canonical, reduced
from setright.sift.grouping.themes import themes
from setright.sift.settings import Settings

GROUPED, UNSURE, ALONE = (tables.STATES.index(s) for s in ("grouped", "unsure", "alone"))


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def bunches(n_bunches, size, *, d=48, spread=0.6, seed=0):
    """Rows around random centres, and which centre each is of."""
    draw = np.random.default_rng(seed)
    label = np.repeat(np.arange(n_bunches), size)
    centres = unit(draw.normal(size=(n_bunches, d)))
    return unit(centres[label] + spread * unit(draw.normal(size=(len(label), d)))), label


def same(one: Grouping, other: Grouping):
    return all(
        np.array_equal(getattr(one, f), getattr(other, f)) for f in vars(one) if f not in ("curve", "resolution")
    )


def test_group_finds_bunches_without_being_told_how_many():
    vectors, label = bunches(25, 40)

    found = group(vectors, Settings(threads=1))

    assert evaluate(found.problem, label).f1 > 0.98
    assert len(found.theme) == 25


def test_group_numbers_problems_by_submissions_then_first_text():
    vectors, label = bunches(3, 40)
    n_submissions = np.where(label == 2, 5, 1)

    found = group(vectors, Settings(threads=1), n_submissions=n_submissions)

    assert [found.problem[label == bunch][0] for bunch in range(3)] == [1, 2, 0]


def test_group_describes_each_problem_by_its_members():
    vectors, _ = bunches(6, 30)

    found = group(vectors, Settings(threads=1))

    for problem, (centroid, cohesion) in enumerate(zip(found.centroids, found.cohesion, strict=True)):
        members = vectors[found.problem == problem]
        assert centroid == pytest.approx(unit(members.sum(axis=0, keepdims=True))[0], abs=1e-5)
        assert cohesion == pytest.approx((members @ centroid).mean(), abs=1e-5)


def test_group_gives_the_same_for_one_and_two_threads():
    vectors, _ = bunches(20, 60, spread=1.2)

    one, two = (group(vectors, Settings(threads=n)) for n in (1, 2))

    assert same(one, two)


def test_group_gives_the_same_partition_in_any_order():
    vectors, _ = bunches(20, 40, spread=1.2)
    order = np.random.default_rng(3).permutation(len(vectors))

    before, after = group(vectors, Settings(threads=1)), group(vectors[order], Settings(threads=1))

    assert np.array_equal(before.state[order], after.state)
    renamed = np.unique(np.column_stack([before.problem[order], after.problem]), axis=0)
    assert len(renamed) == len(np.unique(before.problem)) == len(np.unique(after.problem))


def test_group_leaves_its_input_as_it_was():
    vectors, _ = bunches(4, 10)
    before = vectors.copy()

    group(vectors, Settings(threads=1))

    assert np.array_equal(vectors, before)


@pytest.mark.parametrize("n", [0, 1])
def test_group_of_next_to_nothing_has_no_problem(n):
    found = group(np.ones((n, 4), dtype=np.float32) / 2, Settings(threads=1))

    assert found.problem.tolist() == [-1] * n
    assert found.state.tolist() == [ALONE] * n
    assert (found.theme.shape, found.centroids.shape) == ((0,), (0, 4))


def test_group_of_equal_vectors_is_one_problem():
    found = group(np.full((7, 4), 0.5, dtype=np.float32), Settings(threads=1))

    assert found.problem.tolist() == [0] * 7
    assert found.theme.tolist() == [0]
    assert found.state.tolist() == [GROUPED] * 7


def test_group_gives_equal_vectors_the_same_fate():
    vectors, _ = bunches(10, 20, spread=1.5)
    doubled = np.concatenate([vectors, vectors])

    found = group(doubled, Settings(threads=1))

    assert np.array_equal(found.problem[:200], found.problem[200:])


def test_group_leaves_a_text_like_no_other_alone():
    vectors, _ = bunches(10, 40, d=64)
    stray = unit(np.random.default_rng(9).normal(size=(12, 64)))

    found = group(np.concatenate([vectors, stray]), Settings(threads=1))

    assert (found.problem[:400] >= 0).mean() > 0.97
    assert (found.problem[400:] < 0).mean() > 0.5


def test_group_keeps_a_rare_problem_of_three_texts():
    vectors, _ = bunches(12, 80, d=64)
    draw = np.random.default_rng(5)
    rare = unit(unit(draw.normal(size=(1, 64))) + 0.3 * unit(draw.normal(size=(3, 64))))

    found = group(np.concatenate([vectors, rare]), Settings(threads=1))

    inside = np.flatnonzero(found.problem == found.problem[-1])
    assert inside.tolist() == [960, 961, 962]


def test_rest_of_a_sample_joins_its_problems():
    vectors, label = bunches(20, 60, d=64)

    whole, part = (group(vectors, Settings(threads=1, sample=n)) for n in (1200, 400))

    assert (whole.n_cut, part.n_cut) == (1200, 400)
    assert [evaluate(found.problem, label).f1 > 0.95 for found in (whole, part)] == [True, True]
    assert (part.problem >= 0).mean() > 0.95


def test_rare_problem_is_found_though_the_sample_holds_none_of_it():
    vectors, _ = bunches(12, 80, d=64)
    draw = np.random.default_rng(3)
    rare = unit(unit(draw.normal(size=(1, 64))) + 0.3 * unit(draw.normal(size=(3, 64))))
    both = np.concatenate([vectors, rare])

    found = group(both, Settings(threads=1, sample=500))

    assert canonical(both)[0][:500].max() < 960
    assert np.flatnonzero(found.problem == found.problem[-1]).tolist() == [960, 961, 962]


def test_texts_like_no_other_stay_alone_beside_a_sample():
    vectors, _ = bunches(10, 40, d=64)
    stray = unit(np.random.default_rng(9).normal(size=(12, 64)))

    found = group(np.concatenate([vectors, stray]), Settings(threads=1, sample=200))

    assert (found.problem[:400] >= 0).mean() > 0.97
    assert (found.problem[400:] < 0).mean() > 0.5


def test_sample_does_not_depend_on_order_or_threads():
    vectors, _ = bunches(15, 40, d=32)
    order = np.random.default_rng(2).permutation(len(vectors))

    one = group(vectors, Settings(threads=1, sample=250))
    other = group(vectors[order], Settings(threads=3, sample=250))

    together = one.problem[order][:, None] == one.problem[order]
    assert np.array_equal(other.state, one.state[order])
    assert np.array_equal(together, other.problem[:, None] == other.problem)


def test_group_granularity_orders_the_number_of_problems():
    vectors, _ = bunches(30, 30, d=16, spread=1.0)

    counts = [len(group(vectors, Settings(threads=1, granularity=g)).theme) for g in ("coarse", "normal", "fine")]

    assert counts == sorted(counts)
    assert counts[0] < counts[2]


def test_group_nests_problems_in_themes():
    draw = np.random.default_rng(1)
    fields = unit(draw.normal(size=(4, 48)))[np.repeat(np.arange(4), 5)]
    centres = unit(fields + 0.7 * unit(draw.normal(size=(20, 48))))
    label = np.repeat(np.arange(20), 40)
    vectors = unit(centres[label] + 0.5 * unit(draw.normal(size=(800, 48))))

    found = group(vectors, Settings(threads=1))

    assert list(dict.fromkeys(found.theme.tolist())) == [0, 1, 2, 3, 4]
    assert evaluate(found.theme[found.problem], label // 5).precision > 0.95


def test_group_tells_the_ledger_what_it_tried():
    vectors, _ = bunches(5, 20)

    told = group(vectors, Settings(threads=1)).described()

    assert sorted(told) == ["n_cut", "n_problems", "n_themes", "pull", "resolution", "resolutions_tried", "usual"]
    octaves = [tried["octave"] for tried in told["resolutions_tried"]]
    assert octaves == [3.5 - 0.5 * step for step in range(12)]


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 40), st.integers(1, 4), st.integers(0, 1000))
def test_group_accounts_for_every_text(n, n_bunches, seed):
    vectors = bunches(n_bunches, n, d=8, seed=seed)[0][:n]

    found = group(vectors, Settings(threads=1))

    assert np.array_equal(found.problem >= 0, found.state == GROUPED)
    assert np.array_equal(np.unique(found.problem[found.problem >= 0]), np.arange(len(found.theme)))
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    sizes = np.bincount(found.problem[found.problem >= 0], minlength=len(found.theme))
    assert all(a >= b for a, b in pairwise(sizes))


def test_neighbours_are_the_nearest_others():
    vectors, _ = bunches(8, 50)
    cosine = vectors @ vectors.T
    np.fill_diagonal(cosine, -2)

    near = neighbours(vectors, 5, threads=2)

    assert np.array_equal(near.index, np.argsort(-cosine, axis=1, kind="stable")[:, :5])
    assert near.similarity == pytest.approx(-np.sort(-cosine, axis=1)[:, :5], abs=1e-5)


def test_neighbours_by_cells_find_most_and_ignore_threads(monkeypatch):
    vectors, _ = bunches(60, 60, spread=1.0)
    vectors = vectors[np.random.default_rng(0).permutation(len(vectors))]
    exact = neighbours(vectors, 10, threads=2)
    monkeypatch.setattr(search, "EXACT_UP_TO", 100)
    monkeypatch.setattr(search, "_PER_CELL", 60)

    one, two = (neighbours(vectors, 10, threads=n) for n in (1, 2))

    assert np.array_equal(one.index, two.index)
    recall = np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(one.index, exact.index, strict=True)])
    assert recall > 0.9


def test_neighbours_of_one_text_are_none():
    assert neighbours(np.ones((1, 4), dtype=np.float32), 15, threads=1).index.shape == (1, 0)


def test_shared_neighbours_weighs_by_common_share():
    # 0, 1, 2 know each other; 3 knows 0 and 1, and nobody knows 3; of two neighbours the nearest counts two, as the
    # text itself does, the other one: five in all
    graph = shared_neighbours(np.array([[1, 2], [0, 2], [0, 1], [0, 1]], dtype=np.int32))

    edges = {tuple(ends): weight for ends, weight in zip(graph.ends.tolist(), graph.weight, strict=True)}
    assert edges == {(0, 1): 5 / 5, (0, 2): 4 / 6, (1, 2): 4 / 6, (0, 3): 3 / 7, (1, 3): 3 / 7}


def test_communities_cut_where_it_is_thin():
    ends = np.array([[0, 1], [0, 2], [1, 2], [3, 4], [3, 5], [4, 5], [2, 3]], dtype=np.int32)
    graph = Graph(ends, np.array([1, 1, 1, 1, 1, 1, 0.2]), np.ones(6))

    found = communities(graph, 0.3, seed=0)

    assert found[:3].tolist() == [found[0]] * 3
    assert found[3:].tolist() == [found[3]] * 3
    assert found[0] != found[3]


def test_contracted_keeps_sizes_and_what_leads_across():
    ends = np.array([[0, 1], [1, 2], [2, 3], [0, 3]], dtype=np.int32)
    graph = Graph(ends, np.array([1.0, 0.25, 1.0, 0.5]), np.ones(4))

    small = contracted(graph, np.array([0, 0, 1, 1], dtype=np.int32))

    assert (small.ends.tolist(), small.weight.tolist(), small.size.tolist()) == ([[0, 1]], [0.75], [2.0, 2.0])


def test_margin_is_highest_for_the_true_groups():
    vectors, label = bunches(12, 30)
    joined, split = (label // 2).astype(np.int32), (label * 2 + np.arange(len(label)) % 2).astype(np.int32)

    margins = [margin(vectors, g) for g in (joined, label.astype(np.int32), split)]

    assert max(margins) == margins[1]


def test_margin_of_one_group_is_nothing():
    assert margin(bunches(1, 10)[0], np.zeros(10, dtype=np.int32)) == 0.0


def tried_with(scores):
    return [Cut(1.0 - 0.5 * at, np.zeros(1, np.int32), 0.0, score) for at, score in enumerate(scores)]


def test_a_cut_into_two_or_three_heaps_is_not_considered():
    """The margin of few groups is large whatever the texts are, so that a table of many problems would be halved."""
    vectors = np.random.default_rng(0).normal(size=(400, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    graph = shared_neighbours(neighbours(vectors, 15, 1).index)
    tried = cuts(vectors, graph, 0)
    assert min(len(np.unique(cut.group)) for cut in tried) >= 5
    few = cuts(vectors[:30], shared_neighbours(neighbours(vectors[:30], 5, 1).index), 0)
    assert min(len(np.unique(cut.group)) for cut in few) >= 3


def test_chosen_is_the_peak_of_the_scores_and_a_lean():
    even, leaning = (chosen(tried_with(scores)) for scores in ([0, 2, 3, 2, 0], [0, 2.5, 3, 0.5, 0]))

    # the parabola through (.5, 2.5), (0, 3), (-.5, .5) peaks at 1/6
    assert leaning - even == pytest.approx(1 / 6)


def test_chosen_at_an_end_of_what_was_tried_stays_there():
    finest, coarsest, flat = (chosen(tried_with(scores)) for scores in ([3, 2, 1], [1, 2, 3], [1, 1, 1]))

    assert (finest - coarsest, flat) == (1.0, coarsest)


def test_remoteness_counts_robust_deviations_below_the_median():
    similarity = np.repeat(np.array([0.9, 0.8, 0.7, 0.6, 0.1], dtype=np.float32)[:, None], 2, axis=1)

    near = Neighbours(np.zeros((5, 2), dtype=np.int32), similarity)
    far = Usual.of(near).remoteness(near)

    assert far == pytest.approx([-0.2 / 0.14826, -0.1 / 0.14826, 0, 0.1 / 0.14826, 0.6 / 0.14826], rel=1e-4)


def test_islands_are_sets_near_to_each_other_and_far_from_the_rest():
    index = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]], dtype=np.int32)
    similarity = np.array([[0.9, 0.9, 0.1]] * 3 + [[0.1, 0.1, 0.1]], dtype=np.float32)

    assert islands(Neighbours(index, similarity)).tolist() == [0, 0, 0, -1]
    assert islands(Neighbours(index, np.full((4, 3), 0.9, dtype=np.float32))).tolist() == [-1] * 4


def test_canonical_order_depends_on_the_rows_alone():
    vectors, _ = bunches(5, 20)
    vectors[7] = vectors[3]
    order = np.random.default_rng(0).permutation(100)

    first, place = canonical(vectors)
    again, _ = canonical(vectors[order])

    assert np.array_equal(vectors[first], vectors[order][again])
    assert np.array_equal(vectors[first][place], vectors)
    assert len(first) == 99


def test_reduced_keeps_cosines_of_rows_that_span_few_dimensions():
    draw = np.random.default_rng(0)
    vectors = unit(draw.normal(size=(200, 6)) @ draw.normal(size=(6, 40)))

    few = reduced(vectors, np.arange(200), 6)

    assert few.shape == (200, 6)
    assert few @ few.T == pytest.approx(vectors @ vectors.T, abs=1e-4)


def test_themes_join_the_nearest_and_small_problems_follow():
    centroids = unit(np.array([[1, 0, 0.1], [1, 0.1, 0], [0, 1, 0.1], [0.1, 1, 0], [0, 1, 0.3]]))

    found = themes(centroids, np.array([40, 40, 40, 40, 3]))

    assert found.tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(("n_problems", "n_themes"), [(1, 1), (2, 2), (4, 2), (8, 4), (10, 5), (24, 5), (36, 6)])
def test_themes_are_the_root_of_the_problems_or_five(n_problems, n_themes):
    centroids = unit(np.random.default_rng(0).normal(size=(n_problems, 48)))

    found = themes(centroids, np.full(n_problems, 40))

    assert len(set(found.tolist())) == n_themes


def test_themes_of_no_problem_are_none():
    assert themes(np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=np.int64)).shape == (0,)
