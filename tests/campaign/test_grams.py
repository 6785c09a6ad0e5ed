"""What a search goes by: every text that holds what is sought has all its grams, and they say no word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setright.campaign.grams import folded, grams, holds, numbers

KEY = bytes(range(32))
WORDS = st.text(st.sampled_from("ab é1 ，。电梯坏了\u3000\tＡÉ"), max_size=40)


@given(WORDS, st.integers(0, 40), st.integers(0, 40))
def test_part_of_a_text_has_grams_of_the_text_alone(words, begin, end):
    part = folded(words)[begin:end]
    assert grams(part) <= grams(words)
    assert numbers(part, KEY) <= numbers(words, KEY)


@given(WORDS, WORDS)
def test_text_that_holds_what_is_sought_has_its_grams(words, sought):
    if holds(words, sought):
        assert grams(sought) <= grams(words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("电梯坏", {"电", "梯", "坏", "电梯", "梯坏"}),
        ("Ab c", {"ab"}),
        ("ＡＢ", {"ab"}),
        ("x", set()),
        ("x y", set()),
        ("", set()),
        ("门a", {"门", "门a"}),
    ],
)
def test_grams_are_pairs_within_words_and_single_ideographs(words, expected):
    assert grams(words) == expected


def test_numbers_fit_the_database_and_differ_by_key():
    mine, other = numbers("电梯坏了三个星期", KEY), numbers("电梯坏了三个星期", KEY[::-1])
    assert all(-(2**63) <= number < 2**63 for number in mine)
    assert (len(mine), mine & other) == (15, frozenset())


@pytest.mark.parametrize(
    ("words", "sought", "expected"),
    [
        ("The Lift\n is broken", "lift is", True),
        ("电梯坏了，没人修", "坏了,没", True),
        ("电梯坏了", "梯电", False),
    ],
)
def test_holds_compares_folded_words(words, sought, expected):
    assert holds(words, sought) == expected
