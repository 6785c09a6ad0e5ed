import io
import struct
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from setright.intake.errors import InputError, UnsafeFile
from setright.intake.format import held
from setright.intake.tabular import Limits, open_sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SMALL = Limits(memory=1 << 30, cpu_seconds=20)


def workbook(*rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data, name, content, compress=zipfile.ZIP_DEFLATED):
    """The workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compress) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def sheet_xml(body, dimension=""):
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{dimension}<sheetData>{body}</sheetData></worksheet>'.encode()
    )


def inline(ref, text):
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


SHEET = "xl/worksheets/sheet1.xml"


def rows_of(data, limits=SMALL):
    with held(io.BytesIO(data), "t.xlsx") as stream, open_sheet(stream, "t.xlsx", limits) as sheet:
        return sheet.header, [row for batch in sheet for row in zip(*batch.to_pydict().values(), strict=True)]


def test_sheet_gives_cells_as_a_person_sees_them():
    data = saved(
        workbook(
            ["a", "b", "c", "d", "e", "f"],
            [1, 2.0, 2.5, True, datetime(2020, 1, 2), datetime(2020, 1, 2, 3, 4)],
            ["x", None, " ", date(2021, 5, 6), time(7, 8), "句子"],
        )
    )
    assert rows_of(data) == (
        ["a", "b", "c", "d", "e", "f"],
        [
            (2, 6, "1", "2", "2.5", "TRUE", "2020-01-02", "2020-01-02T03:04:00"),
            (3, 6, "x", None, " ", "2021-05-06", "07:08:00", "句子"),
        ],
    )


def test_sheet_unescapes_what_xml_cannot_hold():
    data = with_part(
        saved(workbook(["a"])),
        SHEET,
        sheet_xml(f"<row r='1'>{inline('A1', 'a')}</row><row r='2'>{inline('A2', 'x_x000D_y_xD800_')}</row>"),
    )
    assert rows_of(data)[1] == [(2, 1, "x\ry_xD800_")]


def test_sheet_passes_over_blank_rows_and_counts_width():
    data = saved(workbook([], ["a", "b"], [], ["x", "y", "", "z"], [None, None]))
    assert rows_of(data) == (["a", "b"], [(4, 4, "x", "y")])


def test_sheet_is_the_visible_one_with_a_row():
    book = workbook(["hidden"], title="one")
    book.active.sheet_state = "hidden"
    book.create_sheet("empty")
    book.create_sheet("data").append(["a"])
    book["data"].append(["b"])
    assert rows_of(saved(book)) == (["a"], [(2, 1, "b")])


def test_second_filled_sheet_is_trouble_and_named():
    book = workbook(["a"], ["b"], title="one")
    for title in ("empty", "two", "hidden", "three"):
        book.create_sheet(title)
    for title in ("two", "hidden", "three"):
        book[title].append([None])
        book[title].append([None, "c"])
    book["hidden"].sheet_state = "hidden"
    with pytest.raises(InputError) as told:
        rows_of(saved(book))
    assert str(told.value) == (
        't.xlsx: not only the sheet "one" is filled, but also "two", "three". '
        "Save the sheet to be read as a file of its own."
    )


def test_many_filled_sheets_are_counted():
    book = workbook(["a"])
    for i in range(25):
        book.create_sheet(f"s{i}").append(["a"])
    with pytest.raises(InputError, match='"s19" and 5 more'):
        rows_of(saved(book))


def test_sheet_gives_a_formulas_last_value():
    body = f"<row r='1'>{inline('A1', 'a')}</row><row r='2'><c r='A2'><f>1+1</f><v>2</v></c></row>"
    assert rows_of(with_part(saved(workbook(["a"])), SHEET, sheet_xml(body)))[1] == [(2, 1, "2")]


def test_sheet_streams_more_than_one_batch():
    data = saved(workbook(["n"], *([i] for i in range(10_000))))
    assert rows_of(data)[1] == [(i + 2, 1, str(i)) for i in range(10_000)]


def test_sheet_with_two_columns_of_one_name_keeps_both():
    data = saved(workbook(["a", "a"], ["x", "y"]))
    with held(io.BytesIO(data), "t") as stream, open_sheet(stream, "t", SMALL) as sheet:
        assert sheet.header == ["a", "a"]
        assert [[column.to_pylist() for column in batch.columns[2:]] for batch in sheet] == [[["x"], ["y"]]]


def test_workbook_without_a_filled_row_is_trouble():
    with pytest.raises(InputError) as told:
        rows_of(saved(workbook()))
    assert str(told.value) == "t.xlsx: no sheet of the workbook has a filled row. Put column names in the first row."


def test_sparse_sheet_is_read_without_its_holes():
    data = with_part(
        saved(workbook(["a"])),
        SHEET,
        sheet_xml(
            f"<row r='1'>{inline('A1', 'a')}</row><row r='1048576'>{inline('XFD1048576', 'far')}</row>",
            '<dimension ref="A1:XFD1048576"/>',
        ),
    )
    assert len(data) < 6_000
    assert rows_of(data) == (["a"], [(1_048_576, 16_384, None)])


def test_row_number_beyond_excel_is_unsafe():
    body = f"<row r='1'>{inline('A1', 'a')}</row><row r='99999999999'>{inline('A99999999999', 'far')}</row>"
    with pytest.raises(UnsafeFile, match="more than 1,048,576 rows"):
        rows_of(with_part(saved(workbook(["a"])), SHEET, sheet_xml(body)))


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(rows=3), "the sheet has more than 3 rows"),
        (Limits(columns=1), "row 1 has more than 1 cells"),
        (Limits(cells=5), "the sheet has more than 5 cells"),
        (Limits(unzipped=1000), "unpacks to more than 0 MiB"),
        (Limits(ratio=1, ratio_from=100), "a part unpacks to more than 1 times its size"),
    ],
)
def test_limit_reached_is_unsafe(limits, told):
    with pytest.raises(UnsafeFile, match=told):
        rows_of(saved(workbook(["a", "b"], [1, 2], [3, 4], [5, 6])), limits)


def test_zip_bomb_is_unsafe():
    bomb = with_part(saved(workbook(["a"])), SHEET, b" " * (64 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(UnsafeFile, match="a part unpacks to more than 200 times its size"):
        rows_of(bomb)


def test_zip_that_lies_about_its_size_is_trouble():
    data = bytearray(with_part(saved(workbook(["a"])), SHEET, b" " * (64 << 20)))
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(SHEET.encode()))
    struct.pack_into("<I", data, at + 24, 100)
    with pytest.raises(InputError):
        rows_of(bytes(data))


@pytest.mark.parametrize(
    ("part", "encoding"), [(SHEET, "utf-8"), ("xl/sharedStrings.xml", "utf-16"), ("xl/workbook.xml", "utf-8")]
)
def test_xml_entities_are_unsafe(part, encoding):
    lols = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    xml = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY l0 "lol">{lols}]><x>&l9;</x>'
    with pytest.raises(UnsafeFile, match="declares XML entities"):
        rows_of(with_part(saved(workbook(["a"])), part, xml.encode(encoding)))


def test_memory_limit_stops_the_child_and_not_us():
    body = f"<row r='1'>{inline('A1', 'x' * (40 << 20))}</row>"
    data = with_part(saved(workbook(["a"])), SHEET, sheet_xml(body))
    with pytest.raises(UnsafeFile, match="took too much memory"):
        rows_of(data, Limits(memory=260 << 20, ratio=10_000))


def test_processor_time_limit_stops_the_child_and_not_us():
    row = inline("A1", "x") * 100
    body = "".join(f"<row r='{i}'>{row}</row>" for i in range(1, 6001))
    data = with_part(saved(workbook(["a"])), SHEET, sheet_xml(body))
    with pytest.raises(UnsafeFile, match="took too much time or memory"):
        rows_of(data, Limits(cpu_seconds=1, ratio=10_000))


def test_deep_xml_is_trouble_and_no_crash():
    deep = sheet_xml(f"<row r='1'>{'<a>' * 200_000}{'</a>' * 200_000}</row>")
    with pytest.raises(InputError):
        rows_of(with_part(saved(workbook(["a"])), SHEET, deep))


def test_cut_workbook_is_trouble():
    data = saved(workbook(["a"], ["b"]))
    with pytest.raises(InputError) as told:
        rows_of(data[: len(data) // 2])
    assert str(told.value) == "t.xlsx: the spreadsheet is damaged or cut short. Save it again as XLSX."


def test_broken_xml_halfway_is_trouble_and_never_a_shorter_table():
    whole = "".join(f"<row r='{i}'>{inline(f'A{i}', 'x')}</row>" for i in range(1, 30_001))
    data = with_part(saved(workbook(["a"])), SHEET, sheet_xml(whole + "<row r='30001'><broken"))
    with pytest.raises(InputError, match="the spreadsheet is damaged"):
        rows_of(data)


def test_leaving_early_ends_the_child():
    data = saved(workbook(["n"], *([i] for i in range(30_000))))
    with held(io.BytesIO(data), "t") as stream, open_sheet(stream, "t", SMALL) as sheet:
        child = sheet._child
        next(iter(sheet))
    assert child.returncode is not None
    assert not Path(f"/proc/{child.pid}").exists()
