import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift.clean import empty_reason, normalise
from setright.sift.split import split
from setright.sift.tables import POINTS
from setright.sift.template import Campaigned, Words, campaigned, further, united
from setright.sift.templating.find import TemplateSettings, templates

ZH = (
    "我们小区建成已经二十多年，至今没有安装电梯。",
    "楼里住着三十多位七十岁以上的老人，上下楼只能扶着栏杆一步一步挪。",
    "去年冬天就有两位老人在楼道里摔倒骨折。",
    "恳请街道尽快启动加装电梯的工作，并公布每一栋楼的时间表。",
)
EN = (
    "The new bus timetable has cut the evening service to one bus an hour.",
    "People who work late shifts now have to walk home along an unlit road.",
    "We ask the council to restore the half hourly service until midnight.",
)
OTHERS = (
    "食堂的饭菜又贵又难吃，希望换一家承包商",
    "村口的路灯坏了三个月。报修以后没有人来过。",
    "图书馆周末也应该开门，年轻人没有地方看书",
    "The lift at the north entrance has been out of order since May.",
    "希望改善停车",
)


def points_of(texts: list[str]) -> pa.Table:
    lines: list[tuple[int, int, int, int, str | None, str | None]] = []
    for row, text in enumerate(texts):
        spans = [span for span in split(text) if empty_reason(text[span.start : span.end]) is None]
        if not spans:
            lines.append((row, 0, 0, len(text), None, "thanks"))
        lines += [(row, i, s.start, s.end, normalise(text[s.start : s.end]), None) for i, s in enumerate(spans)]
    return pa.table([pa.array(c, f.type) for c, f in zip(zip(*lines, strict=True), POINTS, strict=True)], schema=POINTS)


def found_in(texts: list[str], chosen: TemplateSettings | None = None) -> Campaigned:
    rows = pa.table({"text": pa.array(texts, pa.large_string())})
    return campaigned(rows, points_of(texts), Words(normalise, empty_reason), chosen)


def told(texts: list[str], found: Campaigned) -> list[list[tuple[str, int, bool]]]:
    """Each row's points: the words, the template, and whether they were added."""
    lines: list[list[tuple[str, int, bool]]] = [[] for _ in texts]
    columns = [found.points[name].to_pylist() for name in ("row", "start", "end")]
    for row, start, end, template, added in zip(*columns, found.template.tolist(), found.added.tolist(), strict=True):
        lines[row].append((texts[row][start:end], template, added))
    return lines


def additions(texts: list[str], found: Campaigned) -> list[list[str]]:
    return [[said for said, _, added in line if added] for line in told(texts, found)]


def carried(texts: list[str], found: Campaigned) -> list[set[int]]:
    return [{template for _, template, _ in line} for line in told(texts, found)]


# ---------------------------------------------------------------------------------------------------------- one letter


ZH_COPIES = [
    *["".join(ZH)] * 6,
    "我们小区建成己经二十多年，至今没有安装电梯。" + "".join(ZH[1:]),
    "".join(ZH[:2]) + "去年冬天就有俩位老人在楼道里摔到骨折。" + ZH[3],
    ZH[1] + ZH[0] + ZH[3] + ZH[2],
    "".join(ZH[:3])[:66],
    "尊敬的领导：您好！" + "".join(ZH) + "谢谢！",
    "".join(ZH[:2]) + "我母亲今年八十三岁，已经两个多月没有下过楼了。" + "".join(ZH[2:]),
    "".join(ZH) + "\n我愿意出一部分钱，只要能把事情办好。",
]


def test_letter_of_several_sentences_is_one_template() -> None:
    texts = [*ZH_COPIES, *OTHERS]
    found = found_in(texts)
    assert carried(texts, found) == [{0}] * len(ZH_COPIES) + [{-1}] * len(OTHERS)
    assert (found.n_submissions.tolist(), found.n_with_additions.tolist()) == ([13], [2])
    assert [texts[found.row[0]][start:end] for start, end in found.spans[0]] == ["".join(ZH)]


def test_additions_are_points_of_their_own() -> None:
    found = found_in(ZH_COPIES)
    assert additions(ZH_COPIES, found) == [[]] * 11 + [
        ["我母亲今年八十三岁，已经两个多月没有下过楼了。"],
        ["我愿意出一部分钱，只要能把事情办好。"],
    ]


