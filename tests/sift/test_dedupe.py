from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift.dedupe import FoldSettings, near_duplicates, same, similarity

DATA = Path(__file__).resolve().parents[2] / "../shared/data"

BUS = "每天早上七点半的公交车总是迟到十几分钟，上班的人都来不及"
TEXTS = st.lists(
    st.text(alphabet="我要退款不地铁三号线坏了 abcdefgh123，。", max_size=24), unique=True, min_size=0, max_size=30
)


def folded(*texts: str, **options: object) -> list[int]:
    return near_duplicates(pa.array(texts, pa.large_string()), **options).tolist()


def typo(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


# ------------------------------------------------------------------------------------------------------ what is folded


def test_typo_in_a_long_text_is_folded() -> None:
    assert similarity(pa.array([BUS]), pa.array([typo(BUS, 10)]))[0] == pytest.approx(26 / 32)
    assert len(set(folded(BUS, typo(BUS, 10)))) == 1


def test_swapped_clauses_are_folded() -> None:
    assert (
        len(set(folded("电梯坏了三个月没有人来修，老人上下楼很不方便", "老人上下楼很不方便，电梯坏了三个月没有人来修")))
        == 1
    )


def test_particles_and_spaces_do_not_tell_texts_apart() -> None:
    assert len(set(folded("我要退款", "我要退款了", "我 要 退款"))) == 1


def test_english_typo_is_folded() -> None:
    assert len(set(folded("i would like to cancel my order please", "i would like to cancle my order please"))) == 1


def test_typo_is_folded_in_every_script() -> None:
    pairs = [
        (
            "ゴミの収集時間を毎朝もっと正確に守ってほしいと思います",
            "ゴミの収集時間を毎朝もっと正確に守ってほしいと思いまし",
        ),
        (
            "쓰레기 수거 시간을 매일 아침 더 정확하게 지켜 주세요",
            "쓰레기 수거 시간을 매일 아침 더 정확하게 지켜 주새요",
        ),
        ("รถเมล์สายนี้มาสายทุกวันตอนเช้าคนทำงานไปทำงานสายกันหมด", "รถเมล์สายนี้มาสายทุกวันตอนเช้าคนทำงานไปทำงานสายกันหม"),
        (
            "der radweg an der hauptstraße ist voller schlaglöcher",
            "der radweg an der hauptstrasse ist voller schlaglöcher",
        ),
        ("автобус каждое утро опаздывает на полчаса", "автобус каждое утро опаздывает на полчса"),
    ]
    assert same(pa.array([a for a, _ in pairs]), pa.array([b for _, b in pairs])).tolist() == [True] * len(pairs)


# ---------------------------------------------------------------------------------------------------- what never is


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("我要退款", "我不要退款"),
        ("地铁 3 号线早高峰太挤了应该多开几班车", "地铁 4 号线早高峰太挤了应该多开几班车"),
        ("地铁三号线早高峰太挤了应该增加几班车", "地铁四号线早高峰太挤了应该增加几班车"),
        ("小区东门的路灯已经坏了很长一段时间没有人来修理", "小区西门的路灯已经坏了很长一段时间没有人来修理"),
        ("我在网上申请的补贴已经收到通知可以领取", "我在网上申请的补贴没有收到通知可以领取"),
        ("i can open the door of the garage today", "i cannot open the door of the garage today"),
        ("the card does work in this shop every day", "the card doesn't work in this shop every day"),
        ("please turn the heating in the hall on for us", "please turn the heating in the hall off for us"),
        ("the fee was raised by 15 percent last year already", "the fee was raised by 51 percent last year already"),
        ("dieser radweg ist breit genug für zwei räder", "dieser radweg ist nicht breit genug für zwei räder"),
        ("A 区停车场的灯坏了半年都没有修理好", "B 区停车场的灯坏了半年都没有修理好"),
        ("ごみの収集日を変えてほしいと思います", "ごみの収集日を変えてほしくないと思います"),
        ("버스가 아침에 제시간에 도착하는 편입니다", "버스가 아침에 제시간에 도착하지 않는 편입니다"),
        ("这家公司招聘会用C++编程的年轻人", "这家公司招聘会用C#编程的年轻人"),
        ("每个月都在上涨5%实在是受不了", "每个月都在上涨5$实在是受不了"),
        ("这项服务可以在周末办理吗请告知", "这项服务可以在周末办理请告知"),
    ],
)
def test_change_of_meaning_is_never_folded(left: str, right: str) -> None:
    assert similarity(pa.array([left]), pa.array([right])).tolist() == [0.0]
    assert folded(left, right) == [0, 1]


@pytest.mark.parametrize(
    ("left", "right"),
    [("公交", "公交卡"), ("退款慢", "退货慢"), ("fee of transactions", "fees of transactions"), ("", "a")],
)
def test_short_texts_fold_only_when_nearly_equal(left: str, right: str) -> None:
    assert folded(left, right) == [0, 1]


