import csv
import json
from dataclasses import replace
from html.parser import HTMLParser

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setright.intake.formula import safe_cell
from setright.intake.personal import mask_span, sliced
from setright.sift import tables
from setright.sift.register import write_register
from setright.sift.register.book import Limits, guarded, pieces
from setright.sift.register.evidence import evidence
from setright.sift.register.facts import facts
from setright.sift.register.quotes import as_json
from setright.sift.register.report import _hidden, _total, write_report
from setright.sift.register.xlsx import write_workbook
from tests.sift.factories import Size, made

FILES = ("意见.csv", "补充.xlsx")
ODD = (
    "=cmd|' /C calc'!A0",
    "</script><img src=x onerror=alert(1)>",
    "<r>bold</r>",
    "tab\tand \x01 control \r line _x0041_",
    "＝HYPERLINK(“x”)",
)


def _written(folder, result, rows, shown=sliced):
    write_register(result, rows, folder, shown=shown, files=FILES)
    return folder


def _book(folder, result, rows, limits=None, shown=sliced):
    points = evidence(result, rows, shown)
    write_workbook(folder / "register.xlsx", result, points, facts(result, rows, FILES), limits=limits)
    return openpyxl.load_workbook(folder / "register.xlsx")


def _lines(sheet, skip=1):
    return list(sheet.iter_rows(min_row=1 + skip, values_only=True))


class _Scripts(HTMLParser):
    """What a browser would see: the tags, and the data in script elements by id."""

    def __init__(self):
        super().__init__()
        self.tags, self.data, self._id = [], {}, None

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._id = dict(attrs).get("id") if tag == "script" else None

    def handle_data(self, data):
        if self._id:
            self.data[self._id] = self.data.get(self._id, "") + data


def _page(folder):
    page = _Scripts()
    page.feed((folder / "report.html").read_text(encoding="utf-8"))
    return page, {name: json.loads(text) for name, text in page.data.items()}


# --------------------------------------------------------------------------------------------------------------- files


def test_register_writes_these_files_and_no_other(tmp_path):
    _written(tmp_path, *made())

    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "assignments.parquet",
        "ledger.json",
        "problem_units.parquet",
        "problems.csv",
        "problems.parquet",
        "register.xlsx",
        "report.html",
        "templates.parquet",
        "themes.parquet",
    ]


def test_register_is_byte_identical_for_the_same_result(tmp_path):
    result, rows = made()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    chunked = replace(
        result, assignments=pa.concat_tables([result.assignments.slice(0, 9), result.assignments.slice(9)])
    )

    _written(tmp_path / "a", result, rows)
    _written(tmp_path / "b", chunked, rows)

    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_register_tables_hold_the_result(tmp_path):
    result, rows = made()

    _written(tmp_path, result, rows)

    for name in ("problems", "assignments", "templates", "problem_units", "themes"):
        assert pq.read_table(tmp_path / f"{name}.parquet") == getattr(result, name)
    assert json.loads((tmp_path / "ledger.json").read_text()) == result.ledger


def test_register_leaves_its_arguments_alone(tmp_path):
    result, rows = made()
    before, rows_before = result.to_bytes(), rows.slice(0)

    _written(tmp_path, result, rows)

    assert result.to_bytes() == before
    assert rows == rows_before


def test_csv_has_a_bom_every_column_and_no_formula(tmp_path):
    result, rows = made()
    titles = ["=1+1", *result.problems["title"].to_pylist()[1:]]
    at = result.problems.schema.get_field_index("title")
    result = replace(result, problems=result.problems.set_column(at, tables.PROBLEMS.field("title"), pa.array(titles)))

    _written(tmp_path, result, rows)

    raw = (tmp_path / "problems.csv").read_bytes()
    lines = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert lines[0] == tables.PROBLEMS.names
    assert len(lines) == 1 + result.problems.num_rows
    assert lines[1][:2] == [result.problems["problem"][0].as_py(), "'=1+1"]


