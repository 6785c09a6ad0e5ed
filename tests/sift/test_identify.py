from hypothesis import given
from hypothesis import strategies as st

from setright.sift.identify import identifiers


def test_identifiers_are_taken_from_the_words_not_from_the_place():
    first = identifiers(["the lift is broken", "no buses at night"], "P")
    turned = identifiers(["no buses at night", "the lift is broken"], "P")
    assert first == turned[::-1]


def test_identifier_has_a_prefix_and_six_unmistakable_characters():
    (found,) = identifiers(["the lift is broken"], "P")
    prefix, code = found.split("-")
    assert (prefix, len(code), set(code) & set("ILOU")) == ("P", 6, set())


@given(st.lists(st.text(max_size=3)))
def test_identifiers_are_never_equal(anchors):
    found = identifiers(anchors, "P")
    assert len(set(found)) == len(anchors)
