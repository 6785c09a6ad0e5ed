"""Which pairs are worth asking about, and what the answers make."""

from importlib import resources

import pyarrow.csv as pa_csv
import pytest

from setright.sift import Settings, sift
from setright.sift.ask import questions
from setright.sift.edits.line import parsed
from setright.sift.edits.make import line
from tests.sift.test_pipeline import SAID, table

LSA = Settings(encoder="lsa")
BY = {"author": "An office", "at": "2026-03-01", "reason": "asked"}


@pytest.fixture(scope="module")
def first():
    with resources.files("setright.cli").joinpath("examples/zh.csv").open("rb") as file:
        return sift(pa_csv.read_csv(file).select(["text"]), LSA)


@pytest.fixture(scope="module")
def place(first):
    """The problem of each opinion, by its address."""
    lines = first.assignments.to_pylist()
    return {(each["id"], each["start"], each["end"]): each["problem"] for each in lines}


def edits(asked, state, *, is_same):
    made = [each.taught(state, is_same=is_same) for each in asked]
    return [line(each.pop("op"), **BY, **each) for each in made]


def test_a_pair_for_a_merge_stands_in_the_two_problems_it_names(first, place):
    asked = questions(first.state, 20)
    assert len(asked) == 20
    for each in asked:
        assert tuple(place[tuple(spot)] for spot in each.spots) == each.problems
        assert len(set(each.problems)) == 2
    assert len({each.problems for each in asked}) == 20


def test_a_pair_for_a_split_stands_in_one_problem_and_part_of_it_is_named(first, place):
    for each in questions(first.state, 10, ("split",)):
        assert {place[tuple(spot)] for spot in (*each.spots, *each.part)} == set(each.problems)
        n = sum(problem == each.problems[0] for problem in place.values())
        assert 0 < len(each.part) < n
        assert each.spots[1] in each.part


def test_both_kinds_come_in_turn_and_what_was_asked_is_not_asked_again(first):
    both = questions(first.state, 6, ("merge", "split"))
    assert [each.kind for each in both] == ["merge", "split"] * 3
    asked = [each.problems[::-1] for each in both]
    again = questions(first.state, 6, ("merge", "split"), asked)
    assert {each.problems for each in again}.isdisjoint({each.problems for each in both})


def test_near_problems_are_asked_about_before_far_ones(first):
    found = questions(first.state, 10_000)
    assert questions(first.state, 5) == found[:5]
    ids = first.problems["problem"].to_pylist()
    rank = {problem: at for at, problem in enumerate(first.map["problem"].to_pylist())}
    spots = list(zip(first.map["x"].to_pylist(), first.map["y"].to_pylist(), strict=True))

    def apart(pair):
        (a, b), (c, d) = (spots[rank[problem]] for problem in pair)
        return (a - c) ** 2 + (b - d) ** 2

    near = [apart(each.problems) for each in found[:10]]
    usual = [apart((one, other)) for one in ids[::3] for other in ids[1::3]]
    assert sorted(near)[5] < sorted(usual)[len(usual) // 2]


def test_every_answer_is_an_edit_that_applies(first):
    asked = questions(first.state, 8, ("merge", "split"))
    for is_same in (True, False):
        made = edits(asked, first.state, is_same=is_same)
        parsed(made)
        after = sift(table([]), LSA, base=first.state, edits=made)
        assert [each["applied"] for each in after.ledger["edits"]] == [True] * 8
        assert {each["op"] for each in after.ledger["edits"]} == ({"merge", "pin"} if is_same else {"apart", "split"})


def test_a_register_of_one_problem_has_no_pair():
    state = sift(table([SAID[0]] * 3), LSA).state
    assert questions(state, 5, ("merge", "split")) == []


def test_problems_that_a_person_told_apart_are_reported_where_the_grouping_made_them_one(first):
    one = questions(first.state, 1)[0]
    apart, merged = (edits([one], first.state, is_same=same)[0] for same in (False, True))
    after = sift(table([]), LSA, base=first.state, edits=[merged, apart])
    assert [each["applied"] for each in after.ledger["edits"]] == [True, False]
    assert "one problem here" in after.ledger["edits"][1]["told"]
