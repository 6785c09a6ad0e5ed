import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift import Settings, sift
from setright.sift.clean import normalise
from setright.sift.encoders.use import Use
from setright.sift.kind import KindModel, kinds, shipped_model, split_mixed
from setright.sift.kinds.features import (
    MAX_CUE,
    cue_matrix,
    cues_found,
    cues_from,
    feature_names,
    run_matrix,
    runs,
    tokenised,
)
from setright.sift.tables import KINDS

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden"
KIND_DATA = ROOT / "src/setright/sift/kinds"
DATA = ROOT / "../shared/data"

COMPLAINT, SUGGESTION, PRAISE, QUESTION, NONE = range(5)
LEXICON = {
    "good": {"en": ["good"], "zh": ["好"]},
    "bad": {"en": ["bad", "very bad"], "zh": []},
    "not": {"en": ["not", "don't"], "zh": ["不"]},
    "polite": {"zh": ["你好"]},
}
TEXTS = st.lists(st.text(alphabet="ab?! '好坏不你e\u0301😀\n", max_size=12), max_size=8)


def groups_of(text: str) -> list[list[str]]:
    cues = cues_from(LEXICON)
    tokens = tokenised([text])
    found = cues_found(tokens, cues, runs(tokens, MAX_CUE))
    return [[name for i, name in enumerate(cues.names) if f >> i & 1] for f in found.tolist()]


# ------------------------------------------------------------------------------------------------------------ tokens


def test_tokens_are_words_han_characters_and_marks():
    tokens = tokenised(["I don't 喜欢 it!", ""])

    assert tokens.first.tolist() == [0, 6, 6]


@pytest.mark.parametrize(
    ("one", "other"),
    [("DON'T", "don’t"), ("我覺得應該", "我觉得应该"), ("吗？", "吗?"), ("a  b", "a, b".replace(",", ""))],
)
def test_tokens_of_equal_writing_are_equal(one, other):
    assert tokenised([one]).hash.tolist() == tokenised([other]).hash.tolist()


def test_tokens_of_different_words_differ():
    tokens = tokenised(["ab ba aab aba"])

    assert len(set(tokens.hash.tolist())) == 4


def test_token_hash_does_not_depend_on_its_place():
    first, second = tokenised(["road"]).hash[0], tokenised(["mend the", "long road"]).hash[-1]

    assert first == second


def test_runs_never_leave_their_text():
    tokens = tokenised(["a b", "c"])

    assert [(r != 0).tolist() for r in runs(tokens, 2)] == [[True, True, True], [True, False, False]]


def test_run_matrix_has_one_weight_per_run():
    tokens = tokenised(["a b c", "", "d"])
    matrix = run_matrix(tokens, runs(tokens, MAX_CUE))

    assert matrix.sum(axis=1).round(4).tolist() == pytest.approx([np.sqrt(6), 0, 1], abs=1e-3)


# -------------------------------------------------------------------------------------------------------------- cues


def test_cue_within_a_longer_one_is_not_counted():
    assert groups_of("你好") == [["polite"], []]
    assert groups_of("very bad") == [["bad"], []]


def test_cue_is_a_whole_word():
    assert groups_of("badge goodness") == [[], []]


def test_good_after_a_negation_is_counted_apart():
    cues = cues_from({name: {} for name in shipped_model().cues.names} | LEXICON)
    tokens = tokenised(["not a good day", "a good day", "not today we had a very good day"])
    matrix = cue_matrix(tokens, cues, runs(tokens, MAX_CUE))
    names = feature_names(cues)

    assert matrix[:, names.index("has good")].tolist() == [0, 1, 1]
    assert matrix[:, names.index("has good negated")].tolist() == [1, 0, 0]


def test_feature_names_name_every_column():
    cues = shipped_model().cues
    tokens = tokenised(["x"])

    assert len(feature_names(cues)) == cue_matrix(tokens, cues, runs(tokens, MAX_CUE)).shape[1]
    assert len(feature_names(cues)) == len(set(feature_names(cues)))


