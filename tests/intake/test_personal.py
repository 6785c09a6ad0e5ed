"""What identifies a person is found, and what only looks like it is left."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.intake.personal import PLACEHOLDERS, Found, find_personal, mask, mask_span, sliced

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


@pytest.mark.parametrize(
    ("before", "part", "shown"),
    [
        ("The bus is late.\nKind regards,\n", "Alice Brown", "[name]"),
        ("食堂太贵。此致\n敬礼！\n", "李小明", "〔姓名〕"),
        ("路灯不亮。联系人：\n", "张三丰", "〔姓名〕"),
        ("No lift.\nSigned,\n", "John Smith", "[name]"),
        ("食堂太贵，电话1391234", "5678", "〔电话〕"),
        ("The bus is late.", " Every day.", " Every day."),
    ],
)
def test_mask_span_knows_what_stands_before_the_part(before, part, shown):
    text = before + part
    assert mask_span(text, len(before), len(text)) == shown


def test_mask_span_replaces_what_lies_across_an_edge_on_both_sides():
    text = "打13912345678找我"
    assert (mask_span(text, 0, 5), mask_span(text, 5, len(text))) == ("打〔电话〕", "〔电话〕找我")


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(0, 60), st.integers(0, 60))
def test_mask_span_leaves_nothing_to_find_and_of_the_whole_is_mask(text, start, end):
    assert find_personal(mask_span(text, min(start, len(text)), min(end, len(text)))) == []
    assert mask_span(text, 0, len(text)) == mask(text)


def test_sliced_is_the_part_as_written():
    assert sliced("电话13912345678", 2, 13) == "13912345678"


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