def test_english_letter_and_its_additions_are_found() -> None:
    mother = "My mother has not left the house since October."
    late = "I start at six and could not get to work on two days last week."
    texts = [
        *[" ".join(EN)] * 7,
        " ".join(EN).replace("hourly", "huorly").replace("evening", "evning"),
        " ".join((EN[2], EN[0], EN[1])),
        " ".join(EN[:2]),
        " ".join((mother, *EN)),
        " ".join((EN[0], late, *EN[1:])),
        *OTHERS,
    ]
    found = found_in(texts)
    assert carried(texts, found) == [{0}] * 12 + [{-1}] * len(OTHERS)
    assert additions(texts, found) == [[]] * 10 + [[mother], [late]] + [[]] * len(OTHERS)


def test_few_words_tell_nothing_by_themselves() -> None:
    own = "我妈八十三岁了，上下楼很难，恳请街道加装电梯，全家感激不尽。"
    texts = [*["".join(ZH)] * 10, "".join(ZH[:2]) + "唉！" + "".join(ZH[2:]), "".join(ZH) + own]
    assert additions(texts, found_in(texts)) == [[]] * 11 + [[own]]


def test_text_sent_most_often_stands_for_its_template() -> None:
    swapped = ZH[1] + ZH[0] + ZH[2] + ZH[3]
    for texts in (["".join(ZH)] * 6 + [swapped] * 5, ["".join(ZH)] * 5 + [swapped] * 6):
        found = found_in(texts)
        assert texts[found.row[0]] == max(texts, key=texts.count)


def test_template_broken_into_lines_is_one_point() -> None:
    texts = [*["".join(ZH)] * 12, "\n".join(ZH)]
    assert len(points_of(texts)) == 12 + 4
    assert [len(line) for line in told(texts, found_in(texts))] == [1] * 13


def test_words_of_a_template_leave_out_what_was_added_between() -> None:
    own = [
        f"我家住在{floor}楼，每天上下都要歇{n}回。"
        for floor, n in zip("二三四五六七八九十百千", "一二三四五六七八九十百", strict=True)
    ]
    texts = [ZH[0] + ZH[1] + said + ZH[2] + ZH[3] for said in own]
    found = found_in(texts)
    assert [texts[found.row[0]][start:end] for start, end in found.spans[0]] == [ZH[0] + ZH[1], ZH[2] + ZH[3]]


def test_addition_behind_a_comma_is_cut_out() -> None:
    texts = [*["".join(ZH)] * 10, "".join(ZH)[:-1] + "，另外地下车库漏水漏了大半年也没有人管"]
    assert additions(texts, found_in(texts))[-1] == ["地下车库漏水漏了大半年也没有人管"]


def test_single_sentence_with_additions_is_a_template() -> None:
    texts = [*[ZH[3]] * 10, "我家在六楼，膝盖不好，买菜都成问题。" + ZH[3]]
    found = found_in(texts)
    assert found.n_submissions.tolist() == [11]
    assert additions(texts, found)[-1] == ["我家在六楼，膝盖不好，买菜都成问题。"]


def test_letter_no_two_copies_of_which_are_alike_is_found() -> None:
    draw = random.Random(0)
    letter = "".join(ZH)
    texts = []
    for _ in range(30):
        at = draw.sample(range(len(letter)), 2)
        texts.append("".join("某" if i in at else char for i, char in enumerate(letter)))
    assert len(set(texts)) == 30
    assert carried(texts, found_in(texts)) == [{0}] * 30


def test_rows_without_a_point_lie_between_unharmed() -> None:
    texts = ["谢谢！", *ZH_COPIES[:12], "谢谢！", ZH_COPIES[12], "谢谢！"]
    found = found_in(texts)
    assert carried(texts, found) == [{-1}, *[{0}] * 12, {-1}, {0}, {-1}]
    assert additions(texts, found)[14] == ["我愿意出一部分钱，只要能把事情办好。"]


def test_thanks_that_all_repeat_make_no_template() -> None:
    assert (
        len(
            found_in(
                ["谢谢！非常感谢您在百忙之中抽空阅读！"] * 12
                + [f"路灯坏了{n}个月。谢谢！" for n in "一二三四五六七八九十"]
            )
        )
        == 0
    )


