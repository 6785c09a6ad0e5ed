"""The key of a text, its language, and why it may be empty."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from setright.sift.clean import empty_reason, language, normalise
from setright.sift.tables import EMPTY_REASONS

AWKWARD = st.sampled_from(
    " .,!?;@#&<>*-_'\"/:abRTsent1234567890"
    "。，！？；：、（一1.但好谢您\n\r\t\x00\u200b１Ａ字的İß\u0345\ufdfa\ud800e\u0301"
)
ANY = st.one_of(st.text(alphabet=st.characters(), max_size=50), st.text(alphabet=AWKWARD, max_size=40))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Staff were GREAT!!!", "staff were great"),
        ("Ｗｉｆｉ太慢了！！", "wifi太慢了。"),
        ("食堂 太贵", "食堂太贵"),
        ("食堂太贵…", "食堂太贵"),
        ("can’t think", "can't think"),
        ("the\u200b lift\u202e is broken", "the lift is broken"),
        ("a  b\r\nc", "a b c"),
        ("订单20231101000123没发货", "订单20231101999999没发货"),
        ("call 138-0013-8000 now", "call 139 0000 1111 now"),
        ("see https://a.example/x?y=1 please", "see http://b.example please"),
        ("write to ann@example.com please", "write to bob@example.org please"),
        ("@united thanks for nothing", "@delta @united thanks for nothing"),
        ("RT @someone: the tram is late", "the tram is late"),
        ("The bus is late. Sent from my iPhone", "the bus is late"),
        ("路灯坏了 发自我的iPhone", "路灯坏了"),
        ("salt &amp; pepper", "salt & pepper"),
        ("better tv 😆", "better tv"),
        ("「很好」", '"很好"'),
    ],
)
def test_texts_that_differ_only_in_writing_share_a_key(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c++", "c"),
        ("c#", "c"),
        ("食堂太贵", "食堂太贵?"),
        ("the lift works", "the lift worked"),
        ("2楼厕所坏了", "3楼厕所坏了"),
        ("call 12345", "call 999"),
        ("in 2019", "in 2020"),
        ("不好", "好"),
        (".net", "net"),
        ("now here", "nowhere"),
    ],
)
def test_texts_that_say_different_things_have_different_keys(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", ""),
        ("\x00\n", ""),
        ("\ud800", ""),
        ("Ａ", "a"),
        ("Why?!", "why?"),
        ("  Hello   World!  ", "hello world"),
        ("电话 0731-88881234 没人接", "电话<n>没人接"),
        ("食堂的 wifi 太慢", "食堂的wifi太慢"),
    ],
)
def test_key_is_what_it_is_documented_to_be(text, key):
    assert normalise(text) == key


@settings(max_examples=600, deadline=None)
@given(ANY)
@example("İ")
@example("\u0345\u0399")
@example("@ab @ab x")
@example("a&amp;amp;lt;b")
def test_normalise_is_idempotent_and_encodable(text):
    key = normalise(text)
    assert normalise(key) == key
    assert key.encode().decode() == key


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_nothing_raises_on_any_text(text):
    assert empty_reason(text) in (None, *EMPTY_REASONS)
    assert language(text).isalpha()


@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        ("blank", ["", " ", "\n\t", "\x00", "\u200b"]),
        ("no words", ["?", "😀😀", "123", "...", "!!!", "13800138000", "https://a.example/b", "2023-01-01"]),
        ("greeting", ["Hi", "Hello there!", "您好", "尊敬的书记：您好！", "Guten Tag", "Dear Sir or Madam,", "领导好"]),
        (
            "thanks",
            [
                "Thank you!",
                "Many thanks",
                "谢谢",
                "非常感谢！",
                "此致 敬礼",
                "Vielen Dank",
                "thanks in advance",
                "谢谢领导",
            ],
        ),
        (
            "boilerplate",
            [
                "N/A",
                "none",
                "Nothing",
                "Nothing at all.",
                "No.",
                "无",
                "没有",
                "没有意见",
                "同上",
                "暂无建议",
                "same as above",
                "Not really",
                "I don't know",
                "Can’t think of anything",
                "xxx",
                "Keine Angabe",
            ],
        ),
    ],
)
def test_empty_texts_have_their_reason(reason, texts):
    assert [empty_reason(text) for text in texts] == [reason] * len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "No better",
        "Excellent",
        "很好",
        "满意",
        "Food",
        "No parking",
        "没有热水",
        "无人接听",
        "Nothing works",
        "Thank you to the night nurse",
        "感谢张医生治好了我",
        "好",
        "医生好",
        "麻烦",
        "顺丰的电话",
        "all good",
        "No hot water",
        "Test results were late",
        "您好像没听懂",
    ],
)
def test_what_says_something_is_not_empty(text):
    assert empty_reason(text) is None


@pytest.mark.parametrize(
    "text", ["你好！！", "Nothing, thanks", "Ｎ／Ａ", "THANK YOU", "没有。", "  none  ", "Guten Tag!"]
)
def test_reason_of_a_text_and_of_its_key_agree(text):
    assert empty_reason(normalise(text)) == empty_reason(text)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("食堂太贵", "zh"),
        ("我喜欢の店", "zh"),
        ("トイレが汚い", "ja"),
        ("화장실이 더러워요", "ko"),
        ("ห้องน้ำสกปรก", "th"),
        ("الحمام متسخ", "ar"),
        ("Туалет грязный", "ru"),
        ("The toilet is dirty", "en"),
        ("Die Toilette ist schmutzig", "de"),
        ("Radweg fehlt für Räder", "de"),
        ("wifi太慢", "zh"),
        ("I love 北京", "en"),
        ("", "en"),
        ("123", "en"),
    ],
)
def test_language_is_guessed_from_the_script(text, lang):
    assert language(text) == lang