@pytest.mark.parametrize("n_rows", [0, 1])
def test_register_of_nothing_and_of_one_row_is_written(tmp_path, n_rows):
    result, rows = made(Size(n_rows=40, n_problems=3))
    result = replace(
        result,
        problems=result.problems.slice(0, 0),
        assignments=_ungrouped(result.assignments.slice(0, n_rows)),
        problem_units=result.problem_units.slice(0, 0),
        themes=result.themes.slice(0, 0),
        templates=result.templates.slice(0, 0),
        map=result.map.slice(0, 0),
    )

    _written(tmp_path, result, rows.slice(0, n_rows))

    _, data = _page(tmp_path)
    assert (data["head"]["n_rows"], data["problems"], data["quotes"]) == (n_rows, [], [])
    assert len(_lines(openpyxl.load_workbook(tmp_path / "register.xlsx")["Evidence"])) == n_rows


def _ungrouped(lines):
    n = lines.num_rows
    lines = lines.set_column(5, "state", pa.array(["alone"] * n, pa.string()))
    return lines.set_column(8, "problem", pa.nulls(n, pa.string()))


# ------------------------------------------------------------------------------------------------------------ workbook


def test_workbook_has_its_sheets_in_the_language_of_the_titles(tmp_path):
    (tmp_path / "zh").mkdir()
    (tmp_path / "en").mkdir()

    zh, en = _book(tmp_path / "zh", *made()), _book(tmp_path / "en", *made(Size(lang="en")))

    assert zh.sheetnames == ["问题", "谁在哪里说", "哪个月说", "单位与月份", "主题", "模板", "台账", "证据"]
    assert en.sheetnames == [
        "Problems",
        "Who says what where",
        "What when",
        "Units and months",
        "Themes",
        "Templates",
        "Ledger",
        "Evidence",
    ]


def test_workbook_lists_what_became_of_the_problems_of_an_earlier_run(tmp_path):
    result, rows = made()
    first, second, *_ = result.problems.to_pylist()
    lines = [
        (second["problem"], "new", None, 9, []),
        (first["problem"], "grown", 4, 12, ["P-GONE"]),
        ("P-GONE", "merged", 5, None, [first["problem"]]),
    ]
    columns = [
        pa.array(column, field.type) for column, field in zip(zip(*lines, strict=True), tables.CHANGES, strict=True)
    ]

    book = _book(tmp_path, replace(result, changes=pa.table(columns, schema=tables.CHANGES)), rows)

    assert book.sheetnames[:2] == ["问题", "变化"]
    assert _lines(book["变化"]) == [
        (second["problem"], second["title"], "新出现", None, 9, None),
        (first["problem"], first["title"], "变多", 4, 12, "P-GONE"),
        ("P-GONE", None, "并入别的", 5, None, first["problem"]),
    ]


def test_workbook_leaves_out_what_the_input_does_not_know(tmp_path):
    book = _book(tmp_path, *made(Size(units=False, dates=False)))

    assert book.sheetnames == ["问题", "主题", "模板", "台账", "证据"]
    assert [c.value for c in book["证据"][1]] == [
        "编号",
        "问题",
        "行（从 0 起）",
        "id",
        "原话",
        "去向",
        "性质",
        "把握",
        "模板",
    ]


def test_evidence_holds_every_point_sorted_by_problem_then_confidence(tmp_path):
    result, rows = made()

    lines = _lines(_book(tmp_path, result, rows)["证据"])

    place = {p: i for i, p in enumerate(result.problems["problem"].to_pylist())}
    keys = [(place.get(line[0], len(place)), -(line[9] or 0)) for line in lines if line[0]]
    assert sorted(line[2] for line in lines) == result.assignments["row"].to_pylist()
    assert keys == sorted(keys)
    assert [line[7].split("：")[0] for line in lines if not line[0]] == sorted(
        (line[7].split("：")[0] for line in lines if not line[0]), key=["拿不准", "独一条", "空", "读不出"].index
    )


def test_evidence_links_lead_to_the_first_point_of_each_problem(tmp_path):
    book = _book(tmp_path, *made(Size(n_rows=500, n_problems=20)), limits=Limits(rows=120))

    for row in book["问题"].iter_rows(min_row=2):
        sheet, cell = row[1].hyperlink.location.replace("'", "").split("!")
        first = book[sheet][cell]
        assert first.value == row[0].value
        assert first.row == 2 or first.offset(row=-1).value != row[0].value


def test_evidence_continues_on_further_sheets(tmp_path):
    result, rows = made(Size(n_rows=250))

    book = _book(tmp_path, result, rows, limits=Limits(rows=100))

    sheets = ["证据", "证据 2", "证据 3"]
    assert book.sheetnames[-3:] == sheets
    assert [book[s].max_row for s in sheets] == [100, 100, 53]
    assert [c.value for c in book["证据 2"][1]] == [c.value for c in book["证据"][1]]
    assert sorted(line[2] for s in sheets for line in _lines(book[s])) == list(range(250))


