import pytest
from hypothesis import given
from hypothesis import strategies as st

from setright.intake.formula import is_ignorable, safe_cell, starts_formula

INVISIBLE = " \t\r\n\x0b\x00\xa0\u3000\u200b\u200e\u202e\u2028\u2060\ufeff\u00ad\u3164\u034f\ufe0f"
DANGEROUS = "=+-@|＝＋－＠﹣⁺₌−"

cells = st.one_of(
    st.text(),
    st.text(st.sampled_from(INVISIBLE + DANGEROUS + "'a5!|")),
    st.builds(str.__add__, st.text(st.sampled_from(INVISIBLE)), st.text(st.sampled_from(DANGEROUS + "a"))),
)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tplain",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "  =1",
        "\u200b=1",
        "\ufeff=1",
        "\u3000＝1",
        "\u202e=1",
        "|calc",
        "cmd|' /C calc'!A0",
        "  cmd.exe|'/c x'!A1",
        "−5",
    ],
)
def test_safe_cell_guards_whatever_may_run(cell):
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell",
    ["", "a", "5-3", "the bus = late", "意见：太慢", "'=1", "e-mail me at a@b.c", "yes | no", "a|b", " leading blank"],
)
def test_safe_cell_leaves_plain_text_alone(cell):
    assert safe_cell(cell) == cell


@given(cells)
def test_safe_cell_never_starts_a_formula(cell):
    shown = "".join(safe_cell(cell)).lstrip()
    while shown and is_ignorable(shown[0]):
        shown = shown[1:]
    assert not starts_formula(shown[:1])


@given(cells)
def test_safe_cell_twice_is_safe_cell_once(cell):
    assert safe_cell(safe_cell(cell)) == safe_cell(cell)


@given(cells)
def test_safe_cell_loses_nothing(cell):
    assert safe_cell(cell) in (cell, "'" + cell)
