import csv
import gzip
import io
import json
import os
import pickle
import random
import subprocess
import sys
import threading
from datetime import date, datetime, time
from encodings.aliases import aliases
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.intake.errors import InputError, UnsafeFile
from setright.sift.read import Columns, collect, read
from setright.sift.reading.cells import BATCH_ROWS, MAX_TEXT
from setright.sift.reading.plan import planned
from setright.sift.tables import INPUT

TEXT = Columns("text")
ALL = Columns("text", id="id", person="who", unit="unit", date="date")
ZH = ["公交车总是晚点，等了四十分钟", "医院排队太久，没有人管", "办事大厅态度很差", "路灯坏了三个月没有修"]
JA = ["バスがいつも遅れています", "病院の待ち時間が長すぎる", "窓口の対応がとても悪い", "街灯が三か月も壊れたまま"]


@pytest.fixture
def file(tmp_path):
    def write(content, name="opinions.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def table(*sources, columns=TEXT):
    return collect(read(list(sources), columns))


def texts(*sources, columns=TEXT):
    return table(*sources, columns=columns)["text"].to_pylist()


def troubles(*sources, columns=TEXT):
    return table(*sources, columns=columns)["trouble"].to_pylist()


def told(*sources, columns=TEXT):
    with pytest.raises(InputError) as error:
        table(*sources, columns=columns)
    return str(error.value).replace(str(Path(sources[0]).parent) + "/", "") if sources else str(error.value)


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


class Pipe(io.RawIOBase):
    """Bytes that come once and a few at a time, as from a pipe."""

    def __init__(self, content):
        self._content = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._content.readinto(memoryview(buffer)[:4096])


def pipe(content):
    return io.BufferedReader(Pipe(content))


# --------------------------------------------------------------------------------------------------------- the contract


def test_read_gives_the_input_table(file):
    path = file("id,text,who,unit,date,other\nA1,late bus,p1,north,2014/3/18 2:06:24,x\n,queue,,,soon,\n")
    read_table = table(path, columns=ALL)
    assert read_table.schema == INPUT
    assert read_table.to_pylist() == [
        {
            "row": 0,
            "id": "A1",
            "text": "late bus",
            "person": "p1",
            "unit": "north",
            "date": date(2014, 3, 18),
            "file": 0,
            "line": 2,
            "trouble": None,
        },
        {
            "row": 1,
            "id": "1",
            "text": "queue",
            "person": None,
            "unit": None,
            "date": None,
            "file": 0,
            "line": 3,
            "trouble": None,
        },
    ]


def test_read_numbers_rows_on_over_files(file, tmp_path):
    first = file("text\na\nb\n", "1.csv")
    second = file('{"text": "c"}\n', "2.jsonl")
    third = parquet(tmp_path / "3.parquet", text=["d", "e"])
    read_table = table(first, second, third)
    assert read_table.select(["row", "id", "text", "file", "line"]).to_pydict() == {
        "row": [0, 1, 2, 3, 4],
        "id": ["0", "1", "2", "3", "4"],
        "text": ["a", "b", "c", "d", "e"],
        "file": [0, 0, 1, 2, 2],
        "line": [2, 3, 1, 1, 2],
    }


def test_read_keeps_order_over_many_batches(file):
    n = 3 * BATCH_ROWS + 5
    read_table = table(file("text\n" + "".join(f"t{i}\n" for i in range(n))))
    assert read_table["row"].to_pylist() == list(range(n))
    assert read_table["text"].to_pylist() == [f"t{i}" for i in range(n)]


def test_frame_can_be_collected_twice_and_selected_from():
    frame = read([pipe(b"text\na\nb\n")], TEXT)
    assert collect(frame).equals(collect(frame))
    assert frame.where(frame["row"] == 1).select("text").to_pydict() == {"text": ["b"]}
    assert frame.count_rows() == 2


def test_frame_limited_keeps_the_first(file):
    frame = read([file("text\n" + "x\n" * 100_000)], TEXT)
    assert frame.limit(3).to_pydict()["row"] == [0, 1, 2]


def test_plan_of_a_path_pickles(file):
    plan = planned(file("text\na\n"), TEXT)
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 - our own bytes


def test_header_alone_is_a_table_without_rows(file):
    assert table(file("id,text\n")).num_rows == 0


def test_input_is_not_written_to(file):
    path = file("text\na\n")
    before = path.read_bytes(), path.stat().st_mtime_ns
    table(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_analytics_are_off_before_daft_is_imported():
    code = (
        "import setright.sift.read, os, daft.scarf_telemetry as t, threading;"
        "assert t.opted_out() and t._ssl_context is None;"
        "print([os.environ[n] for n in ('DAFT_ANALYTICS_ENABLED', 'DO_NOT_TRACK', 'SCARF_NO_ANALYTICS')])"
    )
    env = {k: v for k, v in os.environ.items() if "TRACK" not in k and "ANALYTICS" not in k}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "['false', 'true', 'true']\n"


# ------------------------------------------------------------------------------------------------ encodings, delimiters


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gbk", "gb18030"])
def test_read_finds_the_encoding_of_chinese(file, encoding):
    path = file(("id,text\n" + "".join(f"{i},{t}\n" for i, t in enumerate(ZH))).encode(encoding))
    assert texts(path) == ZH


def test_read_finds_big_endian_utf16(file):
    assert texts(file(b"\xfe\xff" + "text\n延误\n".encode("utf-16-be"))) == ["延误"]


def test_read_finds_the_encoding_of_japanese(file):
    assert texts(file(("id,text\n" + "".join(f"{i},{t}\n" for i, t in enumerate(JA))).encode("shift-jis"))) == JA


def test_read_finds_gbk_that_starts_late(file):
    rows = ["plain"] * 5000 + ZH * 10
    assert texts(file(("text\n" + "\n".join(rows) + "\n").encode("gbk"))) == rows


def test_read_takes_the_encoding_it_is_told(file):
    path = file("text\ncafé crème\n".encode("cp1252"))
    assert texts(path, columns=Columns("text", encoding="windows-1252")) == ["café crème"]


def test_unknown_encoding_is_trouble(file):
    assert told(file("text\n"), columns=Columns("text", encoding="klingon")) == (
        'no encoding is called "klingon". Try utf-8, utf-16, gb18030, shift-jis or windows-1252.'
    )


@pytest.mark.parametrize("name", ["idna", "punycode", "unicode_escape", "raw-unicode-escape"])
def test_encoding_of_no_file_is_trouble(file, name):
    assert told(file("text\na\n"), columns=Columns("text", encoding=name)) == (
        f'"{name}" is no encoding of text files. Try utf-8, utf-16, gb18030, shift-jis or windows-1252.'
    )


@pytest.mark.parametrize("name", sorted({*aliases.values(), "undefined", "a\0b", "\udc80"}), ids=ascii)
def test_any_encoding_told_gives_rows_or_one_sentence(file, name):
    try:
        table(file("text\nä\n"), columns=Columns("text", encoding=name))
    except InputError as error:
        assert str(error).endswith(".")


def test_utf16_told_of_a_file_without_its_mark_is_trouble(file):
    assert told(file("text\na\n"), columns=Columns("text", encoding="utf-16")) == (
        "opinions.csv: the file does not start as UTF-16 does (UTF-16 stream does not start with BOM). "
        "Leave the encoding out, or tell the byte order too, as in utf-16-le."
    )


def test_option_that_a_format_lacks_is_trouble(file, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.save(tmp_path / "t.xlsx")
    lines, pq_path = file('{"text": "a"}\n', "t.jsonl"), parquet(tmp_path / "t.parquet", text=["a"])
    said = "to tell. Leave the {0} out, or read this file apart."
    for path, spelled in [(lines, "JSON lines"), (pq_path, "Parquet"), (tmp_path / "t.xlsx", "XLSX")]:
        expected = f"{path.name}: {spelled} has no delimiter {said.format('delimiter')}"
        assert told(path, columns=Columns("text", delimiter=";")) == expected
    for path, spelled in [(pq_path, "Parquet"), (tmp_path / "t.xlsx", "XLSX")]:
        expected = f"{path.name}: {spelled} has no encoding {said.format('encoding')}"
        assert told(path, columns=Columns("text", encoding="utf-8")) == expected
    assert texts(lines, columns=Columns("text", encoding="utf-8")) == ["a"]
    with pytest.raises(InputError, match="JSON lines has no delimiter"):
        table(pipe(b'{"text": "a"}\n'), columns=Columns("text", delimiter=";"))


def test_wrong_encoding_told_is_trouble(file):
    path = file("text\n" + "\n".join(ZH), "a.csv")
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    assert told(path, columns=Columns("text", encoding="utf-8")) == (
        "a.csv, line 2: 4 of 4 rows, the first here, are not UTF-8. "
        "Save the whole file in one encoding, best UTF-8, or name its encoding."
    )


def test_western_bytes_are_trouble_rather_than_a_guess(file):
    assert told(file("text\ncafé crème\ndéjà vu\n".encode("cp1252"))) == (
        "opinions.csv, line 2: the bytes E9 20 63 72 are not UTF-8, nor is the file GB18030 or Shift-JIS. "
        "Save the whole file in one encoding, best UTF-8, or name its encoding."
    )


@pytest.mark.parametrize(("first", "then", "line"), [("utf-8", "gbk", 102), ("gbk", "utf-8", 2)])
def test_two_encodings_in_one_file_are_trouble(file, first, then, line):
    content = b"text\n" + f"{ZH[0]}\n".encode(first) * 100 + f"{ZH[0]}\n".encode(then) * 100
    assert told(file(content)) == (
        f"opinions.csv, line {line}: the bytes B9 AB BD BB are not UTF-8, as 100 other lines are. "
        "Save the whole file in one encoding, best UTF-8, or name its encoding."
    )


def test_chinese_that_stops_being_chinese_is_trouble(file):
    content = b"text\n" + f"{ZH[0]}\n".encode("gbk") * 50 + b"\xff\xff\n" * 5
    assert told(file(content)).startswith(
        "opinions.csv, line 52: the bytes FF FF 0A are not GB18030 (GBK), as the lines before it seem to be."
    )


def test_one_undecodable_row_in_a_thousand_is_trouble_with_the_row(file):
    content = f"text\n{'ü' * 9}\n".encode() * 1 + b"\xff\xfe\xfa\n" + "schön\n".encode() * 1000
    read_table = table(file(content))
    assert read_table["trouble"].to_pylist() == [None, "undecodable bytes"] + [None] * 1000
    assert read_table["text"].to_pylist() == ["ü" * 9, None] + ["schön"] * 1000


def test_more_undecodable_rows_are_trouble_with_the_file(file):
    content = b"text\n" + b"\xff\xfe\xfa\n" * 2 + "schön\n".encode() * 1000
    assert told(file(content)).startswith("opinions.csv, line 2: the bytes FF FE FA 0A are not UTF-8, as 1,000 other")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", ":", "^", "，", "~", "#"])
def test_read_finds_the_delimiter(file, delimiter):
    rows = [["id", "text", "unit"], ["1", "a, b; c: d | e", "x"], ["2", 'he said "no"\nand left', "y"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    assert texts(file(out.getvalue())) == ["a, b; c: d | e", 'he said "no"\nand left']


def test_file_with_one_column_is_not_parted_and_keeps_blank_lines(file):
    assert texts(file('text\nlate, as ever; again\n\n"a\nb"\n')) == ["late, as ever; again", "", "a\nb"]


def test_delimiter_told_wins(file):
    assert texts(file("text;a,b\nx;y,z\n"), columns=Columns("text", delimiter=";")) == ["x"]
    assert texts(file("id\ttext\n1\tx\n"), columns=Columns("text", delimiter="tab")) == ["x"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [";", "\t", "#"])
def test_delimiter_declared_for_excel_is_taken_and_its_line_is_no_row(file, mark, delimiter):
    content = f"{mark}sep={delimiter}\r\ntext{delimiter}a,b\r\nx{delimiter}y,z\r\n"
    read_table = table(file(content))
    assert read_table.select(["text", "line"]).to_pydict() == {"text": ["x"], "line": [3]}


def test_delimiter_told_wins_over_the_declared(file):
    assert texts(file("sep=;\ntext,a;b\nx,y\n"), columns=Columns("text", delimiter=",")) == ["x"]


def test_delimiter_of_two_characters_is_trouble(file):
    assert told(file("text\n"), columns=Columns("text", delimiter="||")) == (
        '"||" cannot part cells. Name one character that is no quote, or "tab".'
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_is_where_the_row_starts(file, end):
    content = end.join(["id,text", "", '1,"two', 'lines"', "2,one", ""])
    read_table = table(file(content))
    assert read_table["line"].to_pylist() == [3, 5]
    assert read_table["text"].to_pylist() == [f"two{end}lines", "one"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)] * 2),
        max_size=8,
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([",", "\t", ";"]),
)
def test_what_csv_writes_is_what_read_gives(tmp_path_factory, rows, encoding, delimiter):
    path = tmp_path_factory.mktemp("law") / "t.csv"
    with path.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *rows])
    assert texts(path) == [text for _, text in rows]


# ------------------------------------------------------------------------------------------------------- other formats


def test_read_json_lines(file):
    lines = [
        '{"text": "a", "id": 7, "who": 1.0, "unit": ["x"], "date": "2020-01-02"}',
        "",
        '{"id": "8"}',
        '{"text": null, "date": 45321}',
    ]
    read_table = table(file("\n".join(lines), "t.jsonl"), columns=ALL)
    assert read_table.select(["id", "text", "person", "unit", "date", "line", "trouble"]).to_pydict() == {
        "id": ["7", "8", "2"],
        "text": ["a", "", ""],
        "person": ["1", None, None],
        "unit": ['["x"]', None, None],
        "date": [date(2020, 1, 2), None, date(2024, 1, 30)],
        "line": [1, 3, 4],
        "trouble": [None, None, None],
    }


def test_json_is_told_by_content(file):
    assert texts(file('{"text": "a"}\n', "t.txt")) == ["a"]


def test_trouble_in_json_lines_is_trouble_with_the_row(file):
    lines = ['{"text": "a"}', "{oops", '["text"]', '{"text": 5}', '{"text": "\\ud800"}', '{"text": "b\\u0000"}']
    lines.append('{"text": ' + "[" * 100_000)
    read_table = table(file("\n".join(lines), "t.jsonl"))
    assert read_table["text"].to_pylist() == ["a", *[None] * 6]
    assert read_table["trouble"].to_pylist() == [
        None,
        "not a JSON object",
        "not a JSON object",
        "text is not a string",
        "lone surrogate",
        "NUL byte",
        "not a JSON object",
    ]


def test_json_array_is_trouble(file):
    assert (
        told(file('[{"text": "a"}]', "t.json"))
        == "t.json: this is one JSON array. Write one JSON object a line instead."
    )


def test_json_name_without_an_object_is_trouble(file):
    assert told(file("a\nb\n", "t.jsonl")) == "t.jsonl: no line is a JSON object. Write one JSON object a line."


def test_read_parquet_of_many_types(tmp_path):
    path = parquet(
        tmp_path / "t.parquet",
        text=pa.array(["a", None, "b"]).dictionary_encode(),
        id=pa.array([10, 11, None]),
        who=pa.array([1.0, 2.5, None]),
        unit=pa.array(["x", " ", "z"], pa.large_string()),
        date=pa.array([datetime(2020, 1, 1, 23), None, datetime(1969, 12, 31, 5)], pa.timestamp("us")),
    )
    assert table(path, columns=ALL).select(["id", "text", "person", "unit", "date", "line"]).to_pydict() == {
        "id": ["10", "11", "2"],
        "text": ["a", "", "b"],
        "person": ["1", "2.5", None],
        "unit": ["x", None, "z"],
        "date": [date(2020, 1, 1), None, date(1969, 12, 31)],
        "line": [1, 2, 3],
    }


def test_parquet_days_are_those_of_the_wall_clock(tmp_path):
    late = pa.array([datetime(2020, 1, 1, 20)], pa.timestamp("s", tz="Asia/Shanghai"))
    path = parquet(tmp_path / "t.parquet", text=["a"], date=late)
    assert table(path, columns=Columns("text", date="date"))["date"].to_pylist() == [date(2020, 1, 2)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([1], pa.duration("s")), "duration[s]"),
        (pa.array([time(8)], pa.time64("us")), "time64[us]"),
        (pa.array([True]), "bool"),
    ],
)
def test_parquet_date_that_names_no_day_is_trouble(tmp_path, values, kind):
    path = parquet(tmp_path / "t.parquet", text=["a"], wait=values)
    assert told(path, columns=Columns("text", date="wait")) == (
        f't.parquet: the column "wait" holds {kind}, not days, or text or numbers that name them. '
        "Name another column, or cast it."
    )


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.float16()])
def test_parquet_floats_that_are_whole_are_written_whole(tmp_path, kind):
    values = pa.array([1.0, 2.5, None, float("nan"), -3.0, 1024.0]).cast(kind)
    path = parquet(tmp_path / "t.parquet", text=["a"] * 6, who=values)
    read_table = table(path, columns=Columns("text", person="who"))
    assert read_table["person"].to_pylist() == ["1", "2.5", None, None, "-3", "1024"]