def test_workbook_stops_linking_at_the_limit_and_says_so(tmp_path):
    book = _book(tmp_path, *made(Size(n_problems=12)), limits=Limits(links=5))

    linked = [row[1].hyperlink is not None for row in book["问题"].iter_rows(min_row=2)]
    assert linked == [True] * 5 + [False] * 7
    assert "前 5 个问题带链接，Excel 一张表至多这么多；其余按“证据在”一栏找。" in _notes(book)


def test_evidence_continues_a_long_text_in_the_next_row_and_says_so(tmp_path):
    long = "水压低😀" * 60
    result, rows = made(Size(n_rows=60, n_problems=2), odd=(long,))

    book = _book(tmp_path, result, rows, limits=Limits(characters=120))

    parts = [line[6] for line in _lines(book["证据"]) if line[2] == 0]
    marks = [f"（第 {n} 段，共 {len(parts)} 段）" for n in range(1, len(parts) + 1)]
    assert "".join(part.removeprefix(mark) for part, mark in zip(parts, marks, strict=True)) == long
    assert all(len(part.encode("utf-16-le")) // 2 <= 120 for part in parts)
    assert "1 处超过 120 字，接在下一行，写明第几段。" in _notes(book)


def _notes(book):
    return [line[0] for line in _lines(book["台账"])]


def test_workbook_keeps_hostile_words_as_words(tmp_path):
    result, rows = made(Size(n_rows=60, n_problems=2), odd=ODD)

    sheet = _book(tmp_path, result, rows)["证据"]

    cells = {row[2].value: row[6] for row in sheet.iter_rows(min_row=2)}
    assert [cells[i].data_type for i in range(len(ODD))] == ["s"] * len(ODD)
    assert cells[0].value == "'" + ODD[0]
    assert cells[1].value == ODD[1]
    assert cells[2].value.rstrip() == ODD[2]
    assert openpyxl.utils.escape.unescape(cells[3].value) == ODD[3]
    assert cells[4].value == "'" + ODD[4]


def test_workbook_keeps_a_hostile_title_as_words(tmp_path):
    result, rows = made(Size(n_rows=60, n_problems=3))
    titles = pa.array(["=1+1", "<r>x</r>", "a & b < c"])
    at = result.problems.schema.get_field_index("title")
    result = replace(result, problems=result.problems.set_column(at, tables.PROBLEMS.field("title"), titles))

    book = _book(tmp_path, result, rows)

    assert [r[1].value.rstrip() for r in book.worksheets[0].iter_rows(min_row=2)] == ["'=1+1", "<r>x</r>", "a & b < c"]


def test_matrix_counts_add_up_to_the_submissions(tmp_path):
    result, rows = made(Size(n_rows=900))

    book = _book(tmp_path, result, rows, limits=Limits(columns=4))

    counts = dict(
        zip(result.problems["problem"].to_pylist(), result.problems["n_submissions"].to_pylist(), strict=True)
    )
    for name in ("谁在哪里说", "哪个月说"):
        sheet = book[name]
        assert [c.value for c in sheet[1]][-2:] == ["其余", "合计"]
        for line in _lines(sheet):
            assert sum(n or 0 for n in line[2:-1]) == line[-1] == counts[line[0]]
    assert any("列出其中 4 列" in note for note in _notes(book) if note)


def test_matrix_cells_are_the_submissions_of_that_problem_there(tmp_path):
    result, rows = made(Size(n_rows=600))

    sheet = _book(tmp_path, result, rows)["谁在哪里说"]

    said = result.problem_units.group_by(["problem", "unit"]).aggregate([("n_submissions", "sum")]).to_pylist()
    units = [c.value for c in sheet[1]][2:-1]
    shown = {(line[0], u): n for line in _lines(sheet) for u, n in zip(units, line[2:-1], strict=True) if n}
    assert shown == {(s["problem"], s["unit"]): s["n_submissions_sum"] for s in said}


def test_heat_shows_the_largest_complaints_and_suggestions(tmp_path):
    result, rows = made(Size(n_rows=2000, n_problems=30))

    _, data = _page(_written(tmp_path, result, rows))

    kept = [
        i for i, p in enumerate(result.problems.to_pylist()) if p["kind"] in tables.PROBLEM_KINDS and not p["dismissed"]
    ]
    sizes = result.problems["n_submissions"].to_pylist()
    assert [r[0] for r in data["head"]["heat"]["rows"]] == sorted(kept, key=lambda i: (-sizes[i], i))[:12]


def test_ledger_sheet_shows_where_rows_ended_by_file(tmp_path):
    result, rows = made(Size(n_rows=1000))

    lines = _lines(_book(tmp_path, result, rows)["台账"])

    states = list(result.ledger["rows_by_state"].values())
    assert list(lines[0]) == ["全部", 1000, *states]
    assert [lines[1][0], lines[2][0]] == list(FILES)
    assert [a + b for a, b in zip(lines[1][1:], lines[2][1:], strict=True)] == [1000, *states]
    assert lines[3][:2] == ("相差", 0)


def test_words_are_shown_through_the_mask_everywhere(tmp_path):
    result, rows = made(Size(n_rows=80, n_problems=3), odd=("打 13912345678 找我",))

    _written(tmp_path, result, rows, shown=mask_span)

    book = openpyxl.load_workbook(tmp_path / "register.xlsx")
    said = [line[6] for line in _lines(book["证据"]) if line[2] == 0]
    assert said == ["打 〔电话〕 找我"]
    assert "13912345678" not in (tmp_path / "report.html").read_text()


def test_name_is_masked_where_its_cue_stands_outside_the_point(tmp_path):
    text = "Bus late.\nKind regards,\nAlice Brown"
    result, rows = made(Size(n_rows=80, n_problems=3), odd=(text,))
    lines = result.assignments
    at = [row == 0 for row in lines["row"].to_pylist()].index(True)
    cut = {"start": text.index("Alice"), "end": len(text)}
    for name, value in cut.items():
        column = lines[name].to_pylist()
        column[at] = value
        field = lines.schema.field(name)
        lines = lines.set_column(lines.schema.get_field_index(name), field, pa.array(column, field.type))

    _written(tmp_path, replace(result, assignments=lines), rows, shown=mask_span)

    said = [line[6] for line in _lines(openpyxl.load_workbook(tmp_path / "register.xlsx")["证据"]) if line[2] == 0]
    assert said == ["[name]"]
    assert "Alice" not in (tmp_path / "report.html").read_text()


def test_rows_of_an_earlier_run_are_listed_without_their_words(tmp_path):
    result, rows = made(Size(n_rows=100, n_problems=3))

    lines = _lines(_book(tmp_path, result, rows.slice(50))["证据"])

    assert {line[6] for line in lines if line[2] < 50} == {"（原话不在这次的文件里）"}
    assert len(lines) == 100


# -------------------------------------------------------------------------------------------------------------- report


def test_report_loads_nothing_and_forbids_loading(tmp_path):
    text = (_written(tmp_path, *made()) / "report.html").read_text(encoding="utf-8")

    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:" in text
    for outside in ("http://", "https://", "//cdn", "@import", "url("):
        assert outside not in text.replace("http://www.w3.org/2000/svg", ""), outside


def test_report_carries_hostile_words_as_data(tmp_path):
    result, rows = made(Size(n_rows=60, n_problems=2), odd=(*ODD, "\u2028 {{script}} <!-- <script>"))

    page, data = _page(_written(tmp_path, result, rows))

    assert "img" not in page.tags
    assert page.tags.count("script") == 4
    said = [q[3] for some in data["quotes"] for q in some]
    assert [w for w in (*ODD, "\u2028 {{script}} <!-- <script>") if w not in said] == []


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_json_in_a_page_reads_back_and_cannot_end_the_script(text):
    made_json = as_json(text)

    assert json.loads(made_json) == text
    assert not set("<>&\u2028\u2029") & set(made_json)


def test_report_counts_agree_with_the_result(tmp_path):
    result, rows = made(Size(n_rows=1000))

    _, data = _page(_written(tmp_path, result, rows))

    head = data["head"]
    assert dict(zip(head["states"], head["by_state"], strict=True)) == result.ledger["rows_by_state"]
    assert [head["difference"], head["n_rows"], head["n_problems"]] == [0, 1000, 12]
    assert [p[3] for p in data["problems"]] == result.problems["n_submissions"].to_pylist()
    assert [sum(p[15]) for p in data["problems"]] == result.problems["n_submissions"].to_pylist()
    assert sum(head["by_kind"]) + head["n_dismissed"] == 12


def test_report_quotes_each_wording_once_the_chosen_first(tmp_path):
    result, rows = made(Size(n_rows=1500, n_problems=4))

    _, data = _page(_written(tmp_path, result, rows))

    chosen = [
        list(dict.fromkeys(rows["text"][int(q["id"])].as_py() for q in some))
        for some in result.problems["quotes"].to_pylist()
    ]
    for some, first in zip(data["quotes"], chosen, strict=True):
        words = [q[3] for q in some]
        assert words[: len(first)] == first
        assert len(words) == len(set(words)) == 24


def test_report_shows_a_point_within_its_text(tmp_path):
    result, rows = made(Size(n_rows=60, n_problems=2), odd=("前面的话。中间这一点。后面的话。",))
    lines = result.assignments
    start = pa.array([5, *lines["start"].to_pylist()[1:]], pa.int32())
    end = pa.array([11, *lines["end"].to_pylist()[1:]], pa.int32())
    result = replace(result, assignments=lines.set_column(3, "start", start).set_column(4, "end", end))

    _, data = _page(_written(tmp_path, result, rows))

    (quote,) = [q for some in data["quotes"] for q in some if q[0] == 0]
    assert quote[3:6] == ["中间这一点。", "前面的话。", "后面的话。"]


def test_report_keeps_to_its_bytes_and_says_what_it_carries(tmp_path):
    result, rows = made(Size(n_rows=3000, n_problems=300))
    points, told = evidence(result, rows, sliced), facts(result, rows, FILES)

    found = []
    for limit in (25_000_000, 250_000, 120_000):
        write_report(tmp_path / "report.html", result, points, told, sliced, limit=limit)
        _, data = _page(tmp_path)
        assert (tmp_path / "report.html").stat().st_size <= limit
        assert max(map(len, data["quotes"])) == min(data["head"]["n_quotes"], max(map(len, data["quotes"])))
        found.append(
            (data["head"]["n_listed"] == len(data["problems"]), len(data["problems"]), data["head"]["n_quotes"])
        )

    assert [same for same, _, _ in found] == [True] * 3
    assert found[0][1:] == (300, 24)
    assert found[0][2] > found[1][2] >= found[2][2]
    assert found[2][1] < 300


def test_report_draws_only_the_largest_circles(tmp_path):
    result, rows = made(Size(n_rows=4000, n_problems=700))

    _, data = _page(_written(tmp_path, result, rows))

    drawn = [p[3] for p in data["problems"] if p[16]]
    assert (data["head"]["map"]["n_drawn"], len(drawn)) == (600, 600)
    assert min(drawn) >= sorted((p[3] for p in data["problems"]), reverse=True)[599]


def test_heat_hides_small_counts_and_what_would_give_them_away():
    assert _hidden([9, 3, 0, 7]) == [9, "<", 0, "x"]
    assert _hidden([9, 3, 2, 7]) == [9, "<", "<", 7]
    assert _hidden([9, 0, 7]) == [9, 0, 7]
    assert _total([9, "<", 0, "x"], 19) == 19
    assert _total(["<", 0, 0], 3) == "<"
    assert _total(["<", 0, "<"], 8) == 8


# --------------------------------------------------------------------------------------------------------------- parts


@given(st.lists(st.one_of(st.none(), st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from(ODD))))
def test_guarded_is_safe_cell_of_each(words):
    found = guarded(pa.array(words, pa.large_string())).to_pylist()

    assert found == [None if w is None else safe_cell(w) for w in words]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(2, 9))
def test_pieces_join_to_the_words_and_fit(words, limit):
    found = pieces(words, limit)

    assert "".join(found) == words
    assert all(len(piece.encode("utf-16-le")) // 2 <= limit for piece in found)


def test_facts_take_the_best_state_of_a_row():
    result, rows = made(Size(n_rows=50, n_problems=2))
    lines = result.assignments
    twice = pa.concat_tables([lines, _ungrouped(lines)])

    told = facts(replace(result, assignments=twice), rows, FILES)

    assert told.by_state[0] == pc.sum(pc.equal(lines["state"], "grouped")).as_py()
    assert sum(told.by_state) == 50