def test_shipped_model_knows_the_shipped_cues():
    lexicon = yaml.load((KIND_DATA / "cues.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    cues, shipped = cues_from(lexicon), shipped_model().cues

    assert (shipped.hash.tolist(), shipped.groups.tolist(), shipped.names) == (
        cues.hash.tolist(),
        cues.groups.tolist(),
        cues.names,
    )


def test_opinions_have_a_known_kind_and_at_least_250_are_chinese():
    lines = {
        path.name: [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        for path in sorted(KIND_DATA.glob("opinions.*.tsv"))
    }

    assert {len(line) for several in lines.values() for line in several} == {2}
    assert {line[0] for several in lines.values() for line in several} == set(KINDS)
    assert len({text for _, text in lines["opinions.zh.tsv"]}) >= 250


# ------------------------------------------------------------------------------------------------------------- kinds


def test_kinds_of_golden_sentences():
    rows = list(csv.DictReader((GOLDEN / "kind_sentences.csv").read_text(encoding="utf-8").splitlines()))
    codes, _ = kinds([row["text"] for row in rows])

    assert [KINDS[code] for code in codes] == [row["kind"] for row in rows]


def test_kinds_of_nothing_is_empty():
    codes, confidence = kinds([])

    assert (codes.shape, codes.dtype, confidence.shape, confidence.dtype) == ((0,), np.int8, (0,), np.float32)


def test_kinds_of_a_text_without_words_is_none():
    codes, confidence = kinds(["", "  ", "()", None])

    assert (codes.tolist(), confidence.tolist()) == ([NONE] * 4, [1.0] * 4)


def test_kinds_takes_arrow_columns():
    texts = ["请问怎么办理？", None, "thanks, lovely staff"]
    expected = [part.tolist() for part in kinds(texts)]

    for column in (
        pa.array(texts),
        pa.array(texts, pa.large_string()),
        pa.chunked_array([texts[:1], texts[1:]]),
        pa.array(["x", *texts]).slice(1),
    ):
        assert [part.tolist() for part in kinds(column)] == expected


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_kind_of_a_text_does_not_depend_on_the_others(texts):
    codes, confidence = kinds(texts)
    alone = [kinds([text]) for text in texts]

    assert codes.tolist() == [int(c[0]) for c, _ in alone]
    assert confidence.tolist() == pytest.approx([float(p[0]) for _, p in alone], abs=1e-5)


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_kinds_confidence_is_a_chance(texts):
    codes, confidence = kinds(texts)

    assert ((confidence >= 0.2 - 1e-6) & (confidence <= 1)).all()
    assert ((codes >= 0) & (codes < len(KINDS))).all()


def test_kinds_are_the_same_over_a_chunk_border():
    texts = [f"the road {i % 7} is broken" for i in range(32_768 + 3)]
    codes, confidence = kinds(texts)

    assert codes[-3:].tolist() == codes[(np.arange(-3, 0) + len(texts)) % 7].tolist()
    assert confidence[-3:].tolist() == pytest.approx(confidence[(np.arange(-3, 0) + len(texts)) % 7].tolist(), abs=1e-5)


def test_kinds_do_not_depend_on_the_hash_seed():
    texts = ["希望修路", "late again", "ok"]
    said = subprocess.run(
        [sys.executable, "-c", f"from setright.sift.kind import kinds; print([p.tolist() for p in kinds({texts})])"],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert said.strip() == str([part.tolist() for part in kinds(texts)])


def test_model_survives_its_bytes():
    model = shipped_model()
    again = KindModel.from_bytes(model.to_bytes())

    assert [p.tolist() for p in kinds(["路坏了"], model=again)] == [p.tolist() for p in kinds(["路坏了"])]
    assert len(model.to_bytes()) <= 1 << 20


def test_meaning_does_not_depend_on_how_vectors_are_cut():
    vectors = np.random.default_rng(0).normal(size=(8_192 + 5, 512)).astype(np.float32)
    whole = shipped_model().meaning(vectors)

    assert whole[-5:].tolist() == shipped_model().meaning(vectors[-5:]).tolist()


def test_meaning_moves_the_kind():
    texts = ["the gate is over there"] * 5
    codes, _ = kinds(texts, meaning=np.eye(5, dtype=np.float32) * 50)

    assert codes.tolist() == [COMPLAINT, SUGGESTION, PRAISE, QUESTION, NONE]


def test_meaning_of_a_text_without_words_counts_for_nothing():
    codes, confidence = kinds(
        ["", None], meaning=np.full((2, 5), 50, np.float32) * np.array([1, 0, 0, 0, 0], np.float32)
    )

    assert (codes.tolist(), confidence.tolist()) == ([NONE, NONE], [1.0, 1.0])


def test_meaning_needs_a_row_per_text():
    with pytest.raises(ValueError, match="meaning has 1 rows for 2 texts"):
        kinds(["a", "b"], meaning=np.zeros((1, 5), np.float32))


def test_kinds_of_golden_sentences_with_their_vectors():
    rows = list(csv.DictReader((GOLDEN / "kind_sentences.csv").read_text(encoding="utf-8").splitlines()))
    keys = [normalise(row["text"]) for row in rows]
    codes, _ = kinds(keys, meaning=shipped_model().meaning(Use(1).encode(keys)))

    assert [KINDS[code] for code in codes] == [row["kind"] for row in rows]


def test_a_run_tells_kinds_from_the_vectors_it_made_for_grouping():
    said = [f"{who} {what}" for who in ("the nurse", "our driver") for what in ("was late again", "was kind to us")]
    keys = [normalise(text) for text in said]
    expected, _ = kinds(keys, meaning=shipped_model().meaning(Use(1).encode(keys)))
    found = sift(pa.table({"text": said}), Settings(encoder="use", threads=1))

    assert found.assignments["kind"].to_pylist() == [KINDS[code] for code in expected]


@pytest.mark.data
def test_kinds_of_chinese_points_labelled_by_two_readers():
    if not DATA.is_dir():
        pytest.skip("the measurement data is not here")
    from benchmarks.kinds import chinese

    found = chinese(shipped_model())

    assert (found["n"], found["readers_agree"], found["kappa"]) == (600, 0.9083, 0.8687)
    assert found["f1_complaint"] > 0.77
    assert found["accuracy"] > 0.68


# ------------------------------------------------------------------------------------------------------- split_mixed


def split(problem, codes, confidence=0.97, weights=1):
    n = len(problem)
    return split_mixed(
        np.array(problem, dtype=np.int32),
        np.array(codes, dtype=np.int8),
        np.broadcast_to(np.float32(confidence), n).astype(np.float32),
        np.broadcast_to(np.int64(weights), n).astype(np.int64),
    ).tolist()


def test_split_parts_praise_from_complaint():
    assert split([0] * 7, [COMPLAINT] * 4 + [PRAISE] * 3) == [0, 0, 0, 0, 1, 1, 1]


def test_split_parts_complaint_from_praise():
    assert split([0] * 9, [PRAISE] * 5 + [COMPLAINT, SUGGESTION, COMPLAINT, QUESTION]) == [0] * 5 + [1] * 4


def test_split_does_not_take_questions_for_trouble():
    assert split([0] * 9, [QUESTION] * 5 + [PRAISE] * 4) == [0] * 9
    assert split([0] * 16, [QUESTION] * 9 + [PRAISE] * 4 + [COMPLAINT] * 3) == [0] * 16


def test_split_keeps_questions_with_complaints():
    assert split([0] * 9, [COMPLAINT, SUGGESTION, QUESTION] * 3) == [0] * 9


def test_split_needs_three_texts():
    assert split([0] * 6, [COMPLAINT] * 4 + [PRAISE] * 2) == [0] * 6


def test_split_needs_a_quarter_of_the_points():
    assert split([0] * 13, [COMPLAINT] * 10 + [PRAISE] * 3) == [0] * 13
    assert split([0] * 12, [COMPLAINT] * 9 + [PRAISE] * 3) == [0] * 9 + [1] * 3


def test_split_weighs_points():
    weights = np.array([1, 1, 1, 20, 20, 20])

    assert split([0] * 6, [PRAISE] * 3 + [COMPLAINT] * 3, weights=weights) == [0] * 6


def test_split_leaves_the_unsure_with_the_larger_side():
    confidence = np.array([0.97] * 8 + [0.9])

    assert split([0] * 9, [COMPLAINT] * 4 + [PRAISE] * 3 + [NONE, PRAISE], confidence) == [0] * 4 + [1] * 3 + [0, 0]


def test_split_leaves_texts_without_a_group():
    assert split([-1] * 7, [COMPLAINT] * 4 + [PRAISE] * 3) == [-1] * 7
    assert split([], []) == []


def test_split_numbers_new_groups_in_order():
    codes = [COMPLAINT] * 3 + [PRAISE] * 3

    assert split([1] * 6 + [0] * 6, codes * 2) == [1, 1, 1, 3, 3, 3, 0, 0, 0, 2, 2, 2]


MEMBERS = st.lists(
    st.tuples(st.integers(-1, 3), st.integers(0, 4), st.sampled_from([0.5, 0.97]), st.integers(1, 5)), max_size=40
)


@given(MEMBERS)
@settings(max_examples=100, deadline=None)
def test_split_only_refines_and_leaves_its_input(members):
    problem, codes, confidence, weights = (np.array([m[i] for m in members]) for i in range(4))
    problem = problem.astype(np.int32)
    before = problem.copy()
    after = split_mixed(problem, codes.astype(np.int8), confidence.astype(np.float32), weights.astype(np.int64))

    assert problem.tolist() == before.tolist()
    assert ((after == -1) == (before == -1)).all()
    assert len({(int(b), int(a)) for b, a in zip(before, after, strict=True)}) == len(set(after.tolist()))


@given(MEMBERS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_split_does_not_depend_on_the_order(members, random):
    order = list(range(len(members)))
    random.shuffle(order)
    columns = [
        np.array([m[i] for m in members], dtype=t) for i, t in enumerate((np.int32, np.int8, np.float32, np.int64))
    ]
    after = split_mixed(*columns)
    shuffled = split_mixed(*(column[order] if order else column for column in columns))

    assert shuffled.tolist() == [int(after[i]) for i in order]
