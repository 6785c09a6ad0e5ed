"""A register that lives: new rows join yesterday's problems or found new ones, and what was decided stays."""

from __future__ import annotations

from importlib import resources
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setright.sift import Result, Settings, State, sift
from setright.sift.errors import SettingsError
from setright.sift.grouping.doubt import Usual
from setright.sift.join import Earlier, join
from tests.sift.test_pipeline import SAID, table

LSA = Settings(encoder="lsa")
CATS = [
    "stray cats tear the bin bags open",
    "cats rip open our bin bags at night",
    "the bin bags are torn by stray cats",
    "stray cats at the bin bags again",
    "torn bin bags because of stray cats",
]


@pytest.fixture(scope="module")
def said():
    """The bundled Chinese opinions, in an order of no meaning."""
    source = resources.files("setright.cli").joinpath("examples/zh.csv")
    with source.open("rb") as file:
        texts = pa_csv.read_csv(file)["text"].to_pylist()
    return [texts[i] for i in np.random.default_rng(5).permutation(len(texts))]


@pytest.fixture(scope="module")
def first(said):
    return sift(table(said[: len(said) * 9 // 10]), LSA)


@pytest.fixture(scope="module")
def both(said, first):
    return sift(table(said[len(said) * 9 // 10 :]), LSA, base=first.state)


def lines(result, upto=None):
    """Every point by row: where it stands and in which problem."""
    told = result.assignments.select(["row", "id", "point", "start", "end", "state", "problem"]).to_pylist()
    return [line for line in told if upto is None or line["row"] < upto]


def test_all_rows_old_and_new_are_accounted_for(said, both):
    ledger = both.ledger
    assert (ledger["n_rows"], sum(ledger["rows_by_state"].values())) == (len(said), len(said))
    assert sorted(set(both.assignments["row"].to_pylist())) == list(range(len(said)))


def test_every_earlier_problem_keeps_its_id_and_title(first, both):
    before = dict(zip(first.problems["problem"].to_pylist(), first.problems["title"].to_pylist(), strict=True))
    after = dict(zip(both.problems["problem"].to_pylist(), both.problems["title"].to_pylist(), strict=True))
    assert {key: after.get(key) for key in before} == before


def test_what_was_grouped_stays_where_it_was(first, both):
    n = first.ledger["n_rows"]
    moved = [(old, new) for old, new in zip(lines(first), lines(both, n), strict=True) if old != new]
    assert all(old["problem"] is None and old["state"] in ("alone", "unsure") for old, _new in moved)


def test_hidden_texts_mostly_come_back_to_their_problem(said):
    """Of bundled opinions, whose problems hold five texts, two thirds; of large sets nearly all (`join.K`)."""
    whole = sift(table(said), LSA).state
    first = whole.families.num_rows
    hidden = np.random.default_rng(0).choice(first, first // 10, replace=False)
    ids = whole.problems["problem"].to_pylist()
    problem = np.array([ids.index(p) if p else -1 for p in whole.texts["problem"].to_pylist()], np.int32)
    problem = problem[whole.families["text"].to_numpy()]
    vectors = whole.families["vector"].combine_chunks().flatten().to_numpy().reshape(first, -1).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stays = np.setdiff1d(np.arange(first), hidden)
    state = np.zeros(len(stays), np.int8)
    usual, pull = Usual(**whole.settings["usual"]), whole.settings["pull"]
    known = Earlier(vectors[stays], problem[stays], state, np.ones(len(stays), np.float32), usual, pull)

    found = join(known, vectors[hidden], np.zeros(first, np.bool_)).problem[len(stays) :]

    asked = (problem[hidden] >= 0) & np.isin(problem[hidden], problem[stays]) & (found >= 0)
    assert (asked.sum() > 30, np.mean(found[asked] == problem[hidden][asked]) > 0.5) == (True, True)


def test_new_text_that_was_said_before_meets_the_fate_of_the_old(first):
    n = first.ledger["n_rows"]
    told = [line for line in lines(first) if line["point"] == 0 and line["problem"]][:40]
    texts = first.state.rows["text"].take([line["row"] for line in told]).to_pylist()
    again = sift(table(texts), LSA, base=first.state)
    found = {line["row"] - n: line["problem"] for line in lines(again) if line["row"] >= n and line["point"] == 0}
    assert [found[i] for i in range(len(told))] == [line["problem"] for line in told]


def test_new_matter_founds_a_new_problem_and_the_rest_is_listed_as_grown():
    first = sift(table(SAID), LSA)
    again = sift(table([*CATS, SAID[0], SAID[0]]), LSA, base=first.state)
    problems = [line["problem"] for line in lines(again) if line["row"] >= len(SAID)]
    lift = lines(first)[0]["problem"]
    assert problems[len(CATS) :] == [lift, lift]
    assert set(problems[: len(CATS)]).isdisjoint(first.problems["problem"].to_pylist())
    changes = {line["change"]: line for line in again.changes.to_pylist()}
    assert (changes["new"]["n_before"], changes["new"]["n_after"] >= 3) == (None, True)
    assert changes["grown"] == {"problem": lift, "change": "grown", "n_before": 6, "n_after": 8, "with": []}


def test_first_run_has_no_changes(first):
    assert first.changes.num_rows == 0


def test_nothing_new_changes_nothing(first):
    again = sift(table([]), LSA, base=first.state)
    shown = [name for name in first.problems.column_names if name != "cohesion"]  # vectors are kept in half precision
    assert again.problems.select(shown).equals(first.problems.select(shown))
    assert again.assignments.equals(first.assignments)
    assert again.changes.num_rows == 0


def test_people_are_counted_once_over_both_runs():
    who = pa.array([f"person {i}" for i in range(len(SAID))], pa.large_string())
    first = sift(table(SAID, person=who), LSA)
    again = sift(table(SAID[:3], person=who[:3]), LSA, base=first.state)
    lift = lines(first)[0]["problem"]
    (found,) = again.problems.filter(pc.equal(again.problems["problem"], lift)).to_pylist()
    assert (found["n_submissions"], found["n_people"]) == (9, 6)
    assert b"person 1" not in again.state.to_bytes()


def test_continuing_from_bytes_on_other_threads_gives_the_same(said, first, both):
    kept = State.from_bytes(first.state.to_bytes())
    again = sift(table(said[len(said) * 9 // 10 :]), Settings(encoder="lsa", threads=2), base=kept)
    assert again.problems.equals(both.problems)
    assert again.assignments.equals(both.assignments)
    assert Result.from_bytes(again.to_bytes()).changes.equals(both.changes)


def test_row_numbers_go_on_and_ids_of_the_user_stay():
    first = sift(table(SAID, id=pa.array([f"r{i}" for i in range(len(SAID))], pa.large_string())), LSA)
    again = sift(table(CATS), LSA, base=first.state)
    ids = again.state.rows["id"].to_pylist()
    assert (ids[:2], ids[len(SAID) :]) == (["r0", "r1"], [str(len(SAID) + i) for i in range(len(CATS))])


def test_other_encoder_is_refused_in_one_sentence(first):
    with pytest.raises(SettingsError, match="encoder 'lsa', not 'use'"):
        sift(table(CATS), Settings(encoder="use"), base=first.state)


def test_base_without_a_word_is_as_good_as_none():
    empty = sift(table(["", None]), LSA)
    again = sift(table(SAID), LSA, base=empty.state)
    alone = sift(table(SAID), LSA)
    assert (again.ledger["n_rows"], again.problems["title"].to_pylist()) == (
        len(SAID) + 2,
        alone.problems["title"].to_pylist(),
    )


def test_what_is_forgotten_is_nowhere_and_the_rest_goes_on():
    canary = "the quux lift in our block is broken"
    first = sift(table([*SAID, canary, "quux"]), LSA)
    less = State.from_bytes(first.state.forget([str(len(SAID)), str(len(SAID) + 1)]).to_bytes())
    again = sift(table(CATS), LSA, base=less)
    shown = str([t.to_pylist() for t in (again.problems, again.state.rows, again.state.texts, again.state.problems)])
    assert "quux" not in shown
    assert again.ledger["n_rows"] == len(SAID) + len(CATS)
    assert {line["problem"] for line in lines(again, len(SAID))} >= {
        line["problem"] for line in lines(first, len(SAID)) if line["problem"]
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cut=st.lists(st.integers(0, len(SAID) + len(CATS)), min_size=1, max_size=3), seed=st.integers(0, 5))
def test_any_cutting_into_instalments_accounts_for_every_row(cut, seed):
    texts = [[*SAID, *CATS][i] for i in np.random.default_rng(seed).permutation(len(SAID) + len(CATS))]
    bounds = [0, *sorted(cut), len(texts)]
    state, ids = None, set()
    for begin, end in pairwise(bounds):
        result = sift(table(texts[begin:end]), LSA, base=state)
        assert ids <= set(result.problems["problem"].to_pylist())
        state, ids = result.state, set(result.problems["problem"].to_pylist())
    assert result.ledger["n_rows"] == len(texts)
    fate = {}
    for line in lines(result):
        fate.setdefault(texts[line["row"]], set()).add(line["problem"])
    assert {text: len(each) for text, each in fate.items()} == dict.fromkeys(fate, 1)