def test_parquet_long_number_with_a_gap_keeps_its_digits(tmp_path):
    path = parquet(tmp_path / "t.parquet", text=["a"] * 4, id=[20240105000001.0, None, 2.0**53 - 1, 2.0**53])
    assert table(path, columns=Columns("text", id="id"))["id"].to_pylist() == [
        "20240105000001",
        "1",
        "9007199254740991",
        "9.007199254740992e+15",
    ]


def test_parquet_days_may_be_strings_or_numbers(tmp_path):
    path = parquet(tmp_path / "t.parquet", text=["a"], date=["18.3.2014"], unit=[45321])
    assert table(path, columns=Columns("text", date="date"))["date"].to_pylist() == [date(2014, 3, 18)]
    assert table(path, columns=Columns("text", date="unit"))["date"].to_pylist() == [date(2024, 1, 30)]


def test_parquet_with_bytes_that_are_no_text_is_trouble_with_the_row(tmp_path):
    offsets, raw = pa.array([0, 1, 3], pa.int32()).buffers()[1], pa.py_buffer(b"a\xff\xfe")
    path = parquet(tmp_path / "t.parquet", text=pa.StringArray.from_buffers(2, offsets, raw))
    assert texts(path) == ["a", None]
    assert troubles(path) == [None, "undecodable bytes"]


