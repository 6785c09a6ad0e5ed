import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setright.sift.evaluate import Scores, evaluate


def test_evaluate_perfect_groups_score_one():
    scores = evaluate([5, 5, 2, 2, 2], ["a", "a", "b", "b", "b"])

    assert scores == Scores(5, 2, 2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)


def test_evaluate_matches_figures_worked_by_hand():
    # groups {a a b} and {b b}: precision (2·2/3 + 1/3 + 2·1) / 5, recall (2·1 + 1/3 + 2·2/3) / 5
    scores = evaluate([0, 0, 0, 1, 1], ["a", "a", "b", "b", "b"])

    assert scores.precision == pytest.approx(11 / 15)
    assert scores.recall == pytest.approx(11 / 15)
    assert scores.f1 == pytest.approx(11 / 15)
    # pairs: 2 of 10 in both, 4 in each: (2 - 1.6) / (4 - 1.6)
    assert scores.ari == pytest.approx(1 / 6)
    assert scores.accuracy == pytest.approx(4 / 5)
    entropy = -(0.4 * np.log(0.4) + 0.6 * np.log(0.6))
    joint = -(0.8 * np.log(0.4) + 0.2 * np.log(0.2))
    assert scores.nmi == pytest.approx((2 * entropy - joint) / entropy)


def test_evaluate_counts_a_row_in_no_group_as_its_own():
    scores = evaluate([0, 0, -1, -1], ["a", "a", "a", "a"])

    assert (scores.n_groups, scores.unassigned) == (1, 0.5)
    assert scores.precision == 1.0
    assert scores.recall == pytest.approx((2 * 2 / 4 + 2 * 1 / 4) / 4)
    assert scores.accuracy == 0.5


def test_evaluate_all_in_one_has_no_skill():
    scores = evaluate([0, 0, 0, 0], ["a", "a", "b", "b"])

    assert (scores.recall, scores.precision, scores.ari, scores.nmi) == (1.0, 0.5, 0.0, 0.0)


def test_evaluate_of_nothing_is_zero():
    assert evaluate([], []) == Scores(0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_evaluate_of_one_row_is_perfect():
    assert evaluate([-1], ["a"]) == Scores(1, 0, 1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


def test_evaluate_refuses_lengths_that_differ():
    with pytest.raises(ValueError, match=r"^2 groups but 1 labels: give one of each per row$"):
        evaluate([0, 1], ["a"])


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 4)), min_size=1, max_size=40), st.randoms())
def test_evaluate_does_not_depend_on_order_or_names(rows, draw):
    shuffled = draw.sample(rows, len(rows))
    renamed = [(g if g < 0 else 9 - g, 7 - x) for g, x in shuffled]

    before, after = (evaluate(*map(list, zip(*r, strict=True))) for r in (rows, renamed))

    assert list(vars(after).values()) == pytest.approx(list(vars(before).values()))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40))
def test_evaluate_swapping_sides_swaps_precision_and_recall(rows):
    group, label = map(list, zip(*rows, strict=True))

    one, other = evaluate(group, label), evaluate(label, group)

    assert (one.precision, one.recall) == pytest.approx((other.recall, other.precision))
    assert (one.ari, one.nmi, one.accuracy) == pytest.approx((other.ari, other.nmi, other.accuracy))