def test_words_the_corpus_knows_on_both_sides_bar_a_fold() -> None:
    frame = "请问一下我的{}已经逾期几天应该怎么还款才行呢谢谢"
    corpus = [f"{word}额度问题{number}" for word in ("花呗", "借呗") for number in range(100, 120)]
    pair = [frame.format("花呗"), frame.format("借呗")]
    assert similarity(pa.array(pair[:1]), pa.array(pair[1:]))[0] > FoldSettings().threshold
    assert len(set(folded(*pair))) == 1
    assert folded(*pair, *corpus)[:2] == [0, 1]


# ------------------------------------------------------------------------------------------------------------ families


def test_most_submitted_text_represents_its_family() -> None:
    assert folded(BUS, typo(BUS, 4), n_submissions=np.array([1, 9])) == [1, 1]
    assert folded(BUS, typo(BUS, 4), n_submissions=np.array([9, 1])) == [0, 0]


def test_family_is_no_chain() -> None:
    words = [f"begriff{chr(97 + i)}{chr(97 + i)}{chr(110 + i)}" for i in range(12)]
    chain = [" ".join([*words[i:], *(f"neuwort{chr(97 + j) * 3}" for j in range(i))]) for i in range(10)]
    found = near_duplicates(pa.array(chain))
    scores = similarity(pa.array(chain), pa.array([chain[i] for i in found]))
    assert (scores >= FoldSettings().threshold).all()
    assert len(set(found.tolist())) > 1


def family() -> tuple[list[str], np.ndarray]:
    """A text, 40 copies with a typo each, and which of them are barred from it."""
    base = "希望有关部门尽快解决这条路上的积水问题，每逢下雨行人根本过去就要绕很远的路，请重视市民的呼声"
    texts = [base, *(base[:at] + chr(0x5000 + 7 * at) + base[at + 1 :] for at in range(40))]
    return texts, similarity(pa.array([base] * 41), pa.array(texts)) == 0


def test_large_family_is_found_whole() -> None:
    texts, barred = family()
    assert barred.sum() < 10
    counts = np.array([50] + [1] * 40)
    assert len(set(folded(*texts))) <= 2 * barred.sum()
    assert folded(*texts, n_submissions=counts) == [i if barred[i] else 0 for i in range(41)]


def test_text_that_most_resemble_represents_them() -> None:
    base = "这条路上的积水问题每逢下雨天就会出现请尽快解决"
    copies = [base[:4] + "甲" + base[5:], base[:12] + "乙" + base[13:], base[:17] + "丙" + base[18:]]
    assert similarity(pa.array(copies[:2]), pa.array(copies[1:])).max() < FoldSettings().threshold
    assert folded(*copies, base) == [3, 3, 3, 3]


# ---------------------------------------------------------------------------------------------------------------- laws


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_representative_represents_itself(texts: list[str]) -> None:
    found = near_duplicates(pa.array(texts, pa.large_string()))
    assert found.dtype == np.int32
    assert (found[found] == found).all()


@given(TEXTS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_of_the_input_does_not_matter(texts: list[str], draw: object) -> None:
    order = list(range(len(texts)))
    draw.shuffle(order)
    first = [texts[i] for i in folded(*texts)]
    second = [texts[order[i]] for i in folded(*(texts[i] for i in order))]
    assert second == [first[i] for i in order]


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_every_fold_is_verified(texts: list[str]) -> None:
    found = folded(*texts)
    scores = similarity(pa.array(texts, pa.large_string()), pa.array([texts[i] for i in found], pa.large_string()))
    own = np.array(found) == np.arange(len(texts))
    assert (own | (scores >= FoldSettings().threshold)).all()


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_similarity_is_symmetric(texts: list[str]) -> None:
    left, right = pa.array(texts, pa.large_string()), pa.array(texts[::-1], pa.large_string())
    assert similarity(left, right).tolist() == similarity(right, left).tolist()


def test_threads_do_not_change_the_result() -> None:
    draw = np.random.default_rng(0)
    texts = ["".join(draw.choice(list("我要退款地铁公交坏了修路灯停车费"), 12)) for _ in range(2000)]
    texts = list(dict.fromkeys([*texts, *(typo(text, 5) for text in texts)]))
    assert folded(*texts, threads=1) == folded(*texts, threads=4)


def test_no_text_and_one_text_stand_for_themselves() -> None:
    assert folded() == []
    assert folded("路灯坏了") == [0]


def test_null_key_is_refused() -> None:
    with pytest.raises(ValueError, match="keys holds nulls"):
        near_duplicates(pa.array(["a", None]))


def test_wrong_number_of_submissions_is_refused() -> None:
    with pytest.raises(ValueError, match="1 values for 2 keys"):
        folded("a", "b", n_submissions=np.array([1]))


@pytest.mark.data
def test_real_texts_fold_little_and_safely() -> None:
    path = DATA / "scale_zh_short_texts.parquet"
    if not path.exists():
        pytest.skip("needs the measurement data")
    texts = pq.read_table(path, columns=["text"])["text"].slice(0, 20_000).unique()
    found = near_duplicates(texts, threads=2)
    moved = np.flatnonzero(found != np.arange(len(texts)))
    digits = [[c for c in text if c.isdigit()] for text in texts.to_pylist()]
    assert 0 < len(moved) < 0.1 * len(texts)
    assert all(sorted(digits[i]) == sorted(digits[found[i]]) for i in moved)
