"""The laws of sift, each by a test that could fail."""

import random
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from setright.intake.errors import InputError
from setright.sift import Result, Settings, State, sift
from setright.sift.errors import EncoderError, SettingsError, StateError
from setright.sift.tables import ASSIGNMENTS, PROBLEM_UNITS, PROBLEMS, TEMPLATES

LSA = Settings(encoder="lsa")

ABOUT = {
    "lift": [
        "the lift in our block is broken",
        "lift broken again in block c",
        "our lift has been broken for weeks",
        "nobody repairs the broken lift",
        "the lift is out of order and broken",
        "broken lift, fourth floor, no repair",
    ],
    "bus": [
        "the last bus leaves too early",
        "no bus after eight in the evening",
        "evening bus service stops at eight",
        "the bus stops running too early at night",
        "there is no late bus in the evening",
        "last bus at eight is too early",
    ],
    "water": [
        "water pressure is too low upstairs",
        "no water pressure on the fifth floor",
        "the water pressure drops every morning",
        "low water pressure in the old houses",
        "our water pressure is far too low",
        "morning water pressure is very low",
    ],
}
SAID = [text for texts in ABOUT.values() for text in texts]


def table(texts, **columns):
    return pa.table({"text": pa.array(texts, pa.large_string()), **columns})


def fates(result, texts):
    """For each text, every fate any row with it met."""
    met = {}
    wanted = result.assignments.select(["row", "point", "state", "kind", "problem", "confidence"]).to_pylist()
    for line in wanted:
        met.setdefault(texts[line["row"]], set()).add(tuple(v for k, v in line.items() if k != "row"))
    return met


@pytest.fixture(scope="module")
def result():
    return sift(table(SAID), LSA)


def test_tables_have_the_columns_of_the_contract(result):
    found = [t.schema for t in (result.problems, result.assignments, result.templates, result.problem_units)]
    assert found == [PROBLEMS, ASSIGNMENTS, TEMPLATES, PROBLEM_UNITS]


def test_distinct_problems_are_told_apart(result):
    problem = result.assignments["problem"].to_pylist()
    groups = [{p for p in problem[i : i + 6] if p} for i in (0, 6, 12)]
    assert [len(g) for g in groups] == [1, 1, 1]
    assert len(set.union(*groups)) == 3


def test_identical_text_meets_an_identical_fate():
    texts = SAID * 3 + ["THE LIFT in our block is broken!!"]
    random.Random(1).shuffle(texts)
    met = fates(sift(table(texts), LSA), [t.lower().rstrip("!") for t in texts])
    assert {text: len(fate) for text, fate in met.items()} == dict.fromkeys(met, 1)


def test_every_row_ends_in_a_named_state():
    texts = [*SAID, "", None, "   ", "Thank you!", "!!!"]
    ledger = sift(table(texts), LSA).ledger
    assert ledger["rows_by_state"] == ledger["rows_by_state"] | {"empty": 5, "unreadable": 0}
    assert sum(ledger["rows_by_state"].values()) == ledger["n_rows"] == len(texts)


def test_threads_never_change_a_result():
    one, two = (sift(table(SAID * 2), Settings(encoder="use", threads=n)) for n in (1, 2))
    assert one.assignments.equals(two.assignments)
    assert one.problems.equals(two.problems)
    assert one.state.to_bytes() == two.state.to_bytes()


@pytest.mark.parametrize("batch", ["extract._N_BATCH", "embed._SLICE", "watch._SLICE"])
def test_size_of_batches_never_changes_a_result(monkeypatch, batch):
    texts = [f"{text} at number {i}" for i in range(4) for text in SAID]
    whole = sift(table(texts), Settings())
    monkeypatch.setattr(f"setright.sift.{batch}", 7)
    again = sift(table(texts), Settings())
    assert [again.problems.equals(whole.problems), again.assignments.equals(whole.assignments)] == [True, True]


def test_same_input_same_result_and_input_untouched(result):
    given = table(SAID)
    again = sift(given, LSA)
    assert again.problems.equals(result.problems)
    assert again.assignments.equals(result.assignments)
    assert given.equals(table(SAID))


def test_order_of_the_rows_changes_no_partition(result):
    order = np.random.default_rng(3).permutation(len(SAID))
    turned = sift(table([SAID[i] for i in order]), LSA).assignments["problem"].to_pylist()
    back = [None] * len(SAID)
    for place, i in enumerate(order):
        back[i] = turned[place]
    assert back == result.assignments["problem"].to_pylist()


@pytest.mark.parametrize(
    "texts", [[], ["the lift is broken"], ["the lift is broken"] * 50, ["", None, " "], ["a", "b"]]
)
def test_small_and_degenerate_inputs_succeed(texts):
    ledger = sift(table(texts), LSA).ledger
    assert (ledger["n_rows"], sum(ledger["rows_by_state"].values())) == (len(texts), len(texts))


