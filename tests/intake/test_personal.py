"""What identifies a person is found, and what only looks like it is left."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.intake.personal import PLACEHOLDERS, Found, find_personal, mask

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "personal.jsonl"


def golden() -> list[tuple[str, set[Found]]]:
    rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return [(row["text"], {Found(*found) for found in row["found"]}) for row in rows]


def shown(text: str) -> list[tuple[str, str]]:
    return [(text[found.start : found.end], found.kind) for found in find_personal(text)]


def test_golden_set_holds_every_kind_and_as_many_negatives():
    rows = golden()
    assert {found.kind for _, wanted in rows for found in wanted} == set(PLACEHOLDERS)
    assert len(rows) >= 200
    assert sum(not wanted for _, wanted in rows) >= 100


def test_golden_set_is_found_with_the_precision_and_recall_reached():
    right: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for text, wanted in golden():
        got = set(find_personal(text))
        right.update(found.kind for found in got & wanted)
        extra.update(found.kind for found in got - wanted)
        missed.update(found.kind for found in wanted - got)
    for kind in PLACEHOLDERS:
        sys.stdout.write(f"{kind:12} right {right[kind]:3}  extra {extra[kind]:2}  missed {missed[kind]:2}" + "\n")
    precision = right.total() / (right.total() + extra.total())
    recall = right.total() / (right.total() + missed.total())
    sys.stdout.write(f"precision {precision:.3f}  recall {recall:.3f}" + "\n")
    assert precision >= 0.985
    assert recall >= 0.985


def test_masking_every_golden_text_leaves_nothing_to_find():
    assert [find_personal(mask(text)) for text, _ in golden()] == [[] for _ in golden()]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的手机１３９００００１１１１打不通", "我的手机〔电话〕打不通"),
        ("call me on 07700 900123 please", "call me on [phone] please"),
        ("mail a.b@example.com", "mail [e-mail]"),
        ("13900001111", "[phone]"),
        ("app里填13900001111", "app里填〔电话〕"),
        ("手机139\u200b0000\u200b1111。", "手机〔电话〕。"),
        ("两个号码：13900001111，13900002222", "两个号码：〔电话〕，〔电话〕"),
    ],
)
def test_mask_names_the_kind_in_the_script_around_it(text, masked):
    assert mask(text) == masked


def test_identity_number_with_a_wrong_check_digit_is_left_unless_announced():
    assert shown("编码110101190001010015") == []
    assert shown("身份证110101190001010015") == [("110101190001010015", "id card")]


def test_card_number_with_a_wrong_check_digit_is_left():
    assert shown("code 4000001234567891") == []


def test_name_of_somebody_complained_about_is_left():
    assert shown("王主任和李小明态度差，Dr Smith was rude") == []


def test_public_hotlines_are_left():
    assert shown("打12345、110、999、400-820-8820、0800 111 都不通") == []


def test_offsets_count_code_points_of_the_text_as_written():
    text = "😀\u200b我叫王小明，电话１３９００００１１１１"
    assert [text[f.start : f.end] for f in find_personal(text)] == ["王小明", "１３９００００１１１１"]


PIECES = st.sampled_from(
    [
        "13900001111",
        "我叫王小明",
        "，",
        " ",
        "my name is Ann",
        "12 High Street",
        "a@b.co",
        "QQ：123456",
        "1",
        "-",
        "卡号",
        "京A12345",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map("".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_mask_is_idempotent_and_leaves_nothing_to_find(text):
    masked = mask(text)
    assert find_personal(masked) == []
    assert mask(masked) == masked


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_founds_are_in_bounds_in_order_and_apart(text):
    last = 0
    for found in find_personal(text):
        assert last <= found.start < found.end <= len(text)
        last = found.end


@pytest.mark.parametrize("unit", ["1", "a", "a@", "12 High ", "我叫王", "0 ", "路1号", "name: A "])
def test_long_text_ends(unit):
    text = unit * (40_000 // len(unit))
    assert len(mask(text)) > 0
