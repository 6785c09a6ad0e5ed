"""What must be seen whatever its size: what counts, what does not, and where it ends."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.intake.errors import InputError
from setright.sift import Settings, sift, watches
from setright.sift.clean import normalise
from setright.sift.encoders.use import Use
from setright.sift.lift import CLEAR, SURE, lift
from setright.sift.tables import STATES
from setright.sift.watch import Meaning, heard_by_cue, watched
from setright.sift.watches.cue import read
from setright.sift.watches.look import Lexicon

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
LANES = ("self-harm", "safety", "retaliation", "corruption", "discrimination")


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon(watches.load())


@pytest.fixture(scope="module")
def use():
    return Use(1)


def keys(*texts):
    return pa.array([normalise(text) for text in texts], pa.large_string())


def lanes(found, lexicon):
    return [lexicon.codes[lane] if lane >= 0 else None for lane in found.lane]


def golden(lang, part):
    with (GOLDEN / f"watch_{lang}.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["part"] == part]


# --------------------------------------------------------------------------------------------------------------- cues

SAID = {
    "我不想活了": "self-harm",
    "She took an overdose last night": "self-harm",
    "消防通道被私家车堵死": "safety",
    "There is a gas leak in the building": "safety",
    "投诉之后被穿小鞋": "retaliation",
    "We fear retaliation": "retaliation",
    "村支书贪污征地款": "corruption",
    "Officials demand bribes": "corruption",
    "招聘歧视女性": "discrimination",
    "My boss makes racist jokes": "discrimination",
}


@pytest.mark.parametrize("encoded", [False, True])
def test_watched_plainly_said_gets_its_lane(encoded, lexicon, use):
    found = watched(keys(*SAID), lexicon, model=use if encoded else None)
    assert dict(zip(SAID, lanes(found, lexicon), strict=True)) == SAID
    assert (found.sure >= SURE).all()


BENIGN = (
    "安全出口的指示牌很清楚",
    "老板贪吃，每次聚餐都点一大桌",
    "商场跳楼价清仓",
    "群里抢微信红包很热闹",
    "死亡证明在哪里办",
    "请多组织几次消防演习",
    "Safety first was the motto of the training",
    "We only wanted to kill some time",
    "That would be political suicide",
    "A film about a banker who takes a bribe",
    "The zip file is corrupted",
    "I felt very safe on the ward",
    "食堂的菜太贵",
    "The bus was late again",
)


@pytest.mark.parametrize("encoded", [False, True])
def test_watched_benign_uses_are_left_alone(encoded, lexicon, use):
    found = watched(keys(*BENIGN), lexicon, model=use if encoded else None)
    assert dict(zip(BENIGN, lanes(found, lexicon), strict=True)) == dict.fromkeys(BENIGN)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_watched_golden_plain_lines_are_found(lang, lexicon, use):
    rows = golden(lang, "dev")
    hit = watched(keys(*(row["text"] for row in rows)), lexicon, model=use).lane >= 0
    gold, plain = (
        np.array(of) for of in zip(*((row["lane"] != "", row["way"] == "plain") for row in rows), strict=True)
    )
    assert hit[plain].mean() >= 0.9
    assert gold[hit].mean() >= 0.95


def test_watched_names_the_cue(lexicon):
    found = watched(keys("村支书受贿", "天气很好"), lexicon)
    assert [lexicon.cues[cue].written if cue >= 0 else None for cue in found.cue] == ["受贿", None]


def test_watched_empty_null_and_none_at_all(lexicon, use):
    odd = pa.array(["", None, " "], pa.large_string())
    assert watched(odd, lexicon, model=use).lane.tolist() == [-1, -1, -1]
    assert len(watched(pa.array([], pa.large_string()), lexicon, model=use)) == 0


def test_watched_does_not_depend_on_its_neighbours(lexicon, use):
    texts = [*SAID, *BENIGN]
    both, single = (watched(keys(*some), lexicon, model=use) for some in (texts, texts[3:4]))
    assert (both.lane[3], both.cue[3]) == (single.lane[0], single.cue[0])
    assert both.sure[3] == pytest.approx(single.sure[0], abs=1e-5)
    turned = watched(keys(*reversed(texts)), lexicon, model=use)
    assert turned.lane[::-1].tolist() == both.lane.tolist()


def test_watched_takes_what_was_heard_already(lexicon, use):
    texts = [*SAID, *BENIGN]
    chance = Meaning.of_lexicon(lexicon, use).chance(use.encode([normalise(text) for text in texts]))
    heard = watched(keys(*texts), lexicon, model=use, chance=chance)
    fresh = watched(keys(*texts), lexicon, model=use)
    assert heard.lane.tolist() == fresh.lane.tolist()
    with pytest.raises(ValueError, match="chance has shape"):
        watched(keys("a", "b"), lexicon, chance=np.zeros((1, 5), np.float32))


def test_cues_are_weighed_by_what_they_mean_whatever_the_run_encodes_with(lexicon, use):
    texts = ["You are killing me with these prices", "There is a gas leak in the kitchen again", "nice soup"]
    meaning = Meaning.of_lexicon(lexicon, use)
    by_words = watched(keys(*texts), lexicon)
    heard = watched(keys(*texts), lexicon, model=use, chance=heard_by_cue(keys(*texts), meaning, use))
    assert lanes(by_words, lexicon) == ["safety", "safety", None]
    assert lanes(heard, lexicon) == [None, "safety", None]
    assert heard.sure[1] > by_words.sure[1]


def test_run_with_other_vectors_weighs_cues_as_well():
    texts = ["You are killing me with these prices", "There is a gas leak in the kitchen again", "nice soup"]
    found = sift(pa.table({"text": pa.array(texts, pa.large_string())}), Settings(encoder="lsa"))
    assert [row["watch"] for row in found.problems.to_pylist() if row["watch"]] == ["safety"]


def test_watched_long_text_is_weighed_around_its_cue(lexicon, use):
    filler = "今天去办事大厅领了表格，填好以后交给窗口，工作人员很热情，说过几天会有短信。" * 8
    found = watched(keys(f"{filler}另外村支书贪污征地款，请查处。{filler}"), lexicon, model=use)
    assert lanes(found, lexicon) == ["corruption"]


# --------------------------------------------------------------------------------------------- how a cue is written

MATCHES = (
    ("bribe", "no bribe no permit", True),
    ("bribe", "bribery", False),
    ("brib*", "bribery", True),
    ("(hit|kick*) (me|him)", "he kicked me", True),
    ("(hit|kick*) (me|him)", "white men", False),
    ("收…红包", "收了我们的红包", True),
    ("收…红包", "收了。红包", False),
    ("收…红包", "收" + "了" * 13 + "红包", False),
    ("take(s|n|) it", "taken it", True),
    ("(no |)way out", "a way out", True),
    ("自(sha|鲨)", "他自sha了", True),
)


@pytest.mark.parametrize(("cue", "text", "found"), MATCHES)
def test_cue_matches_as_written(cue, text, found):
    lane = watches.Lane("x", {"en": "x"}, cues=(read(cue),))
    assert (watched(keys(text), Lexicon((lane,))).lane >= 0).tolist() == [found]


@pytest.mark.parametrize("cue", ["(a|b", "a)", "a|b", "…", "(|a)", "*"])
def test_cue_unreadable_is_refused(cue):
    with pytest.raises(ValueError, match=r"bracket|nothing"):
        read(cue)


WORDS = st.lists(
    st.sampled_from(["a", "bad", "no", "打", "人", "钱", "…", "(a|bad)", "(人|no)", "*", " "]), min_size=1, max_size=5
)


@settings(max_examples=150, deadline=None)
@given(WORDS.map("".join), st.text("abdno打人钱. _", max_size=12))
def test_sieve_leaves_nothing_out(written, text):
    try:
        cue = read(written)
    except ValueError:
        return
    look = Lexicon((watches.Lane("x", {"en": "x"}, cues=(cue,)),)).looks[0]
    if look.spots(text):
        assert look.candidates(pa.array([text], pa.large_string())).tolist() == [True]


def test_shipped_cues_find_themselves_through_the_sieve(lexicon):
    rows = keys(*(row["text"] for lang in ("zh", "en") for row in golden(lang, "dev")))
    for look in lexicon.looks:
        said = [any(not spot.hint for spot in look.spots(text)) for text in rows.to_pylist()]
        assert not (np.array(said) & ~look.candidates(rows)).any()


# ------------------------------------------------------------------------------------------------------- one's own file


def own(tmp_path, text):
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_load_shipped_lanes_in_order_of_urgency():
    assert tuple(lane.code for lane in watches.load()) == LANES


def test_load_own_file_adds_and_extends(tmp_path, use):
    more = """