# ------------------------------------------------------------------------------------------------- what is no campaign


def test_many_who_agree_in_a_few_words_are_no_campaign() -> None:
    texts = ["希望改善停车"] * 40 + ["希望改善停车，谢谢"] * 20 + ["more parking please"] * 30
    assert len(found_in(texts)) == 0


def test_set_phrase_that_closes_different_letters_is_no_template() -> None:
    draw = np.random.default_rng(0)
    words = list("桥河塔井街巷园厂店站楼棚渠坝坡湾岭洼堤桩")
    own = ["".join(draw.choice(words, 30)) for _ in range(40)]
    texts = [f"{said}。希望有关部门尽快处理，给老百姓一个满意的答复。" for said in own]
    assert len(found_in(texts)) == 0


@pytest.mark.parametrize(("n", "expected"), [(9, 0), (10, 1)])
def test_template_needs_its_support(n: int, expected: int) -> None:
    assert len(found_in(["".join(ZH)] * n + list(OTHERS))) == expected


def test_settings_move_the_support() -> None:
    assert len(found_in(["".join(ZH)] * 4, TemplateSettings(support=4))) == 1


# -------------------------------------------------------------------------------------------------------- several kinds


def test_two_letters_that_share_a_sentence_stay_apart() -> None:
    other = "工地夜里十一点以后还在打桩，周围几栋楼的居民根本无法入睡。请依法处罚夜间施工。"
    texts = ["".join(ZH)] * 20 + [other + ZH[3]] * 15
    found = found_in(texts)
    assert found.n_submissions.tolist() == [20, 15]
    assert found.n_with_additions.tolist() == [0, 0]
    assert carried(texts, found) == [{0}] * 20 + [{1}] * 15


def test_points_of_a_letter_stay_apart_and_are_known_in_any_order() -> None:
    lift = "我们小区至今没有安装电梯，老人上下楼只能扶着栏杆一步一步挪。"
    park = "另外学校门口每天早晚高峰都被车辆堵得水泄不通，孩子们只能在车缝里穿行。"
    texts = [lift + park] * 10 + [park + "\n" + lift, lift]
    found = found_in(texts)
    by_row = [found.piece[found.points["row"].to_numpy() == row].tolist() for row in range(len(texts))]
    assert by_row == [[0, 1]] * 10 + [[1, 0], [-1]]


def test_rows_of_an_earlier_run_keep_their_points() -> None:
    own = "我家在六楼，膝盖不好，买菜都成问题。"
    old = [ZH[3]] * 10 + [own + ZH[3]]
    texts = [*old, own + ZH[3], ZH[3] + own]
    rows = pa.table({"text": pa.array(texts, pa.large_string())})
    found = campaigned(rows, points_of(texts), Words(normalise, empty_reason), since=len(old))
    assert [said for line in told(texts, found) for said in line] == [
        *[(ZH[3], 0, False)] * 10,
        *[(own + ZH[3], 0, False)] * 2,
        (ZH[3], 0, False),
        (own, 0, True),
    ]


def test_rows_without_a_template_keep_their_points() -> None:
    texts = [*ZH_COPIES, *OTHERS]
    found, before = found_in(texts), points_of(texts)
    own = found.points.filter(pa.array(found.template < 0))
    assert own.equals(before.filter(pa.compute.greater_equal(before["row"], len(ZH_COPIES))))


def test_nothing_and_nothing_repeated_have_no_template() -> None:
    assert len(templates(pa.array([], pa.large_string()), np.zeros(0, np.int64))) == 0
    assert found_in(list(OTHERS)).points.equals(points_of(list(OTHERS)))


# ----------------------------------------------------------------------------------------------------------------- laws

SENTENCES = (
    *ZH,
    *OTHERS,
    "每天都要绕很远的路去上班。",
    "Nobody answers the phone at the town hall.",
    "请尽快答复。",
    "谢谢！",
)
ROWS = st.lists(st.lists(st.integers(0, len(SENTENCES) - 1), min_size=1, max_size=4), min_size=1, max_size=12)


