"""People's decisions: replayed in every run, each applied or explained, and what they placed stays there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift import Settings, State, sift
from setright.sift.edit import Past, Said, replay
from setright.sift.edits.ground import Ground
from setright.sift.edits.line import canonical, parsed
from setright.sift.edits.make import N_ANCHORS, line, naming, saying
from setright.sift.errors import EditError, SettingsError, StateError
from setright.sift.settle import Families, Standing
from setright.sift.tables import CHANGE
from tests.sift.test_pipeline import SAID, fates, table

LSA = Settings(encoder="lsa")
BY = {"author": "An office", "at": "2026-03-01T09:30:00+08:00", "reason": "we read them"}


def edit(op, **what):
    return line(op, **BY, **what)


@pytest.fixture(scope="module")
def said():
    source = resources.files("setright.cli").joinpath("examples/zh.csv")
    with source.open("rb") as file:
        return pa_csv.read_csv(file)["text"].to_pylist()


@pytest.fixture(scope="module")
def first(said):
    return sift(table(said), LSA)


@pytest.fixture(scope="module")
def small():
    return sift(table(SAID), LSA)


def members(result):
    """The rows of each problem."""
    found = defaultdict(set)
    for each in result.assignments.select(["row", "problem"]).to_pylist():
        if each["problem"] is not None:
            found[each["problem"]].add(each["row"])
    return dict(found)


def problem_of(result, row):
    return next(each["problem"] for each in result.assignments.to_pylist() if each["row"] == row)


def spot(result, row):
    each = next(each for each in result.assignments.to_pylist() if each["row"] == row)
    return [each["id"], each["start"], each["end"]]


def told(result, problem, column):
    ids = result.problems["problem"].to_pylist()
    return result.problems[column].to_pylist()[ids.index(problem)]


def again(texts, edits, **how):
    return sift(table(texts), replace(LSA, **how), edits=edits)


# ------------------------------------------------------------------------------------------------------- what each does


def test_problems_merge_into_the_first_named(small):
    lift, bus = problem_of(small, 0), problem_of(small, 6)
    both = members(small)[lift] | members(small)[bus]
    after = again(SAID, [edit("merge", problems=[naming(small.state, lift), naming(small.state, bus)])])
    assert members(after)[lift] == both
    assert bus not in members(after)
    assert after.ledger["edits"] == [{"edit": 1, "op": "merge", "problems": [lift, bus], "applied": True}]


def test_chosen_opinions_are_split_off(small):
    lift = problem_of(small, 0)
    chosen = sorted(members(small)[lift])[:2]
    spots = [spot(small, row) for row in chosen]
    after = again(SAID, [edit("split", problem=naming(small.state, lift), points=spots, title="Two of them")])
    part = problem_of(after, chosen[0])
    assert members(after)[part] == set(chosen)
    assert members(after)[lift] == members(small)[lift] - set(chosen)
    assert told(after, part, "title") == "Two of them"


def test_what_says_a_phrase_is_split_off_in_this_and_later_runs(small):
    lift = problem_of(small, 0)
    weeks = {row for row in members(small)[lift] if "repair" in SAID[row]}
    phrased = edit(
        "split", problem=naming(small.state, lift), phrase="Repair", points=saying(small.state, lift, "repair")
    )
    after = again(SAID, [phrased])
    part = problem_of(after, min(weeks))
    assert members(after)[part] == weeks
    later = sift(table(["please repair the broken lift in our block c"]), LSA, base=after.state)
    assert len(SAID) in members(later)[part]


def test_a_problem_is_renamed_and_keeps_its_id_under_another_granularity(small):
    water = problem_of(small, 12)
    renamed = edit("rename", problem=naming(small.state, water), title="水压低")
    for granularity in ("coarse", "normal", "fine"):
        after = again(SAID, [renamed], granularity=granularity)
        assert told(after, water, "title") == "水压低"


def test_an_opinion_is_moved_to_another_problem_or_out_of_all(small):
    lift, bus = problem_of(small, 0), problem_of(small, 6)
    moves = [
        edit("move", problem=naming(small.state, bus), points=[spot(small, 0)]),
        edit("move", problem=None, points=[spot(small, 1)]),
    ]
    after = again(SAID, moves)
    assert problem_of(after, 0) == bus
    assert problem_of(after, 1) is None
    states = {each["row"]: (each["state"], each["confidence"]) for each in after.assignments.to_pylist()}
    assert (states[0], states[1]) == (("grouped", 1.0), ("alone", 1.0))
    assert members(small)[lift] - {0, 1} in members(after).values()


def test_a_pinned_opinion_stays_when_a_phrase_would_take_it(small):
    lift = problem_of(small, 0)
    repair = sorted(row for row in members(small)[lift] if "repair" in SAID[row])
    pinned, others = repair[0], repair[1:]
    name = naming(small.state, lift)
    after = again(
        SAID, [edit("pin", problem=name, points=[spot(small, pinned)]), edit("split", problem=name, phrase="repair")]
    )
    assert problem_of(after, pinned) == lift
    assert {problem_of(after, row) for row in others}.isdisjoint({lift})


def test_a_problem_is_dismissed_and_restored(small):
    bus = naming(small.state, problem_of(small, 6))
    away, back = edit("dismiss", problem=bus), edit("restore", problem=bus)
    assert told(again(SAID, [away]), bus["problem"], "dismissed") is True
    assert told(again(SAID, [away, back]), bus["problem"], "dismissed") is False


def test_a_category_is_set_and_one_the_taxonomy_lacks_is_refused(small):
    lift, bus = naming(small.state, problem_of(small, 0)), naming(small.state, problem_of(small, 6))
    edits = [
        edit("category", problem=lift, category="transport"),
        edit("category", problem=bus, category=None),
        edit("category", problem=bus, category="nonsense"),
    ]
    after = again(SAID, edits, taxonomy="public-service")
    assert (told(after, lift["problem"], "category"), told(after, lift["problem"], "category_confidence")) == (
        "transport",
        1,
    )
    assert told(after, bus["problem"], "category") is None
    assert after.ledger["edits"][2] == {
        "edit": 3,
        "op": "category",
        "problems": [bus["problem"]],
        "applied": False,
        "told": "the taxonomy has no category “nonsense”",
    }


def test_copies_of_a_moved_text_go_with_it(small):
    texts = [*SAID, SAID[0], SAID[0].upper()]
    bus = problem_of(small, 6)
    after = again(texts, [edit("move", problem=naming(small.state, bus), points=[spot(small, 0)])])
    assert [problem_of(after, row) for row in (0, len(SAID), len(SAID) + 1)] == [bus] * 3
    assert all(len(met) == 1 for met in fates(after, texts).values())


def test_a_problem_of_nothing_but_moved_opinions_is_whole(small):
    rows = [0, 1]
    bus = naming(small.state, problem_of(small, 6))
    out = edit("move", problem=None, points=[spot(small, row) for row in rows])
    part = edit("split", problem=bus, points=[spot(small, row) for row in rows], title="Of the lift")
    after = again(SAID, [out, part])
    assert members(after)[problem_of(after, 0)] == set(rows)
    assert told(after, problem_of(after, 0), "parent") == told(after, bus["problem"], "parent")


# ---------------------------------------------------------------------------------------------------- what cannot apply


def test_an_edit_that_cannot_apply_says_why_and_changes_nothing(small):
    lost = {"problem": "P-LOST", "anchors": [["not-here", 0, 9]]}
    lift = naming(small.state, problem_of(small, 0))
    everything = [spot(small, row) for row in sorted(members(small)[lift["problem"]])]
    edits = [
        edit("rename", problem=lost, title="Never"),
        edit("move", problem=lift, points=[["not-here", 0, 3]]),
        edit("split", problem=lift, phrase="nobody ever said this"),
        edit("split", problem=lift, points=everything),
    ]
    after = again(SAID, edits)
    reasons = [each["told"] for each in after.ledger["edits"]]
    assert not any(each["applied"] for each in after.ledger["edits"])
    assert [reason.split(" ")[0] for reason in reasons] == ["none", "none", "no", "nothing"]
    assert members(after) == members(small)


def test_a_problem_whose_opinions_are_scattered_is_not_guessed(said, first):
    ones = [naming(first.state, problem)["anchors"][0] for problem in first.problems["problem"].to_pylist()[:9]]
    after = again(said, [edit("dismiss", problem={"problem": "P-SPREAD", "anchors": ones})])
    (outcome,) = after.ledger["edits"]
    assert (outcome["applied"], "stand in 9 problems now" in outcome["told"]) == (False, True)


def test_an_edit_that_a_later_one_overrules_says_so(small):
    lift, bus = naming(small.state, problem_of(small, 0)), naming(small.state, problem_of(small, 6))
    edits = [edit("move", problem=bus, points=[spot(small, 0)]), edit("move", problem=lift, points=[spot(small, 0)])]
    after = again(SAID, edits)
    assert problem_of(after, 0) == lift["problem"]
    assert [each.get("n_later") for each in after.ledger["edits"]] == [1, None]


def test_opinions_that_are_gone_are_counted_and_the_others_still_move(small):
    bus = naming(small.state, problem_of(small, 6))
    after = again(SAID, [edit("move", problem=bus, points=[spot(small, 0), ["not-here", 0, 3]])])
    assert after.ledger["edits"][0]["n_gone"] == 1
    assert problem_of(after, 0) == bus["problem"]


WHOLE = edit("rename", problem={"problem": "P-1", "anchors": [["1", 0, 4]]}, title="A title")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"edit": "burn"}, "\"edit\" is 'burn'"),
        ({"title": None}, '"title" must be text'),
        ({"title": " "}, '"title" must be text'),
        ({"phrase": "x"}, '"phrase" has no meaning in a rename'),
        ({"at": "yesterday"}, "\"at\" is 'yesterday'"),
        ({"problem": "P-1"}, "a problem is told as"),
        ({"problem": {"problem": "P-1", "anchors": [["1", 4, 0]]}}, '"anchors" must list opinions'),
        ({"problem": {"problem": "P-1", "anchors": [["1", True, 4]]}}, '"anchors" must list opinions'),
        ({"problem": {"problem": "P-1"}}, '"anchors" must list opinions'),
    ],
)
def test_an_edit_that_is_not_whole_is_refused_by_number(change, what):
    with pytest.raises(EditError, match=r"^edit 2: ") as caught:
        parsed([WHOLE, {**WHOLE, **change}])
    assert what in str(caught.value)


@pytest.mark.parametrize("name", ["edit", "author", "at", "reason", "problem", "title"])
def test_every_field_of_an_edit_is_asked_for(name):
    with pytest.raises(SettingsError, match=f"{name}"):
        parsed([{key: value for key, value in WHOLE.items() if key != name}])


def test_a_merge_of_one_and_a_split_of_nothing_are_refused():
    name = WHOLE["problem"]
    for bad in (edit("merge", problems=[name]), edit("split", problem=name), ["merge"]):
        with pytest.raises(EditError):
            parsed([bad])


# ----------------------------------------------------------------------------------------------------------------- laws


N_FAMILIES, N_PROBLEMS = 24, 5
KEYS = pa.array([f"text {i} of {'lifts' if i % 3 else 'buses'}" for i in range(N_FAMILIES)], pa.large_string())
HELD = Families(
    KEYS, np.arange(N_FAMILIES, dtype=np.int32), np.arange(N_FAMILIES), *np.ones((2, N_FAMILIES), dtype=np.int64)
)
PLACES = [[f"row {i}", 0, 9] for i in range(N_FAMILIES)]


def standing_of(problem):
    """A grouping of as many families as there are rows, each saying one point."""
    problem = np.array(problem, np.int32)
    state = np.where(problem >= 0, 0, 2).astype(np.int8)
    theme, lane = np.arange(N_PROBLEMS, dtype=np.int32) % 2, np.full(N_PROBLEMS, -1, np.int8)
    return Standing(problem, theme, state, np.full(N_FAMILIES, 0.5, np.float32), lane)


def replayed(edits, standing, past=None):
    rows = pa.table({"id": pa.array([row for row, _, _ in PLACES], pa.large_string())})
    span = {"start": pa.array([0] * N_FAMILIES, pa.int32()), "end": pa.array([9] * N_FAMILIES, pa.int32())}
    points = pa.table({"row": pa.array(range(N_FAMILIES), pa.int64()), **span})
    whole = parsed(edits)
    ground = Ground.of(whole, rows, points, np.arange(N_FAMILIES, dtype=np.int32))
    return replay(whole, standing, ground=ground, said=Said(KEYS, HELD), categories=("a",), past=past)


def partition(standing):
    return {frozenset(np.flatnonzero(standing.problem == p).tolist()) for p in np.unique(standing.problem) if p >= 0}


@st.composite
def scenes(draw):
    """A grouping, and edits of every kind as people might make them of it."""
    problem = [*range(N_PROBLEMS), *draw(st.lists(st.integers(-1, N_PROBLEMS - 1), min_size=19, max_size=19))]
    members = {p: [PLACES[i] for i in range(N_FAMILIES) if problem[i] == p] for p in range(N_PROBLEMS)}
    named = st.integers(0, N_PROBLEMS - 1).map(lambda p: {"problem": f"P-{p}", "anchors": members[p]})
    some = st.lists(st.sampled_from([*PLACES, ["nobody", 0, 4]]), min_size=1, max_size=4)
    made = {
        "merge": st.fixed_dictionaries({"problems": st.lists(named, min_size=2, max_size=3)}),
        "split": st.fixed_dictionaries({"problem": named, "points": some}, optional={"phrase": st.just("buses")}),
        "rename": st.fixed_dictionaries({"problem": named, "title": st.sampled_from(["A", "B", "C"])}),
        "move": st.fixed_dictionaries({"problem": named | st.none(), "points": some}),
        "pin": st.fixed_dictionaries({"problem": named, "points": some}),
        "dismiss": st.fixed_dictionaries({"problem": named}),
        "restore": st.fixed_dictionaries({"problem": named}),
        "category": st.fixed_dictionaries({"problem": named, "category": st.sampled_from(["a", "b", None])}),
    }
    ops = draw(st.lists(st.sampled_from(sorted(made)), min_size=1, max_size=7))
    return standing_of(problem), [edit(op, **draw(made[op])) for op in ops]


@given(scenes())
@settings(max_examples=200, deadline=None)
def test_every_edit_is_applied_or_explained_and_the_grouping_given_stays_as_it_was(scene):
    standing, edits = scene
    before = standing.problem.copy(), standing.state.copy(), standing.theme.copy()
    edited = replayed(edits, standing)
    assert [each.number for each in edited.outcomes] == list(range(1, len(edits) + 1))
    assert all(each.is_applied or each.told for each in edited.outcomes)
    assert all(
        np.array_equal(old, new)
        for old, new in zip(before, (standing.problem, standing.state, standing.theme), strict=True)
    )
    after = edited.standing
    assert ((after.problem >= 0) == (after.state == 0)).all()
    assert after.problem.max(initial=-1) < len(after.theme) == len(after.lane)
    assert len(set(edited.ids.values())) == len(edited.ids)


@given(scenes())
@settings(max_examples=200, deadline=None)
def test_what_was_edited_stays_when_the_same_edits_are_replayed_on_it(scene):
    standing, edits = scene
    once = replayed(edits, standing)
    ids = [once.ids.get(p, f"own {p}") for p in range(len(once.standing.theme))]
    applied = [each for each, outcome in zip(edits, once.outcomes, strict=True) if outcome.is_applied]
    past = Past(ids, np.ones(N_FAMILIES, np.bool_), frozenset(range(1, len(applied) + 1)))
    later = replayed(applied, once.standing, past)
    assert np.array_equal(later.standing.problem, once.standing.problem)


@given(scenes(), st.data())
@settings(max_examples=200, deadline=None)
def test_the_last_to_place_an_opinion_has_its_way(scene, data):
    standing, edits = scene
    at = data.draw(st.integers(0, N_FAMILIES - 1))
    edited = replayed([*edits, edit("move", problem=None, points=[PLACES[at]])], standing)
    assert edited.standing.problem[at] == -1
    target = {"problem": "P-0", "anchors": [PLACES[0]]}
    edited = replayed([*edits, edit("pin", problem=target, points=[PLACES[at]])], standing)
    if edited.outcomes[-1].is_applied:
        assert edited.standing.confidence[at] == 1
        assert edited.standing.problem[at] >= 0


@given(scenes())
@settings(max_examples=100, deadline=None)
def test_edits_that_touch_nothing_change_no_group(scene):
    standing, edits = scene
    quiet = [each for each in edits if each["edit"] in ("rename", "dismiss", "restore", "category")]
    assert np.array_equal(replayed(quiet, standing).standing.problem, standing.problem)


def test_a_later_run_replays_what_its_base_knows(small):
    lift, bus, water = (naming(small.state, problem_of(small, row)) for row in (0, 6, 12))
    edits = [
        edit("merge", problems=[lift, bus]),
        edit("split", problem=water, points=[spot(small, 12), spot(small, 13)]),
        edit("move", problem=None, points=[spot(small, 14)]),
    ]
    once = again(SAID, edits)
    later = sift(table([]), LSA, base=once.state)
    assert [each["applied"] for each in later.ledger["edits"]] == [True] * 3
    assert members(later) == members(once)


def test_order_matters_where_edits_meet(small):
    lift, bus, water = (naming(small.state, problem_of(small, row)) for row in (0, 6, 12))
    names = [edit("rename", problem=lift, title="First"), edit("rename", problem=lift, title="Second")]
    assert told(again(SAID, names), lift["problem"], "title") == "Second"
    assert told(again(SAID, names[::-1]), lift["problem"], "title") == "First"
    merged = [edit("merge", problems=[lift, bus]), edit("merge", problems=[bus, water])]
    assert members(again(SAID, merged))[lift["problem"]] == set(range(len(SAID)))


# ------------------------------------------------------------------------------------------------- later and other runs


def test_edits_of_the_base_are_replayed_without_being_given_again(said, first):
    problems = first.problems["problem"].to_pylist()
    one, two, three = problems[:3]
    row = min(members(first)[three])
    edits = [
        edit("merge", problems=[naming(first.state, one), naming(first.state, two)]),
        edit("dismiss", problem=naming(first.state, three)),
        edit("move", problem=naming(first.state, one), points=[spot(first, row)]),
    ]
    edited = again(said, edits)
    later = sift(table(said[:40]), LSA, base=State.from_bytes(edited.state.to_bytes()))
    assert [each["applied"] for each in later.ledger["edits"]] == [True] * 3
    assert told(later, three, "dismissed") is True
    assert problem_of(later, row) == one
    assert two not in members(later)
    more = sift(
        table(said[:40]), LSA, base=edited.state, edits=[*edits, edit("restore", problem=naming(first.state, three))]
    )
    assert len(more.ledger["edits"]) == 4
    assert told(more, three, "dismissed") is False


def test_what_merged_and_what_was_split_is_listed(said, first):
    one, two, three = first.problems["problem"].to_pylist()[:3]
    rows = sorted(members(first)[three])[:2]
    edits = [
        edit("merge", problems=[naming(first.state, one), naming(first.state, two)]),
        edit("split", problem=naming(first.state, three), points=[spot(first, row) for row in rows]),
    ]
    later = sift(table(["路灯坏了三个月没人修"]), LSA, base=first.state, edits=edits)
    listed = {each["problem"]: each for each in later.changes.to_pylist()}
    part = problem_of(later, rows[0])
    assert (listed[two]["change"], listed[two]["with"]) == ("merged", [one])
    assert (listed[one]["change"], listed[one]["with"]) == ("grown", [two])
    assert (listed[part]["change"], listed[part]["with"]) == ("split", [three])
    assert listed[three]["change"] == "shrunk"
    assert {each["change"] for each in listed.values()} <= set(CHANGE)


def test_edits_find_their_problems_under_another_encoder_and_granularity(said, first):
    """Most of them: a problem may come apart. `benchmarks/edits.py` measures it on large sets."""
    problems = first.problems["problem"].to_pylist()[:30]
    edits = [edit("rename", problem=naming(first.state, p), title=f"Title {p}") for p in problems]
    for how in ({"granularity": "fine"}, {"granularity": "coarse"}, {"encoder": "use"}):
        after = again(said, edits, **how)
        outcomes = after.ledger["edits"]
        assert np.mean([each["applied"] for each in outcomes]) >= 0.9
        assert all(each["applied"] or each["told"] for each in outcomes)
        titles = set(after.problems["title"].to_pylist())
        applied = [p for p, each in zip(problems, outcomes, strict=True) if each["applied"]]
        kept = set(after.problems["problem"].to_pylist()) & set(applied)
        assert {f"Title {p}" for p in kept} <= titles | {f"Title {p}" for p in applied}


def test_a_moved_opinion_stays_where_it_was_put_under_every_encoder(said, first):
    target = first.problems["problem"].to_pylist()[0]
    row = min(members(first)[first.problems["problem"].to_pylist()[5]])
    moved = edit("move", problem=naming(first.state, target), points=[spot(first, row)])
    for how in ({"granularity": "fine"}, {"granularity": "coarse"}, {"encoder": "use"}):
        after = again(said, [moved], **how)
        assert after.ledger["edits"][0]["applied"]
        anchors = {int(row) for row, _start, _end in naming(first.state, target)["anchors"]}
        together = [problem_of(after, anchor) == problem_of(after, row) for anchor in anchors]
        assert any(together)


def test_a_state_without_an_id_has_edits_without_it(small):
    lift = naming(small.state, problem_of(small, 0))
    edited = again(SAID, [edit("pin", problem=lift, points=[spot(small, 0), spot(small, 2)])])
    state = edited.state.forget(["0"])
    assert '["0"' not in "".join(canonical(each) for each in state.edits).replace(" ", "")
    later = sift(table(["the lift in block c is broken"]), LSA, base=state)
    assert later.ledger["edits"][0]["applied"]


def test_anchors_are_opinions_of_the_problem_of_different_families(first):
    for problem in first.problems["problem"].to_pylist()[:10]:
        anchors = naming(first.state, problem)["anchors"]
        assert 1 <= len(anchors) <= N_ANCHORS
        spots = {(each["id"], each["start"]): each["problem"] for each in first.assignments.to_pylist()}
        assert {spots[row, start] for row, start, _end in anchors} == {problem}


def test_a_problem_that_is_not_there_cannot_be_named(first):
    with pytest.raises(StateError, match="P-NONE"):
        naming(first.state, "P-NONE")


def test_edits_given_are_not_changed(small):
    given_edits = [edit("rename", problem=naming(small.state, problem_of(small, 0)), title="A")]
    before = [canonical(each) for each in given_edits]
    again(SAID, given_edits)
    assert [canonical(each) for each in given_edits] == before
