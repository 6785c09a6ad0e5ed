"""How trouble with a file is told: the sentence, its values, and the same where another process raised it."""

import csv
import gzip
import io
import pickle
from contextlib import nullcontext

import pytest

from setright.intake.delimited import Rows
from setright.intake.encoding import find_encoding, known_encoding
from setright.intake.errors import InputError, UnsafeFile
from setright.intake.format import format_of, readline_bounded, unpacked
from setright.intake.listing import read_listing


def listed(text):
    return read_listing(text.encode(), "a.csv", {"code": ("code",), "name": ("name", "名称")}, ("code", "name"))


def rows(text):
    return list(Rows(io.StringIO(text, newline=""), ",", "a.csv"))


def encoding(content):
    return find_encoding(lambda: nullcontext(io.BytesIO(content)), "a.csv")


def plain(content):
    return unpacked(io.BytesIO(content), "gzip", "a.csv.gz").read()


ONE = "Save the whole file in one encoding, best UTF-8, or name its encoding."
CHINESE = "市卫生健康委员会办公室，意见很多。\n".encode("gb18030")
SENTENCES = {
    "a.csv: no column called code, name. The first line names the columns; it has: {x}, y.": (listed, "{x},y\n1,2\n"),
    "a.csv: no column called code, name. The first line names the columns; it has: nothing.": (listed, ""),
    'a.csv: the column "名称" stands there twice. Keep one of them.': (listed, "code,name,名称\n1,2,3\n"),
    "a.csv: line 2 cannot be read (field larger than field limit (8000000)). Save the list as CSV once more.": (
        listed,
        f"code,name\n1,{'x' * (csv.field_size_limit() + 1)}\n",
    ),
    "a.csv, line 2: a quote opens here and never closes. Close it, or double every quote inside a quoted cell.": (
        rows,
        'a,b\n1,"2\n3,4\n',
    ),
    "a.csv, line 2: a quote opens here and closes in the middle of a cell on line 3. "
    "Close it before the next delimiter, or double every quote inside a quoted cell.": (rows, 'a,b\n1,"2\n3"4,5\n'),
    f"a.csv, line 3: the bytes FF 0A are not UTF-8, as 2 other lines are. {ONE}": (
        encoding,
        "是\n否\n".encode() + b"\xff\n",
    ),
    f"a.csv, line 1: the bytes FF FF FF FF are not UTF-8, nor is the file GB18030 or Shift-JIS. {ONE}": (
        encoding,
        b"\xff" * 9,
    ),
    f"a.csv, line 10: the bytes FF 0A are not GB18030 (GBK), as the lines before it seem to be. {ONE}": (
        encoding,
        CHINESE * 9 + b"\xff\n",
    ),
    'no encoding is called "no {such}". Try utf-8, utf-16, gb18030, shift-jis or windows-1252.': (
        known_encoding,
        "no {such}",
    ),
    "a.csv, line 7: the line is longer than 8,000,000 characters. Put one row on each line.": (
        lambda text: readline_bounded(io.StringIO(text), 7, "a.csv"),
        "x" * 8_000_001,
    ),
    "a.csv.gz: the gzip file cannot be unpacked: it ends in the middle. Fetch or pack it again.": (
        plain,
        gzip.compress(b"a" * 999)[:-9],
    ),
    "a.xlsx: the name says XLSX, but it holds text. Rename it to .csv or .jsonl.": (
        lambda head: format_of(head, "a.xlsx"),
        b"a,b\n",
    ),
    "a.csv: this is a Word document, not a table we read. Save it as XLSX, CSV or Parquet.": (
        lambda head: format_of(head, "a.csv"),
        b"PK\x03\x04....word/document.xml",
    ),
    "a.csv: this is packed with xz, not a table we read. Unpack it, or pack it with gzip or zstd.": (
        lambda head: format_of(head, "a.csv"),
        b"\xfd7zXZ\0",
    ),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_trouble_is_one_sentence_with_place_and_remedy(sentence):
    read, given = SENTENCES[sentence]
    with pytest.raises(InputError) as told:
        read(given)
    assert str(told.value) == sentence


def test_braces_are_values_only_where_values_are_given():
    assert str(InputError("{a} and {", remedy="Drop {b}.")) == "{a} and {. Drop {b}."
    assert str(InputError("{a:, } of {n:,}", a=["{n}", "}"], n=1234)) == "{n}, } of 1,234."


def test_template_in_other_words_takes_the_same_values():
    error = InputError("no column called {names:, }", names=["代码", "名称"])
    assert error.filled("没有名为“{names:”“}”的列") == "没有名为“代码”“名称”的列"


def test_trouble_raised_elsewhere_is_the_same_trouble():
    error = UnsafeFile("{n:,} of {names:/}", where="a.csv", line=3, remedy="Keep {n}", n=1000, names=["x", "y"])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), vars(again), str(again)) == (
        UnsafeFile,
        vars(error),
        "a.csv, line 3: 1,000 of x/y. Keep 1000.",
    )


def test_trouble_known_before_its_file_is_told_of_each_anew():
    known = UnsafeFile("more than {most}", remedy="Cut it", most=3)
    first, second = known.at("a.csv"), known.at("b.csv")
    assert [str(each) for each in (known, first, second)] == [
        "more than 3. Cut it.",
        "a.csv: more than 3. Cut it.",
        "b.csv: more than 3. Cut it.",
    ]
    assert type(first) is UnsafeFile