lanes:
  - code: safety
    cues: {en: [wobbly widget]}
    benign: {en: [gas leak drill]}
  - code: strike
    name: {zh: 罢工, en: Strike}
    cues: {en: [walk out*]}
    examples: {en: [The whole shift is going to lay down tools on Monday]}
"""
    lexicon = Lexicon(watches.load(own(tmp_path, more)))
    assert lexicon.codes == (*LANES, "strike")
    found = watched(keys("a wobbly widget", "gas leak drill at noon", "they walk out today"), lexicon)
    assert lanes(found, lexicon) == ["safety", None, "strike"]
    alike = watched(keys("the whole shift is going to lay down tools on monday", "nice soup"), lexicon, model=use)
    assert lanes(alike, lexicon) == ["strike", None]


WRONG = (
    ("lanes: [", "this is not YAML"),
    ("cues: {}", "the key lanes is missing"),
    ("lanes: [a]", "a lane is not a mapping"),
    ("lanes: [{cues: {en: [a]}}]", "the key code is missing"),
    ("lanes: [{code: x, colour: red}]", "the key colour is not known"),
    ("lanes: [{code: x, name: {en: X}}]", "neither a cue nor an example"),
    ("lanes: [{code: x, cues: {en: [a]}}]", "a new lane has no name"),
    ("lanes: [{code: x, name: {en: X}, cues: [a]}]", "the key cues must hold a list of texts for each language"),
    ("lanes: [{code: x, name: {en: X}, cues: {en: ['(a']}}]", "the cue '(a' has a bracket that does not close"),
    ("lanes: [{code: x, cues: {en: [a]}}, {code: x, cues: {en: [a]}}]", "the code x is used twice"),
)


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_load_trouble_is_one_sentence(tmp_path, text, told):
    with pytest.raises(InputError) as caught:
        watches.load(own(tmp_path, text))
    assert told in str(caught.value)
    assert "own.yaml" in str(caught.value)


def test_load_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="the watch lexicon cannot be read"):
        watches.load(tmp_path / "none.yaml")


# --------------------------------------------------------------------------------------------------------------- lift


def unit(*rows):
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


GROUPED, ALONE = STATES.index("grouped"), STATES.index("alone")


def lifted(problem, lane, vectors=None, sure=None, **weights):
    problem = np.array(problem, dtype=np.int32)
    state = np.where(problem < 0, ALONE, GROUPED).astype(np.int8)
    sure = np.full(len(problem), 0.9, np.float32) if sure is None else np.array(sure, np.float32)
    vectors = np.eye(len(problem), dtype=np.float32) if vectors is None else vectors
    return lift(problem, state, np.array(lane, dtype=np.int8), sure, vectors, **weights)


def test_lift_minority_leaves_for_a_problem_of_its_own():
    found = lifted([0] * 9, [1] + [-1] * 8)
    assert found.problem.tolist() == [1] + [0] * 8
    assert found.lane.tolist() == [-1, 1]
    assert found.beside.tolist() == [1, 0]


def test_lift_third_of_a_group_labels_it_whole():
    found = lifted([0, 0, 0], [2, -1, -1])
    assert (found.problem.tolist(), found.lane.tolist()) == ([0, 0, 0], [2])


def test_lift_weighs_submissions():
    found = lifted([0, 0, 0], [2, -1, -1], n_submissions=np.array([1, 500, 1]))
    assert (found.problem.tolist(), found.lane.tolist()) == ([1, 0, 0], [-1, 2])


def test_lift_second_lane_leaves_a_labelled_group():
    found = lifted([0, 0, 0, 0], [0, 0, 0, 3])
    assert (found.problem.tolist(), found.lane.tolist()) == ([0, 0, 0, 1], [0, 3])


def test_lift_alone_becomes_a_problem_of_one():
    found = lifted([-1, 0], [4, -1], unit([1, 0], [0.1, 1]))
    assert (found.problem.tolist(), found.state.tolist()) == ([1, 0], [GROUPED, GROUPED])
    assert (found.lane.tolist(), found.beside.tolist()) == ([-1, 4], [1, 1])


def test_lift_alone_joins_the_nearest_of_its_lane():
    vectors = unit([1, 0], [1, 0.1], [0, 1], [1, 0.2], [0.1, 1])
    found = lifted([0, 0, -1, -1, -1], [1, 1, 1, 1, 1], vectors)
    assert found.problem.tolist() == [0, 0, 1, 0, 1]
    assert found.lane.tolist() == [1, 1]


def test_lift_unsure_stays():
    found = lifted([0, 0, 0, 0, -1], [1, -1, -1, -1, 1], sure=[0.4, 0, 0, 0, 0.49])
    assert found.problem.tolist() == [0, 0, 0, 0, -1]
    assert found.lane.tolist() == [-1]


def test_lift_weak_hits_stay_where_they_are_and_say_what_a_group_is_about():
    found = lifted([0, 0, 0, 0, -1, 1, 1], [1, -1, -1, -1, 1, 1, -1], sure=[0.79, 0, 0, 0, 0.79, 0.79, 0])
    assert (found.problem.tolist(), found.lane.tolist()) == ([0, 0, 0, 0, -1, 1, 1], [-1, 1])


def test_lift_later_run_keeps_the_lanes_it_knows_and_sends_new_hits_to_them():
    vectors = unit([1, 0, 0], [0, 1, 0], [0, 1, 0.1], [1, 0, 0.1], [1, 0, 0.2])
    known = np.array([-1, 2], np.int8)
    found = lifted([0, 1, 0, 0, 0], [-1, -1, 2, -1, -1], vectors, known=known)
    assert found.problem.tolist() == [0, 1, 1, 0, 0]
    assert found.lane.tolist() == [-1, 2]


def test_lift_nothing_at_all():
    found = lifted([], [])
    assert (found.problem.tolist(), found.lane.tolist(), found.beside.tolist()) == ([], [], [])


@st.composite
def runs(draw):
    n = draw(st.integers(0, 30))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    groups = rng.integers(-1, draw(st.integers(1, 6)), n)
    problem = np.where(groups < 0, -1, np.unique(np.append(groups, -1), return_inverse=True)[1][:n] - 1)
    return {
        "problem": problem.astype(np.int32),
        "state": np.where(problem < 0, ALONE, GROUPED).astype(np.int8),
        "lane": rng.integers(-1, 4, n).astype(np.int8),
        "sure": rng.random(n, dtype=np.float32),
        "vectors": unit(*rng.normal(size=(n, 3))) if n else np.zeros((0, 3), np.float32),
    }, rng.integers(1, 50, n)


@settings(max_examples=150, deadline=None)
@given(runs())
def test_lift_laws(run):
    given_, weights = run
    before = {name: value.copy() for name, value in given_.items()}
    found = lift(**given_, n_submissions=weights)
    hit = (given_["lane"] >= 0) & (given_["sure"] >= SURE)
    # a clear hit ends in a problem of its lane
    hit &= given_["sure"] >= CLEAR
    assert (found.problem[hit] >= 0).all()
    assert found.lane[found.problem[hit]].tolist() == given_["lane"][hit].tolist()
    assert (found.state[hit] == GROUPED).all()
    # nothing else moves
    assert found.problem[~hit].tolist() == given_["problem"][~hit].tolist()
    assert found.state[~hit].tolist() == given_["state"][~hit].tolist()
    # a lifted problem holds hits of one lane, and every problem knows what it stands beside
    lifted_ = found.problem > given_["problem"].max(initial=-1)
    assert hit[lifted_].all()
    assert (
        len(found.lane)
        == len(found.beside)
        == max(found.problem.max(initial=-1), given_["problem"].max(initial=-1)) + 1
    )
    held = np.unique(found.problem[found.problem >= 0])
    known = found.beside[held]
    assert (known >= 0).all() if (given_["problem"] >= 0).any() else (known == -1).all()
    assert (given_["problem"][known[known >= 0]] >= 0).all()
    # the same again, and the input as it was
    again = lift(**given_, n_submissions=weights)
    assert again.problem.tobytes() == found.problem.tobytes()
    assert all((given_[name] == before[name]).all() for name in before)
