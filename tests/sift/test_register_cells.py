import csv
import json
import re
from dataclasses import replace

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from setright.sift.register import write_register
from setright.sift.register.book import Limits
from setright.sift.register.evidence import evidence
from setright.sift.register.facts import facts
from setright.sift.register.words import WORDS, shown_id, shown_ids, shown_units
from setright.sift.register.xlsx import write_workbook
from tests.sift.factories import Size, made

FILES = ("意见.csv", "补充.xlsx")
PHONE, MAIL = "13812345678", "li.wei@example.org"


def _as_written(text, start=0, end=None):
    return text[start:end]


def _book(folder, result, rows, limits=None):
    points = evidence(result, rows, _as_written)
    write_workbook(folder / "register.xlsx", result, points, facts(result, rows, FILES), limits=limits)
    return openpyxl.load_workbook(folder / "register.xlsx")


def _changed(table, name, change):
    at = table.schema.get_field_index(name)
    values = [change(v) for v in table[name].to_pylist()]
    return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))


def _with_unit(old, new, size=None):
    result, rows = made(size or Size())
    units = _changed(result.problem_units, "unit", lambda u: new if u == old else u)
    return replace(result, problem_units=units), _changed(rows, "unit", lambda u: new if u == old else u)


def _with_id(old, new):
    result, rows = made()

    def mended(some):
        return [q | {"id": new if q["id"] == old else q["id"]} for q in some or []]

    result = replace(
        result,
        assignments=_changed(result.assignments, "id", lambda i: new if i == old else i),
        problems=_changed(result.problems, "quotes", mended),
    )
    return result, _changed(rows, "id", lambda i: new if i == old else i)


def _first_quoted(result):
    return result.problems["quotes"][0].as_py()[0]["id"]


def _keeping(result):
    settings = result.ledger["settings"] | {"keep_personal": True}
    return replace(result, ledger=result.ledger | {"settings": settings})


