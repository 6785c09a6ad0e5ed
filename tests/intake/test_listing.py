"""Lists that a person prepares: names of columns in either language, line numbers, what cannot be read."""

import io

import openpyxl
import pytest

from setright.intake.errors import InputError
from setright.intake.listing import read_listing

NAMES = {"code": ("代码", "code"), "name": ("名称", "name"), "parent": ("上级", "parent code")}


def read(content, needed=("code", "name")):
    return [(line.number, line.cells) for line in read_listing(content, "units.csv", NAMES, needed)]


def test_chinese_headings_and_gbk_bytes_are_read():
    found = read("代码,名称,上级\nA1,市卫生健康委员会办公室,\n".encode("gb18030"))
    assert found == [(2, {"code": "A1", "name": "市卫生健康委员会办公室", "parent": ""})]


def test_line_numbers_count_as_in_the_file_and_blank_lines_are_left_out():
    found = read(b'code;name\nA;One\n;\nB;"Two\nlines"\nC;Three\n')
    assert [(number, cells["code"]) for number, cells in found] == [(2, "A"), (5, "B"), (6, "C")]


def test_xlsx_gives_the_same_as_csv():
    book = openpyxl.Workbook()
    book.active.append(["Code", "Name", "Parent code"])
    book.active.append(["A", "One", None])
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue()) == read(b"Code,Name,Parent code\nA,One,\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"code,parent\nA,B\n", "名称"),
        (b"code,name,Name\nA,B,C\n", "twice"),
        (b"", "代码"),
    ],
)
def test_what_is_wrong_with_the_header_is_named(content, told):
    with pytest.raises(InputError) as error:
        read(content)
    assert told in str(error.value)