def test_three_counts_stand_beside_every_problem():
    texts = [*SAID, *SAID[:6]]
    people = ["ann"] * 6 + ["bo"] * 12 + ["ann"] * 6
    found = sift(table(texts, person=pa.array(people)), LSA)
    lift = found.assignments["problem"][0].as_py()
    (row,) = found.problems.filter(pc.equal(found.problems["problem"], lift)).to_pylist()
    assert (row["n_submissions"], row["n_texts"], row["n_people"]) == (12, 6, 1)


def test_people_are_unknown_where_none_is_named(result):
    assert set(result.problems["n_people"].to_pylist()) == {None}


def test_quotes_address_their_words_by_id_start_and_end(result):
    for problem in result.problems.to_pylist():
        assert 1 <= len(problem["quotes"]) <= 5
        for quote in problem["quotes"]:
            text = SAID[int(quote["id"])]
            assert text[quote["start"] : quote["end"]].strip() == text


def test_parent_names_a_theme(result):
    assert set(result.problems["parent"].to_pylist()) <= set(result.themes["theme"].to_pylist())


def test_personal_data_is_masked_in_titles_and_kept_when_told_to():
    texts = [f"{text}, call 13812345678" for text in SAID]
    masked, kept = (sift(table(texts), Settings(encoder="lsa", keep_personal=keep)) for keep in (False, True))
    assert "13812345678" not in str(masked.problems.to_pylist())
    assert kept.ledger["settings"]["keep_personal"] is True


def test_name_whose_cue_stands_before_the_point_is_masked_in_titles_and_quotes():
    texts = [f"Signed,\nAlice Brown, {text}" for text in SAID]
    masked, kept = (sift(table(texts), Settings(encoder="lsa", keep_personal=keep)) for keep in (False, True))
    assert "alice" not in str(masked.problems.select(["title"]).to_pylist()).lower()
    assert "alice" in str(kept.problems.select(["title"]).to_pylist()).lower()


def test_template_is_found_with_its_senders():
    letter = "Please stop the plan to close our branch library on Mill Lane, it is the only warm room we have"
    texts = SAID + [letter] * 12 + [letter.replace("only", "onyl")]
    found = sift(table(texts), LSA)
    assert found.templates.select(["text", "n_submissions", "n_with_additions"]).to_pylist() == [
        {"text": letter, "n_submissions": 13, "n_with_additions": 0}
    ]
    (template,) = found.templates["template"].to_pylist()
    assert pc.sum(pc.equal(found.assignments["template"], template)).as_py() == 13


def test_result_and_state_survive_the_way_through_bytes(result):
    again = Result.from_bytes(result.to_bytes())
    assert again.ledger == result.ledger
    assert all(getattr(again, n).equals(getattr(result, n)) for n in ("problems", "assignments", "themes", "map"))
    assert again.state.to_bytes() == result.state.to_bytes()


def test_other_bytes_are_no_state():
    with pytest.raises(StateError, match="not a Setright state"):
        State.from_bytes(b"PK\x03\x04")


def test_forget_removes_rows_their_words_and_their_vectors():
    texts = [*SAID, "my neighbour Zebulon keeps a tiger"]
    state = sift(table(texts), LSA).state
    left = state.forget({str(len(SAID))})
    assert b"zebulon" not in str(left.texts["key"].to_pylist()).encode()
    assert str(len(SAID)) not in left.points["id"].to_pylist()
    lost = [i for i, v in enumerate(left.families["vector"].to_pylist()) if v is None]
    assert lost == [len(SAID)]
    assert left.points.num_rows == state.points.num_rows - 1


def test_forget_keeps_words_that_others_said_too():
    state = sift(table([*SAID, SAID[0]]), LSA).state
    assert SAID[0] in state.forget({"0"}).texts["key"].to_pylist()


class Bent:
    """An encoder that does not do what it promised."""

    name = "bent"

    def __init__(self, answer):
        self.answer = answer

    def encode(self, texts):
        return self.answer(len(texts))


@pytest.mark.parametrize(
    "answer",
    [
        lambda n: np.zeros((n + 1, 4), dtype=np.float32),
        lambda n: np.full((n, 4), np.nan, dtype=np.float32),
        lambda n: np.zeros(n, dtype=np.float32),
    ],
)
def test_encoder_that_answers_nonsense_is_refused(answer):
    with pytest.raises(EncoderError):
        sift(table(SAID), Settings(encoder=Bent(answer)))


def test_engine_writes_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    monkeypatch.chdir(tmp_path)
    canary = "zqxcanary电梯坏了三个星期没有人来修理"
    sift(table([*SAID, canary]), LSA)
    held = [p for p in Path(tempfile.gettempdir()).rglob("*") if p.is_file()]
    assert held == []


