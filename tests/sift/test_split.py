"""One comment into the points it makes."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from setright.sift.split import split

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "split.jsonl"
DATA = Path(__file__).resolve().parents[2] / "../shared/data"
LOOSE = " \t\r\n,，.。;；:：!！?？、…"


def golden() -> list[tuple[str, str, list[str]]]:
    rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return [(row["lang"], row["text"], row["points"]) for row in rows]


def points(text: str) -> list[str]:
    return [text[span.start : span.end].strip(LOOSE) for span in split(text)]


def starts(text: str, parts: list[str]) -> set[int]:
    """Where every part but the first begins: the boundaries."""
    found: list[int] = []
    at = 0
    for part in parts:
        at = text.index(part, at)
        found.append(at)
        at += len(part)
    return set(found[1:])


def test_golden_texts_are_split_as_well_as_reached():
    n_exact, n_right, n_got, n_wanted = 0, 0, 0, 0
    for _, text, wanted in golden():
        got, bare = points(text), [part.strip(LOOSE) for part in wanted]
        n_exact += got == bare
        ours, theirs = starts(text, got), starts(text, bare)
        n_right, n_got, n_wanted = n_right + len(ours & theirs), n_got + len(ours), n_wanted + len(theirs)
    exact, f1 = n_exact / len(golden()), 2 * n_right / (n_got + n_wanted)
    sys.stdout.write(
        f"exact {exact:.3f}  boundary precision {n_right / n_got:.3f}  recall {n_right / n_wanted:.3f}  F1 {f1:.3f}"
        + "\n"
    )
    assert exact >= 0.95
    assert f1 >= 0.95


@pytest.mark.parametrize(
    "text", ["", " \n", "谢谢！", "Thank you!", "您好", "尊敬的领导：您好！谢谢！", "...", "Hello there\n"]
)
def test_text_without_a_point_has_no_span(text):
    assert split(text) == []


def test_span_leaves_out_greeting_mark_cue_and_thanks():
    text = "您好！1、食堂贵；2、宿舍没有热水。另外，图书馆太吵。谢谢！"
    assert points(text) == ["食堂贵", "宿舍没有热水", "图书馆太吵"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The bus is late.\nKind regards,\nAlice Brown", ["The bus is late"]),
        ("No lift in block C.\nSigned,\nJohn Smith", ["No lift in block C"]),
        ("Bus zu spät.\nYours sincerely, T. Brown", ["Bus zu spät"]),
        ("食堂太贵。\n此致\n敬礼！\n李小明", ["食堂太贵"]),
        ("食堂太贵。\n联系人：\n张三丰", ["食堂太贵"]),
        ("姓名：张三丰\n食堂太贵。", ["食堂太贵"]),
        ("食堂太贵。\n本人高兴。", ["食堂太贵", "本人高兴"]),
        ("The bus is late.\nAlice Brown was rude", ["The bus is late", "Alice Brown was rude"]),
    ],
)
def test_signature_is_no_point(text, said):
    assert points(text) == said


def test_list_marks_that_count_nothing_do_not_split():
    assert [len(split(t)) for t in ("Since 2. May it is closed", "v1.2 and v2.1 crash", "一、二年级没有午托")] == [
        1,
        1,
        1,
    ]


def test_long_letter_about_one_thing_stays_whole():
    letter = "我是阳光小区的业主。" + "物业收了费却不打扫楼道。我们找过居委会，居委会让找街道。街道说正在协调。" * 12
    assert len(split(letter)) == 1


PIECES = st.sampled_from(
    [
        "食堂太贵",
        "。",
        "，",
        "但是",
        "服务很好",
        "1、",
        "2、",
        "\n",
        " ",
        "另外，",
        "谢谢",
        "您好！",
        "the food was cold",
        ". ",
        ", but ",
        "Also, ",
        "staff were lovely",
        "- ",
        "!!!",
        "①",
        "②",
        "…",
        "(1)",
        "(2)",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_spans_are_in_bounds_in_order_and_trimmed(text):
    last = 0
    for span in split(text):
        assert last <= span.start < span.end <= len(text)
        part = text[span.start : span.end]
        assert part == part.strip()
        last = span.end


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_what_is_in_no_span_says_nothing(text):
    spans = split(text)
    left, last = "", 0
    for span in [*spans, (len(text), len(text))]:
        left += text[last : span[0]] + " "
        last = span[1]
    for said in ("食堂太贵", "服务很好", "the food was cold", "staff were lovely"):
        assert said not in left


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
@example("- 食堂太贵\n- 食堂太贵食堂太贵")
@example("食堂太贵食堂太贵食堂太贵食堂太贵。1、. 2、食堂太贵")
def test_writing_does_not_change_the_number_of_points(text):
    n = len(split(text))
    assert len(split(text.upper())) == n
    assert len(split(f"  {text}  ")) == n
    assert len(split(text.replace(" ", "  "))) == n
    assert [text[s.start : s.end] for s in split(text)] == [text[s.start : s.end] for s in split(text, "zh")]


@pytest.mark.parametrize("text", [text for _, text, _ in golden() if text.isascii()][:40])
def test_full_width_letters_do_not_change_the_number_of_points(text):
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)
    assert unicodedata.normalize("NFKC", wide) == text
    assert len(split(wide)) == len(split(text))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "字",
        "。",
        "!",
        ".",
        " ",
        "\n",
        "1. ",
        "1、a",
        "谢谢",
        "您好，",
        "but ",
        "，但是",
        "- a\n",
        "dear a ",
        "，另外",
        "很好。差。",
        "(",
        "a.b. ",
        "…",
        "name: A\n",
    ],
)
def test_long_text_takes_linear_time(unit):
    split(unit * (200_000 // len(unit)))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "share"),
    [("banking77", 0.02), ("clinc150", 0.005), ("stackoverflow20_titles", 0.005), ("thucnews_titles_20k", 0.005)],
)
def test_short_requests_and_titles_stay_whole(name, share):
    if not (DATA / f"{name}.parquet").exists():
        pytest.skip("needs the measurement data")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = parquet.read_table(DATA / f"{name}.parquet", columns=["text"])["text"].to_pylist()
    n_split = sum(len(split(text)) > 1 for text in texts)
    sys.stdout.write(f"{name}: {n_split / len(texts):.4f} split" + "\n")
    assert n_split <= share * len(texts)