def many(rows: list[list[int]]) -> list[str]:
    """The rows' texts, every one at least once, some so often that they make templates."""
    return ["".join(SENTENCES[i] for i in row) for n, row in enumerate(rows) for _ in range(1 + 4 * (n % 4))]


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_of_rows_does_not_matter(rows: list[list[int]], draw: random.Random) -> None:
    texts = many(rows)
    order = list(range(len(texts)))
    draw.shuffle(order)
    shuffled = [texts[i] for i in order]
    first, second = found_in(texts), found_in(shuffled)
    again = told(shuffled, second)
    assert {i: line for i, line in zip(order, again, strict=True)} == dict(enumerate(told(texts, first)))
    assert first.n_submissions.tolist() == second.n_submissions.tolist()


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_identical_rows_fare_alike(rows: list[list[int]]) -> None:
    texts = many(rows)
    fates: dict[str, list[tuple[str, int, bool]]] = {}
    assert [
        fates.setdefault(text, line) for text, line in zip(texts, told(texts, found_in(texts)), strict=True)
    ] == told(texts, found_in(texts))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_no_template_is_below_its_support(rows: list[list[int]]) -> None:
    texts = many(rows)
    found = found_in(texts)
    row = found.points["row"].to_numpy()
    counted = [len(np.unique(row[found.template == t])) for t in range(len(found))]
    adding = [len(np.unique(row[(found.template == t) & found.added])) for t in range(len(found))]
    assert counted == found.n_submissions.tolist()
    assert adding == found.n_with_additions.tolist()
    assert min(counted, default=10) >= 10


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_points_are_in_order_and_an_addition_is_none_of_the_templates(rows: list[list[int]]) -> None:
    texts = many(rows)
    found = found_in(texts)
    row, point, start, end = (found.points[c].to_numpy() for c in ("row", "point", "start", "end"))
    next_ = np.flatnonzero(row[1:] == row[:-1])
    assert (point == np.arange(len(row)) - np.searchsorted(row, row)).all()
    assert (end[next_] <= start[next_ + 1]).all()
    assert (start < end).all()
    assert (np.unique(row) == np.unique(points_of(texts)["row"].to_numpy())).all()
    assert ((found.piece >= 0) == ((found.template >= 0) & ~found.added)).all()


# ------------------------------------------------------------------------------------------------------------- families


def test_families_of_one_point_of_a_template_are_joined() -> None:
    keys = pa.array(["letter", "leter", "letter cut", "other", "othre"])
    representative = np.array([0, 0, 2, 3, 3], np.int32)
    text = np.array([0, 0, 0, 1, 2, 3, 4, -1], np.int32)
    piece = np.array([0, 0, 0, 0, 0, -1, -1, -1], np.int32)
    assert united(representative, keys, text, piece).tolist() == [0, 0, 0, 3, 3]


def test_families_of_an_earlier_run_stay_and_lead() -> None:
    keys = pa.array(["letter", "leter", "letter cut", "letter torn"])
    representative = np.arange(4, dtype=np.int32)
    text = np.array([0, 0, 0, 1, 2, 3], np.int32)
    piece = np.zeros(6, np.int32)
    assert united(representative, keys, text, piece).tolist() == [0, 0, 0, 0]
    assert united(representative, keys, text, piece, np.array([2, 3])).tolist() in ([2, 2, 2, 3], [3, 3, 2, 3])


def test_family_that_is_mostly_something_else_is_not_joined() -> None:
    keys = pa.array(["letter", "common words"])
    text = np.array([0, 0, 1, 1, 1], np.int32)
    piece = np.array([0, 0, 0, -1, -1], np.int32)
    assert united(np.array([0, 1], np.int32), keys, text, piece).tolist() == [0, 1]


def test_whole_point_that_many_send_is_a_template_where_no_letter_holds_it() -> None:
    texts = [*ZH_COPIES, *["电梯坏了三个月都没有人来修理"] * 9, "电梯坏了三个月都没有人来修里啊啊"]
    found = found_in(texts)
    family = np.where(found.template < 0, 1, 0).astype(np.int32)
    template, families = further(
        found, family, pa.array(["the letter's own points", "电梯坏了三个月都没有人来修理啊啊"])
    )
    assert families.tolist() == [1]
    assert template[family == 1].tolist() == [1] * 10
    assert (template[family == 0] == 0).all()
