"""What an audit draws, and whether what it tells is so."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setright.sift.audit import draw, estimate
from setright.sift.audits.frame import REACH, STRATA, frame
from setright.sift.audits.interval import FEWEST, Counts, design_effect, likely, share
from setright.sift.audits.sample import _shared_out, as_values, draw_from, from_values
from setright.sift.result import STATE_POINTS, State
from setright.sift.tables import ASSIGNMENTS

N_PROBLEMS, N_SAYING = 8, 60
MISPLACED, LOOSE = 0.25, 0.1


def register(*, n_problems=N_PROBLEMS, n_saying=N_SAYING, seed=0, copies=1):
    """A register whose truth is known: what each point says, and the problem it was put into (or none)."""
    rng = np.random.default_rng(seed)
    says = np.repeat(np.arange(n_problems), n_saying)
    centres = rng.normal(size=(n_problems, 24))
    vectors = centres[says] + 2.2 * rng.normal(size=(len(says), 24))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    own = np.where(rng.random(len(says)) < MISPLACED, (says + 1) % n_problems, says)
    own = np.where(rng.random(len(says)) < LOOSE, -1, own)
    n = len(says) * copies
    point = np.repeat(np.arange(len(says)), copies)
    lines, state = _tables(n, point, own, vectors, n_problems)
    return lines, state, says[point], own[point]


def _tables(n, point, own, vectors, n_problems):
    names = [f"P-{i:03d}" for i in range(n_problems)]
    empty = {f.name: pa.table({}) for f in fields(State) if f.name not in ("settings", "space", "edits")}
    named = pa.array([names[p] if p >= 0 else None for p in own[point]], pa.string())
    confidence = pa.array(np.where(own[point] >= 0, 0.5 + own[point] / 100, np.nan), pa.float32(), from_pandas=True)
    values = {
        "row": pa.array(range(n), pa.int64()),
        "id": pa.array([str(i) for i in range(n)], pa.large_string()),
        "state": pa.array(["grouped" if p >= 0 else "alone" for p in own[point]]),
        "problem": named,
        "confidence": confidence,
    }
    lines = pa.table([values.get(f.name, pa.nulls(n, f.type)) for f in ASSIGNMENTS], schema=ASSIGNMENTS)
    told = {"row": values["row"], "id": values["id"], "text": pa.array(point, pa.int32())}
    points = pa.table([told.get(f.name, pa.nulls(n, f.type)) for f in STATE_POINTS], schema=STATE_POINTS)
    half = pa.array(vectors.astype(np.float16).reshape(-1))
    state = replace(
        State(**empty, settings={}, edits=[], space=b""),
        points=points,
        texts=pa.table({"family": pa.array(range(len(vectors)), pa.int32())}),
        families=pa.table({"vector": pa.FixedSizeListArray.from_arrays(half, vectors.shape[1])}),
        problems=pa.table({"problem": names}),
    )
    return lines, state


def judged(sample, says):
    """The answers of somebody who is never wrong."""
    return dict(zip(sample.question.tolist(), (says[sample.line] == sample.problem).tolist(), strict=True))


def truth(listed, says):
    """Pairs, and pairs that say yes, by stratum and problem."""
    sizes, yes = np.zeros((2, len(STRATA), N_PROBLEMS))
    for stratum in range(len(STRATA)):
        point, problem = listed.pairs(stratum)
        np.add.at(sizes[stratum], problem, 1)
        np.add.at(yes[stratum], problem, says[listed.line[point]] == problem)
    return sizes, yes


@pytest.fixture(scope="module")
def world():
    return register()


# -------------------------------------------------------------------------------------------------------------- frame


def test_frame_lists_each_point_with_its_own_problem_and_the_nearest_others(world):
    lines, state, _, own = world
    listed = frame(lines, state)
    assert np.array_equal(listed.own, own)
    assert listed.near.shape == (len(own), REACH)
    assert not (listed.near == listed.own[:, None]).any()
    assert all(len(set(row)) == REACH for row in listed.near.tolist())


def test_frame_finds_the_missed_points_near_the_problem_they_say(world):
    lines, state, says, own = world
    listed = frame(lines, state)
    missed = np.flatnonzero(own != says)
    assert (listed.near[missed, 0] == says[missed]).mean() > 0.6
    assert (listed.near[missed] == says[missed, None]).any(axis=1).mean() > 0.95


def test_frame_asks_of_loose_points_only_what_is_near():
    lines, state, _, own = register(seed=1)
    listed = frame(lines, state)
    members, _ = listed.pairs(0)
    near, _ = listed.pairs(1)
    assert np.array_equal(members, np.flatnonzero(own >= 0))
    assert np.array_equal(near, np.arange(len(own)))


def test_frame_of_few_problems_has_fewer_near_ones():
    lines, state, _, own = register(n_problems=2, n_saying=20)
    listed = frame(lines, state)
    assert np.array_equal((listed.near >= 0).sum(axis=1), np.where(own >= 0, 1, 2))


def test_frame_refuses_the_state_of_another_run(world):
    lines, state, _, _ = world
    with pytest.raises(ValueError, match="another run"):
        frame(lines.slice(1), state)


def test_frame_leaves_out_lines_without_a_point(world):
    lines, state, _, own = world
    text = pa.array([None, *range(1, len(own))], pa.int32())
    without = replace(state, points=state.points.set_column(5, "text", text))
    assert frame(lines, without).line.tolist() == list(range(1, len(own)))


# ------------------------------------------------------------------------------------------------------------- drawing


def test_draw_is_the_same_for_the_same_seed_and_another_for_another(world):
    lines, state, _, _ = world
    first, again, other = (as_values(draw(lines, state, 60, seed=seed)) for seed in (3, 3, 4))
    assert first == again
    assert first["draws"] != other["draws"]


def test_draw_asks_half_about_members_and_draws_no_pair_twice(world):
    lines, state, _, own = world
    sample = draw(lines, state, 101)
    pairs = list(zip(sample.line.tolist(), sample.problem.tolist(), strict=True))
    assert (len(pairs), len(set(pairs))) == (101, 101)
    is_member = own[sample.line] == sample.problem
    assert np.array_equal(is_member, sample.stratum == 0)
    assert is_member.sum() in (50, 51)


def test_draw_gives_every_problem_its_share_of_the_members(world):
    lines, state, _, _ = world
    sample = draw(lines, state, 160, seed=2)
    drawn = np.bincount(sample.problem[sample.stratum == 0], minlength=N_PROBLEMS)
    exact = sample.sizes[0] * (drawn.sum() / sample.sizes[0].sum())
    assert (np.abs(drawn - exact) < 1).all()


def test_draw_gives_every_pair_of_a_stratum_the_chance_it_says():
    lines, state, _, own = register(n_problems=3, n_saying=8)
    listed, words = frame(lines, state), np.arange(len(own))
    counts = np.zeros((len(own), 3))
    for seed in range(2_000):
        sample = draw_from(listed, ("a", "b", "c"), words, 12, seed)
        counts[sample.line, sample.problem] += 1 / sample.probability()
    drawn = counts[counts > 0] / 2_000  # each should be 1, give or take 4 standard errors
    sample = draw_from(listed, ("a", "b", "c"), words, 12, 0)
    least = sample.probability().min()
    assert len(drawn) == sample.sizes.sum()
    assert np.abs(drawn - 1).max() < 4 * np.sqrt((1 / least - 1) / 2_000)


def test_draw_of_more_than_there_is_takes_everything(world):
    lines, state, _, _ = world
    sample = draw(lines, state, 1_000_000)
    assert len(sample.line) == sample.sizes.sum()
    assert set(sample.probability().tolist()) == {1.0}


def test_draw_asks_the_same_words_about_the_same_problem_once():
    lines, state, _, _ = register(n_problems=2, n_saying=5, copies=20)
    sample = draw(lines, state, 100)
    told = {(int(line) // 20, int(p)) for line, p in zip(sample.line, sample.problem, strict=True)}
    assert (len(sample.line), sample.n_questions) == (100, len(told))
    assert sorted(set(sample.question.tolist())) == list(range(sample.n_questions))


def test_questions_stand_in_an_order_that_tells_nothing(world):
    lines, state, _, _ = world
    sample = draw(lines, state, 200)
    asked = np.empty(sample.n_questions, dtype=int)
    asked[sample.question] = sample.stratum == 0
    runs = 1 + np.count_nonzero(np.diff(asked))
    n, k = len(asked), asked.sum()
    expected = 1 + 2 * k * (n - k) / n
    assert abs(runs - expected) < 4 * (expected - 1) / np.sqrt(n)


def test_draw_of_nothing_is_refused(world):
    with pytest.raises(ValueError, match="n must be 1 or more"):
        draw(world[0], world[1], 0)


def test_draw_from_a_register_without_problems_is_empty():
    lines, state, _, _ = register(n_problems=1, n_saying=4)
    bare = replace(state, problems=state.problems.slice(0, 0))
    lines = lines.set_column(8, "problem", pa.nulls(4, pa.string()))
    assert len(draw(lines, bare, 10).line) == 0


@given(st.lists(st.integers(0, 10_000), min_size=4, max_size=4), st.integers(1, 30_000))
def test_shares_of_the_strata_use_up_what_is_to_be_drawn(sizes, n):
    given_ = _shared_out(np.array(sizes), n)
    assert sum(given_) == min(n, sum(sizes))
    assert all(0 <= g <= size for g, size in zip(given_, sizes, strict=True))


def test_sample_comes_back_from_plain_values(world):
    sample = draw(world[0], world[1], 40)
    again = from_values(as_values(sample))
    assert as_values(again) == as_values(sample)
    assert all(np.array_equal(getattr(again, f.name), getattr(sample, f.name)) for f in fields(sample))


# ---------------------------------------------------------------------------------------------------------- estimating


def test_estimate_from_all_pairs_is_the_truth_itself(world):
    lines, state, says, _ = world
    sample = draw(lines, state, 1_000_000)
    _, yes = truth(frame(lines, state), says)
    told = estimate(sample, judged(sample, says), [60] * N_PROBLEMS)
    right = yes[0].sum() / sample.sizes[0].sum()
    assert (told.precision.value, told.precision.low, told.precision.high) == (right, right, right)
    assert told.recall.low == pytest.approx(yes[0].sum() / yes.sum()) == told.recall.high
    first = told.problems[0]
    said = 60 * yes[:, 0].sum() / sample.sizes[0, 0]
    assert (first.n_low, first.n_high) == (np.floor(said + 1e-9), np.ceil(said - 1e-9))


def test_estimates_hold_the_truth_as_often_as_they_say(world):
    lines, state, says, _ = world
    listed, words = frame(lines, state), np.arange(len(says))
    sizes, yes = truth(listed, says)
    right = {"precision": yes[0].sum() / sizes[0].sum(), "recall": yes[0].sum() / yes.sum()}
    held, errors = dict.fromkeys(right, 0), {name: [] for name in right}
    for seed in range(300):
        sample = draw_from(listed, tuple(state.problems["problem"].to_pylist()), words, 120, seed)
        told = estimate(sample, judged(sample, says), [60] * N_PROBLEMS)
        for name, value in right.items():
            found = getattr(told, name)
            held[name] += found.low <= value <= found.high
            errors[name].append(found.value - value)
    assert {name: 0.92 <= n / 300 <= 0.99 for name, n in held.items()} == dict.fromkeys(right, True)
    assert abs(np.mean(errors["precision"])) < 4 * np.std(errors["precision"]) / np.sqrt(300)
    assert abs(np.mean(errors["recall"])) < 0.03


def test_estimates_of_single_problems_hold_too(world):
    lines, state, says, _ = world
    listed, words = frame(lines, state), np.arange(len(says))
    sizes, yes = truth(listed, says)
    held = np.zeros(3)
    n = np.zeros(3)
    for seed in range(40):
        sample = draw_from(listed, tuple(state.problems["problem"].to_pylist()), words, 400, seed)
        for p, each in enumerate(estimate(sample, judged(sample, says), [1_000] * N_PROBLEMS).problems):
            said = 1_000 * yes[:, p].sum() / sizes[0, p]
            precision, recall = yes[0, p] / sizes[0, p], yes[0, p] / yes[:, p].sum()
            held += [
                each.precision.low <= precision <= each.precision.high,
                each.recall.low <= recall <= each.recall.high,
                each.n_low <= said <= each.n_high,
            ]
            n += 1
    assert (held / n >= 0.93).tolist() == [True, True, True]


def test_under_ten_answers_nothing_is_told(world):
    lines, state, says, _ = world
    sample = draw(lines, state, 200)
    answers = judged(sample, says)
    members = sample.question[sample.stratum == 0].tolist()
    few = {q: answers[q] for q in answers if q not in members[FEWEST - 1 :]}
    told = estimate(sample, few, [60] * N_PROBLEMS)
    assert (told.precision, told.recall) == (None, None)
    assert {(p.precision, p.recall, p.n_low, p.n_high) for p in told.problems} == {(None, None, None, None)}
    enough = estimate(sample, few | {q: answers[q] for q in members[:FEWEST]}, [60] * N_PROBLEMS)
    assert enough.precision.n == FEWEST


def test_unsure_and_blank_answers_are_counted_and_left_out(world):
    lines, state, says, _ = world
    sample = draw(lines, state, 200)
    answers = judged(sample, says)
    asked = sorted(answers)
    partial = {q: answers[q] for q in asked[20:]} | dict.fromkeys(asked[20:50], None)
    told = estimate(sample, partial, [60] * N_PROBLEMS)
    assert (told.n_blank, told.n_unsure, told.n_yes + told.n_no) == (20, 30, 150)
    assert told.recall.n == 150


def test_problems_that_no_draw_fell_on_are_not_told_of(world):
    lines, state, says, _ = world
    sample = draw(lines, state, 3)
    told = estimate(sample, judged(sample, says), [60] * N_PROBLEMS)
    assert {p.problem for p in told.problems} == {sample.problems[p] for p in sample.problem}


# ----------------------------------------------------------------------------------------------------------- intervals


JEFFREYS = np.array([[0.5, 0.5]])


def told_of(n_yes, n, n_all=10**9, effect=1.0):
    counts = Counts(np.array([n_yes]), np.array([n]), np.array([n_all]))
    return share(n_yes, n, likely(counts, JEFFREYS, np.array([effect]))[0])


def test_share_of_many_is_jeffreys_interval():
    """Against the published table: 3 of 10 is .093 to .606 (Brown, Cai and DasGupta 2001, table 5)."""
    found = told_of(3, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.093, 0.606), abs=0.01)


def test_share_reaches_its_ends_only_without_exception():
    none, every, most = told_of(0, 20), told_of(20, 20), told_of(19, 20)
    assert (none.low, every.high, most.high < 1) == (0.0, 1.0, True)
    assert 0 < none.high < 0.2


def test_share_narrows_as_more_of_all_is_judged_and_holds_no_less_than_was_found():
    found = [told_of(12, 24, n_all) for n_all in (10**9, 60, 30, 25, 24)]
    widths = [each.high - each.low for each in found]
    assert widths == sorted(widths, reverse=True)
    assert (found[-1].low, found[-1].high) == (0.5, 0.5)
    assert (found[2].low >= 12 / 30, found[2].high <= 18 / 30) == (True, True)


def test_share_widens_with_the_design_effect():
    narrow, plain, wide = (told_of(30, 100, effect=e) for e in (0.5, 1.0, 1.5))
    assert narrow.high - narrow.low < plain.high - plain.low < wide.high - wide.low


def test_design_effect_is_small_where_neighbours_are_alike_and_none_where_not():
    rng = np.random.default_rng(0)
    sorted_ = np.arange(100) < 50
    assert design_effect(sorted_) == 0.5
    mixed = [design_effect(rng.permutation(sorted_)) for _ in range(200)]
    assert np.mean(mixed) == pytest.approx(1, abs=0.05)
    assert design_effect(np.ones(100, dtype=bool)) == 1.0