def test_one_text_sent_often_is_a_problem_though_no_other_is_like_it():
    outcry = "ban the fireworks over the harbour, my dog died of fright"
    found = sift(table([*SAID, *[outcry] * 5]), LSA)
    fate = found.assignments.slice(len(SAID)).select(["state", "problem"]).to_pylist()
    assert (fate[0]["state"], len({f["problem"] for f in fate})) == ("grouped", 1)
    (row,) = found.problems.filter(pc.equal(found.problems["problem"], fate[0]["problem"])).to_pylist()
    assert (row["n_submissions"], row["n_texts"]) == (5, 1)


def test_taxonomy_that_is_not_there_is_told_before_any_row_is_read():
    class Unread:
        column_names = property(lambda self: pytest.fail("a row was read first"))

    with pytest.raises(SettingsError, match="nonesuch"):
        sift(Unread(), Settings(encoder="lsa", taxonomy="nonesuch"))


def test_labels_that_are_not_there_are_told_though_no_row_would_need_them(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        sift(table([]), Settings(encoder="lsa", taxonomy="four-winds", labels=tmp_path / "none.csv"))


# ------------------------------------------------------------------------------------ letters, and what must be seen

LETTER = "Keep our library open. It is the only warm place in the village. The council must not close it."
ADDED = ["My children learned to read there.", "I am ninety and live alone.", "The reading group meets on Fridays."]
THREAT = "the foreman said whoever complains again will be sacked"


def letters(n):
    return [f"{LETTER} {ADDED[i]}" if i < len(ADDED) else LETTER for i in range(n)]


def test_a_letter_that_many_send_is_one_template_and_what_was_added_is_heard():
    texts = [*SAID, *letters(40)]
    result = sift(table(texts), LSA)
    (template,) = result.templates.to_pylist()
    assert (template["n_submissions"], template["n_with_additions"]) == (40, 3)
    assert template["text"].startswith("Keep our library open")
    lines = [each for each in result.assignments.to_pylist() if each["row"] >= len(SAID)]
    own = [texts[each["row"]][each["start"] : each["end"]] for each in lines if each["added"]]
    assert sorted(own) == sorted(each.rstrip(".") for each in ADDED) or sorted(own) == sorted(ADDED)
    assert {each["template"] for each in lines} == {template["template"]}
    assert len({(each["state"], each["problem"]) for each in lines if not each["added"] and each["point"] == 0}) == 1
    assert all(each["template"] is None for each in result.assignments.to_pylist() if each["row"] < len(SAID))


def test_copies_of_a_letter_that_come_later_join_its_template():
    first = sift(table([*SAID, *letters(40)]), LSA)
    later = sift(table([*letters(5), LETTER.replace("library", "libary")]), LSA, base=first.state)
    assert later.templates.to_pylist()[0]["n_submissions"] == 46
    assert later.templates["template"].to_pylist() == first.templates["template"].to_pylist()


def lane(result, row):
    """The lane of the problem that a row's first point stands in, and how many say it."""
    problem = next(each["problem"] for each in result.assignments.to_pylist() if each["row"] == row)
    found = next(each for each in result.problems.to_pylist() if each["problem"] == problem)
    return found["watch"], found["n_submissions"]


def test_what_must_be_seen_is_a_problem_of_its_lane_whatever_its_size():
    result = sift(table([*SAID, THREAT]), Settings())
    assert lane(result, len(SAID)) == ("retaliation", 1)
    assert result.assignments.to_pylist()[-1]["state"] == "grouped"
    assert lane(result, 12)[0] is None


def test_what_must_be_seen_is_seen_among_later_rows_too():
    first = sift(table([*SAID, THREAT]), Settings())
    known = {each["problem"]: each["watch"] for each in first.problems.to_pylist()}
    bribe = "the clerk wants a bribe before he signs the permit"
    later = sift(table(["no bus after eight at all", bribe]), Settings(), base=State.from_bytes(first.state.to_bytes()))
    after = {each["problem"]: each["watch"] for each in later.problems.to_pylist()}
    assert {problem: after[problem] for problem in known} == known
    assert lane(later, len(SAID) + 2) == ("corruption", 1)


def test_lanes_of_ones_own_are_watched_beside_the_others(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("lanes: [{code: pool, name: {en: Pool}, cues: {en: [swimming pool]}}]", "utf-8")
    result = sift(table([*SAID, "the swimming pool is shut", THREAT]), Settings(encoder="lsa", watch=own))
    assert sorted(filter(None, result.problems["watch"].to_pylist())) == ["pool", "retaliation"]


def test_lanes_that_cannot_be_read_are_refused_before_the_work(tmp_path):
    with pytest.raises(InputError, match=r"missing\.yaml"):
        sift(table(SAID), Settings(encoder="lsa", watch=tmp_path / "missing.yaml"))