def _page(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    data = re.findall(r'<script[^>]*id="(\w+)"[^>]*>(.*?)</script>', page, flags=re.DOTALL)
    return {name: json.loads(text) for name, text in data}


def _column(sheet, name):
    lines = list(sheet.iter_rows(values_only=True))
    return [line[lines[0].index(name)] for line in lines[1:]]


# ------------------------------------------------------------------------------------------- a unit is not our own word


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit", ["continued", "note_lines", "date", "empty", "praise", "others", "problem", "total"])
def test_unit_named_like_a_word_of_ours_stands_as_it_is(tmp_path, lang, unit):
    old = "临川县" if lang == "zh" else "Linchuan"
    result, rows = _with_unit(old, unit, Size(n_rows=60, n_problems=3, lang=lang))

    book = _book(tmp_path, result, rows)

    where = book[WORDS["where"][lang == "en"]]
    heads = [cell.value for cell in where[1]]
    assert sorted(h for h in heads[2:-1]) == sorted({u for u in result.problem_units["unit"].to_pylist() if u})


# ------------------------------------------------------------------------------------------------- what a cell can hold


def test_long_unit_and_id_are_cut_and_noted_once(tmp_path):
    long_unit, long_id = "市" * 230, "9" * 60 + "x" * 200
    result, rows = _with_unit("临川县", long_unit)
    result = replace(result, assignments=_changed(result.assignments, "id", lambda i: long_id if i == "3" else i))

    book = _book(tmp_path, result, rows, Limits(characters=200))

    evidence_sheets = [sheet for sheet in book if sheet.title.startswith("证据")]
    ids = [i for sheet in evidence_sheets for i in _column(sheet, "id")]
    units = [u for sheet in evidence_sheets for u in _column(sheet, "单位")]
    assert ids.count(long_id[:200]) == 1
    assert units.count(long_unit[:200]) == rows["unit"].to_pylist().count(long_unit)
    assert {u for u in _column(book["单位与月份"], "单位")} == {u[:200] for u in set(rows["unit"].to_pylist())}
    notes = [
        v for row in book["台账"].iter_rows(values_only=True) for v in row if isinstance(v, str) and "只放得下" in v
    ]
    assert [n for n in notes if long_unit[:40] in n] == [WORDS["note_cut"][0].format(start=long_unit[:40], limit="200")]
    assert [n for n in notes if long_id[:40] in n] == [WORDS["note_cut"][0].format(start=long_id[:40], limit="200")]


def test_cell_of_just_the_limit_is_not_cut(tmp_path):
    result, rows = _with_unit("临川县", "市" * 200)

    book = _book(tmp_path, result, rows, Limits(characters=200))

    assert "市" * 200 in _column(book["单位与月份"], "单位")
    assert not [v for row in book["台账"].iter_rows(values_only=True) for v in row if "只放得下" in str(v)]


# -------------------------------------------------------------------------------------------------------------- masking


def test_unit_with_a_phone_is_masked_where_people_read_and_kept_in_the_tables(tmp_path):
    unit = f"张三 {PHONE}"
    result, rows = _with_unit("临川县", unit)

    write_register(result, rows, tmp_path, shown=_as_written, files=FILES)

    book = openpyxl.load_workbook(tmp_path / "register.xlsx")
    assert "张三 〔电话〕" in [c.value for c in book["谁在哪里说"][1]]
    assert "张三 〔电话〕" in _column(book["单位与月份"], "单位")
    assert "张三 〔电话〕" in _column(book["证据"], "单位")
    assert not [v for s in book for row in s.iter_rows(values_only=True) for v in row if PHONE in str(v)]
    assert "张三 〔电话〕" in _page(tmp_path)["head"]["heat"]["units"]
    assert PHONE not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert unit in pq.read_table(tmp_path / "problem_units.parquet")["unit"].to_pylist()


@pytest.mark.parametrize(("words", "masked"), [(PHONE, "〔电话〕"), (MAIL, "[e-mail]")])
def test_id_that_is_a_contact_is_masked_where_people_read_and_kept_in_the_tables(tmp_path, words, masked):
    old = _first_quoted(made()[0])
    result, rows = _with_id(old, words)

    write_register(result, rows, tmp_path, shown=_as_written, files=FILES)

    shown = shown_id(words)
    book = openpyxl.load_workbook(tmp_path / "register.xlsx")
    assert shown != words
    assert _column(book["证据"], "id").count(shown) == 1
    quoted = [quote[8] for some in _page(tmp_path)["quotes"] for quote in some if len(quote) > 8]
    assert quoted == [shown]
    lines = list(csv.DictReader((tmp_path / "problems.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert json.loads(lines[0]["quotes"])[0]["id"] == shown
    for name in ("report.html", "problems.csv"):
        assert words not in (tmp_path / name).read_text(encoding="utf-8"), name
    assert pq.read_table(tmp_path / "problems.parquet") == result.problems
    assert words in pq.read_table(tmp_path / "assignments.parquet")["id"].to_pylist()


def test_run_that_keeps_personal_data_shows_units_and_ids_as_they_are(tmp_path):
    old = _first_quoted(made()[0])
    result, rows = _with_id(old, MAIL)
    unit = f"张三 {PHONE}"
    units = _changed(result.problem_units, "unit", lambda u: unit if u == "临川县" else u)
    rows = _changed(rows, "unit", lambda u: unit if u == "临川县" else u)
    result = _keeping(replace(result, problem_units=units))

    write_register(result, rows, tmp_path, shown=_as_written, files=FILES)

    book = openpyxl.load_workbook(tmp_path / "register.xlsx")
    assert unit in [c.value for c in book["谁在哪里说"][1]]
    assert unit in _column(book["证据"], "单位")
    assert MAIL in _column(book["证据"], "id")
    assert unit in _page(tmp_path)["head"]["heat"]["units"]
    assert MAIL in (tmp_path / "problems.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    "words", ["20240105000001", "4111111111111111", "订单20240105000001", "0000012345", "A-17", ""]
)
def test_id_that_is_no_contact_stays_as_it_is(words):
    assert shown_ids(pa.array([words], pa.large_string())).to_pylist() == [words]


_PART = st.sampled_from(["138", "1234", "5678", "021", "0571", "+86", "0086", "555", "234", "1", "0"])
_BETWEEN = st.sampled_from(["", "-", " ", ".", "/", "(", ")", "tel", "电话", "x", "＠", "@", "_", "\u200b", "２"])


@given(st.lists(st.lists(st.tuples(_PART | st.text("0123456789", max_size=4), _BETWEEN), max_size=6), max_size=4))
@example([[("1-555-234-5678", "")], [("13812345678", "")], [("02112345678", "")], [("07911123456", "")]])
def test_shown_ids_are_shown_id_of_each(parts):
    ids = ["".join(a + b for a, b in some) for some in parts]

    assert shown_ids(pa.array([*ids, None], pa.large_string())).to_pylist() == [*map(shown_id, ids), None]


def test_shown_units_keep_nulls_and_order():
    units = pa.chunked_array([["张" + PHONE, None], ["城管局", "张" + PHONE]], pa.large_string())

    assert shown_units(units).to_pylist() == ["张〔电话〕", None, "城管局", "张〔电话〕"]