@pytest.mark.parametrize(
    ("values", "kind"), [([1, 2], "int64"), ([b"a"], "binary"), ([["a"]], "list<element: string>")]
)
def test_parquet_text_of_another_type_is_trouble(tmp_path, values, kind):
    assert told(parquet(tmp_path / "t.parquet", text=values)) == (
        f't.parquet: the column "text" holds {kind}, not text. Name another column, or cast it.'
    )


def test_parquet_id_that_is_a_list_is_trouble(tmp_path):
    path = parquet(tmp_path / "t.parquet", text=["a"], id=[["a"]])
    assert told(path, columns=Columns("text", id="id")) == (
        't.parquet: the column "id" holds list<element: string>, not a text, number or date. '
        "Name another column, or cast it."
    )


def test_cut_parquet_is_trouble(tmp_path):
    path = parquet(tmp_path / "t.parquet", text=["a"] * 1000)
    path.write_bytes(path.read_bytes()[:-20])
    assert told(path).startswith("t.parquet: the Parquet file cannot be read (")


def test_parquet_damaged_inside_is_trouble(tmp_path):
    path = tmp_path / "t.parquet"
    rows = [str(random.Random(i).random()) for i in range(5000)]
    pq.write_table(pa.table({"text": rows}), path, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[2000:3000] = bytes(1000)
    path.write_bytes(content)
    assert told(path).startswith("t.parquet: the Parquet file cannot be read (")


def test_read_xlsx(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "text", "date"], [1, "a", datetime(2020, 1, 2)], [], [2, 5, "x", "more"], [None, None, 45321]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    columns = Columns("text", id="id", date="date")
    read_table = table(tmp_path / "t.xlsx", columns=columns)
    assert read_table.select(["id", "text", "date", "line", "trouble"]).to_pydict() == {
        "id": ["1", "2", "2"],
        "text": ["a", "5", ""],
        "date": [date(2020, 1, 2), None, date(2024, 1, 30)],
        "line": [2, 4, 5],
        "trouble": [None, None, None],
    }
    assert told(tmp_path / "t.xlsx", columns=Columns("txt")) == (
        't.xlsx: there is no column "txt"; the columns are "id", "text", "date". Did you mean "text".'
    )
    assert table(io.BytesIO((tmp_path / "t.xlsx").read_bytes()), columns=columns).equals(read_table)


def test_xlsx_with_two_filled_sheets_is_trouble(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["a"])
    book.create_sheet("blank")
    book.create_sheet("May").append(["text"])
    book.save(tmp_path / "t.xlsx")
    assert told(tmp_path / "t.xlsx") == (
        't.xlsx: not only the sheet "Sheet" is filled, but also "May". Save the sheet to be read as a file of its own.'
    )
    del book["May"]
    book.save(tmp_path / "t.xlsx")
    assert texts(tmp_path / "t.xlsx") == ["a"]


def test_sparse_xlsx_is_read_and_a_cut_one_is_trouble(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.cell(1_048_576, 1, "far")
    book.save(tmp_path / "t.xlsx")
    assert texts(tmp_path / "t.xlsx") == ["far"]
    packed = (tmp_path / "t.xlsx").read_bytes()
    (tmp_path / "t.xlsx").write_bytes(packed[:-10])
    assert told(tmp_path / "t.xlsx") == "t.xlsx: the spreadsheet is damaged or cut short. Save it again as XLSX."


@pytest.mark.parametrize(
    ("pack", "suffix"), [(gzip.compress, ".gz"), (zstandard.compress, ".zst"), (gzip.compress, "")]
)
def test_read_packed_text(file, pack, suffix):
    content = "id,text\n" + "".join(f"{i},{t}\n" for i, t in enumerate(ZH))
    assert texts(file(pack(content.encode()), f"t.csv{suffix}")) == ZH
    assert texts(file(pack(content.encode("gbk")), f"g.csv{suffix}")) == ZH
    assert texts(file(pack(b'{"text": "a"}'), f"t.jsonl{suffix}")) == ["a"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_members_follow_one_another(file, pack):
    assert texts(file(pack(b"text\na\n") + pack(b"b\n"), "t.csv.gz")) == ["a", "b"]


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (zstandard.compress, "zstd")])
def test_cut_packed_file_is_trouble(file, pack, name):
    content = "text\n" + "".join(f"{random.Random(i).random()}\n" for i in range(3000))
    packed = pack(content.encode())
    assert told(file(packed[: len(packed) // 2], "t.csv.gz")) == (
        f"t.csv.gz: the {name} file cannot be unpacked: it ends in the middle. Fetch or pack it again."
    )


def test_damaged_gzip_is_trouble(file):
    packed = bytearray(gzip.compress(b"text\n" + b"a\n" * 100))
    packed[-6] ^= 1
    assert told(file(bytes(packed), "t.csv.gz")).startswith(
        "t.csv.gz: the gzip file cannot be unpacked: it is damaged ("
    )


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_bomb_is_unsafe(file, pack):
    with pytest.raises(UnsafeFile, match="unpacks to more than 500 times its size"):
        table(file(pack(b"text\n" + b"aaaaaaa\n" * (17 << 20)), "t.csv.gz"))


# ---------------------------------------------------------------------------------------------------------------- days


def days(*sources):
    return table(*sources, columns=Columns("text", date="date"))["date"].to_pylist()


@pytest.mark.parametrize(("sure", "day"), [("13/04/2026", date(2026, 4, 3)), ("04/13/2026", date(2026, 3, 4))])
def test_order_of_days_is_the_one_that_other_cells_show(file, sure, day):
    path = file(f"text,date\na,03/04/2026\nb,soon\nc,{sure}\nd,2025-01-02\n")
    assert days(path) == [day, None, date(2026, 4, 13), date(2025, 1, 2)]
    assert days(pipe(path.read_bytes())) == days(path)


def test_order_of_days_shown_late_counts_for_the_first_batch(file):
    n = BATCH_ROWS + 1
    assert days(file("text,date\n" + "a,3/4/2026\n" * n + "b,13/4/2026\n")) == [date(2026, 4, 3)] * n + [
        date(2026, 4, 13)
    ]


def test_order_of_days_is_left_open_where_cells_disagree_and_settled_by_file(file):
    mixed = file("text,date\na,3/4/2026\nb,13/4/2026\nc,4/13/2026\n", "1.csv")
    sure = file("text,date\na,3/4/2026\nb,13/4/2026\n", "2.csv")
    day = date(2026, 4, 13)
    assert days(mixed, sure) == [None, day, day, date(2026, 4, 3), day]


@pytest.mark.parametrize(
    ("cells", "line", "shown"),
    [(["", "soon", "later"], 3, "soon"), (["3/4/2026"], 2, "3/4/2026"), (["ask jo@example.org"], 2, "ask [e-mail]")],
)
def test_date_column_without_a_day_is_trouble(file, cells, line, shown):
    path = file("text,date\n" + "".join(f"a,{cell}\n" for cell in cells))
    assert told(path, columns=Columns("text", date="date")) == (
        f'opinions.csv, line {line}: no cell of the column "date" names one certain day: "{shown}". '
        "Write days as 2026-03-18, or name another column."
    )


def test_date_column_without_a_cell_is_no_trouble(file, tmp_path):
    assert days(file("text,date\na,\nb, \n")) == [None, None]
    assert days(parquet(tmp_path / "t.parquet", text=["a"], date=pa.array([None], pa.date32()))) == [None]


def test_date_column_without_a_day_in_the_second_file_is_trouble(file):
    first, second = file("text,date\na,2026-01-02\n", "1.csv"), file("text,date\na,soon\n", "2.csv")
    assert told(first, second, columns=Columns("text", date="date")).startswith("2.csv, line 2: no cell of the column")


# ------------------------------------------------------------------------------------------------------------- streams


@pytest.mark.parametrize(
    "content",
    [
        b"id,text\n" + b"".join(b"%d,opinion %d\n" % (i, i) for i in range(200_000)),
        gzip.compress(b"id,text\n" + b"".join(b"%d,opinion %d\n" % (i, i) for i in range(200_000))),
        b"".join(b'{"text": "opinion %d"}\n' % i for i in range(200_000)),
    ],
    ids=["csv", "gzip", "json"],
)
def test_read_a_pipe(content):
    assert texts(pipe(content)) == [f"opinion {i}" for i in range(200_000)]


def test_read_parquet_from_a_pipe():
    out = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", "b"]}), out)
    assert texts(pipe(out.getvalue())) == ["a", "b"]


def test_read_standard_input(monkeypatch):
    reader, writer = os.pipe()
    content = ("text\n" + "\n".join(ZH) + "\n").encode("gbk")
    feeding = threading.Thread(target=lambda: (os.write(writer, content), os.close(writer)))
    feeding.start()
    with os.fdopen(reader, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert texts("-") == ZH
    feeding.join()


def test_trouble_in_the_middle_is_raised_and_prints_nothing(file):
    code = (
        "import sys; from setright.sift.read import *\n"
        "try: collect(read(sys.argv[1:], Columns('text')))\n"
        "except Exception as error: print(type(error).__name__)"
    )
    path = file('text\n"open\n')
    path.write_bytes(path.read_bytes() + b"x\n" * 600_000)  # beyond what is looked at before the rows are read
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code, path], env=env, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("InputError\n", "")


def test_pipe_that_changes_encoding_late_is_trouble():
    content = b"text\n" + b"plain text\n" * 200_000 + "延误\n".encode("gbk") * 1000
    with pytest.raises(InputError) as error:
        table(pipe(content))
    assert str(error.value) == (
        "standard input, line 200002: 1,000 of 201,000 rows, the first here, are not UTF-8. "
        "Save the whole file in one encoding, best UTF-8, or name its encoding."
    )


def test_open_file_stays_open(file):
    with file("text\na\n").open("rb") as stream:
        assert texts(stream) == ["a"]
        assert not stream.closed


# --------------------------------------------------------------------------------------------------- trouble with a row


def test_trouble_with_a_row_never_raises(file):
    rows = [
        b"1,fine",
        b"2,n\0l",
        b"3,\xed\xa0\x80",
        b"4," + b"x" * (MAX_TEXT + 1),
        b"5," + b"x" * MAX_TEXT,
        b"6,one,two",
        b"7,kept,,",
        b"8",
        b"9,",
        b"\0,id damaged",
        "10,ä".encode(),
    ]
    read_table = table(file(b"id,text\n" + b"\n".join(rows)), columns=Columns("text", id="id"))
    assert read_table["trouble"].to_pylist() == [
        None,
        "NUL byte",
        "lone surrogate",
        "too long",
        None,
        "ragged: 3 cells, header has 2",
        None,
        "ragged: 1 cells, header has 2",
        None,
        "NUL byte",
        None,
    ]
    assert read_table["text"].to_pylist() == [
        "fine", None, None, None, "x" * MAX_TEXT, None, "kept", None, "", None, "ä",
    ]  # fmt: skip
    assert read_table["id"].to_pylist() == ["1", "2", "3", "4", "5", "5", "7", "7", "9", "9", "10"]


def test_row_cut_behind_its_text_keeps_it(file):
    assert texts(file("id,text,unit,date\n1,kept\n2,kept,x\n")) == ["kept", "kept"]


def test_all_rows_in_trouble_is_a_table(file):
    assert troubles(file("id,text\n" + "1,\0\n" * 3)) == ["NUL byte"] * 3


def test_lone_surrogate_in_utf16_is_trouble_with_the_row(file):
    content = b"\xff\xfe" + "text\nok\n".encode("utf-16-le") + b"\x00\xd8\n\x00" + "end\n".encode("utf-16-le")
    assert troubles(file(content)) == [None, "lone surrogate", None]


def test_all_blank_rows_are_texts_and_no_trouble(file):
    read_table = table(file("text\n\n\n\n"))
    assert read_table.select(["text", "trouble"]).to_pydict() == {"text": [""] * 3, "trouble": [None] * 3}


# -------------------------------------------------------------------------------------------------- trouble with a file


def test_no_source_is_trouble():
    assert told() == 'no file was named. Name a file, or "-" for standard input.'


def test_missing_file_is_trouble(tmp_path):
    assert told(tmp_path / "no.csv") == "no.csv: there is no such file. Check the name and the folder."


def test_directory_is_trouble(tmp_path):
    (tmp_path / "d").mkdir()
    assert told(tmp_path / "d") == "d: this is a directory. Name the files in it."


def test_unreadable_file_is_trouble(file):
    path = file("text\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert told(path) == "opinions.csv: you may not read this file. Ask its owner, or run as a user who may."


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_empty_file_is_trouble(file, content):
    assert told(file(content)) == ("opinions.csv: the file is empty. Hand in a table with a line of column names.")


def test_missing_column_is_trouble_and_the_nearest_is_named(file):
    path = file("id,Opinion,unit\n1,a,b\n")
    assert told(path, columns=Columns("opinions")) == (
        'opinions.csv: there is no column "opinions"; the columns are "id", "Opinion", "unit". Did you mean "Opinion".'
    )
    assert told(path, columns=Columns("Opinion", person="zzz")) == (
        'opinions.csv: there is no column "zzz"; the columns are "id", "Opinion", "unit". Name one of these.'
    )


def test_missing_column_among_many_says_how_many(file):
    assert told(file(",".join(f"c{i}" for i in range(30)) + "\n"), columns=Columns("zzz")).endswith(
        '"c19" and 10 more. Name one of these.'
    )


def test_missing_column_shows_no_personal_cells_of_a_file_without_header(file):
    path = file("7,ring me on 07700 900123 or else I shall write to the paper,jo@example.org\n8,b,c\n")
    assert told(path, columns=Columns("zzz")) == (
        'opinions.csv: there is no column "zzz"; the columns are "7", "ring me on [phone] or else I s", "[e-mail]". '
        "Name one of these."
    )
    assert "900123" not in told(path, columns=Columns("ring me on 07700 or else I shall write to the paper"))


def test_missing_key_in_json_and_column_in_parquet_are_trouble(file, tmp_path):
    expected = 'there is no column "txt"; the columns are "text". Did you mean "text".'
    assert told(file('{"text": "a"}\n', "t.jsonl"), columns=Columns("txt")) == f"t.jsonl: {expected}"
    assert told(parquet(tmp_path / "t.parquet", text=["a"]), columns=Columns("txt")) == f"t.parquet: {expected}"


def test_two_columns_of_the_name_are_trouble(file):
    assert told(file("text,text\na,b\n")) == (
        'opinions.csv: 2 columns are called "text". Rename all but the one that is meant.'
    )


def test_quote_that_never_closes_is_trouble_where_it_opened(file):
    rows = '1,"fine\nstill fine"\n2,"open\n' + "3,later\n" * 1000
    assert told(file("id,text\n" + rows)) == (
        "opinions.csv, line 4: a quote opens here and never closes. "
        "Close it, or double every quote inside a quoted cell."
    )


def test_open_quote_behind_a_closed_one_is_told_apart(file):
    assert told(file('id,text,unit\n1,"fine\nstill ""fine""","open\n2,b,c\n')).startswith(
        "opinions.csv, line 3: a quote opens here and never closes."
    )


def test_quote_that_closes_in_the_next_cell_is_trouble_where_it_opened(file):
    assert told(file('id,text\n1,a\n2,"op""en\n3,"later"\n')) == (
        "opinions.csv, line 3: a quote opens here and closes in the middle of a cell on line 4. "
        "Close it before the next delimiter, or double every quote inside a quoted cell."
    )


def test_quote_that_never_closes_does_not_swallow_a_large_file(file):
    assert told(file(b'id,text\n1,"open\n' + b"some more text\n" * 1_000_000)).startswith(
        "opinions.csv, line 2: a quote opens here and never closes."
    )


def test_line_without_end_is_trouble(file):
    assert told(file(b"text\nok\n" + b"x" * 9_000_000)) == (
        "opinions.csv, line 3: the line is longer than 8,000,000 characters. Put one row on each line."
    )


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("t.parquet", b"text\na\n", "the name says PARQUET, but it holds text. Rename it to .csv or .jsonl."),
        ("t.xlsx", b"text\na\n", "the name says XLSX, but it holds text. Rename it to .csv or .jsonl."),
        ("t.pdf", b"%PDF-1.7\n", "this is a PDF document, not a table we read. "
         "Hand in the table it was made from, as CSV or XLSX."),
        ("t.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an old Excel or Word file, or one with a password, "
         "not a table we read. Save it as XLSX, CSV or Parquet."),
        ("t.docx", b"PK\x03\x04" + bytes(26) + b"word/document.xml", "this is a Word document, not a table we read. "
         "Save it as XLSX, CSV or Parquet."),
        ("t.zip", b"PK\x03\x04" + bytes(26) + b"a.csv", "this is a ZIP archive. Unpack it and name the files in it."),
        ("t.xls", b"<html><table>", "this is a web page or XML, not a table we read. "
         "Save it as XLSX, CSV or Parquet."),
        ("t.bin", bytes(range(8)) * 1 + bytes(500), "the file holds binary data, not text. Export the table as CSV."),
        ("t.gz", gzip.compress(b"PAR1", mtime=0), "a packed PARQUET file. Unpack it: it is packed inside already."),
    ],
)  # fmt: skip
def test_file_that_is_something_else_is_trouble(file, name, content, what):
    assert told(file(content, name)) == f"{name}: {what}"


def test_parquet_is_told_by_content_whatever_its_name(tmp_path):
    assert texts(parquet(tmp_path / "t.csv", text=["a"])) == ["a"]


def test_trouble_in_the_second_file_names_it(file):
    first = file("text\na\n", "1.csv")
    assert told(first, file("id,other\n1,b\n", "2.csv")) == (
        '2.csv: there is no column "text"; the columns are "id", "other". Name one of these.'
    )


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["t.csv", "t.jsonl", "t.parquet", "t.xlsx", "t.csv.gz", "t"]))
def test_any_bytes_give_rows_or_one_sentence(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(b"text,id\n" * content[:1].isascii() + content)
    try:
        read_table = table(path)
    except InputError as error:
        assert str(error).endswith(".")
    else:
        assert read_table.schema == INPUT


def test_rows_are_json_too(file):
    rows = [{"text": text, "id": str(i)} for i, text in enumerate(ZH)]
    path = file("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode("gbk"), "t.jsonl")
    assert texts(path) == ZH
