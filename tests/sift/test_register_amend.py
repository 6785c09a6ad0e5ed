"""A register with error bars put in is the register that would have been written with them."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pyarrow as pa
import pytest

from setright.intake.errors import InputError
from setright.intake.personal import mask_span
from setright.sift.register import write_register
from setright.sift.register.amend import amend_register
from tests.sift.factories import Size, made

AMENDED = ("problems.parquet", "problems.csv", "register.xlsx", "report.html")


def written(folder, result, rows):
    folder.mkdir()
    write_register(result, rows, folder, shown=mask_span, files=["a.csv"])
    return folder


def with_bars(result, bars):
    problems, names = result.problems, result.problems["problem"].to_pylist()
    for end, column in enumerate(("n_low", "n_high")):
        values = pa.array([bars[name][end] if name in bars else None for name in names], pa.int64())
        problems = problems.set_column(problems.column_names.index(column), problems.schema.field(column), values)
    return replace(result, problems=problems)


def content(folder):
    """Every file's bytes; of a workbook, each part's."""
    found = {name: (folder / name).read_bytes() for name in AMENDED if name != "register.xlsx"}
    with zipfile.ZipFile(folder / "register.xlsx") as book:
        return found | {part: book.read(part) for part in book.namelist()}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_amended_register_is_the_one_written_with_bars(tmp_path, lang):
    result, rows = made(Size(lang=lang, people=lang == "zh"), odd=("<b> & =1+1", "</script> “ok”"))
    names = result.problems["problem"].to_pylist()
    bars = {names[0]: (10, 1_000), names[3]: (0, 7)}
    before = written(tmp_path / "before", result, rows)
    right = written(tmp_path / "right", with_bars(result, bars), rows)
    (tmp_path / "after").mkdir()
    amend_register(before, tmp_path / "after", bars)
    assert content(tmp_path / "after") == content(right)


def test_amending_anew_takes_earlier_bars_out(tmp_path):
    result, rows = made(Size(n_rows=60, n_problems=4))
    names = result.problems["problem"].to_pylist()
    before = written(tmp_path / "before", with_bars(result, {names[1]: (1, 2), names[2]: (3, 4)}), rows)
    right = written(tmp_path / "right", with_bars(result, {names[2]: (5, 6)}), rows)
    (tmp_path / "after").mkdir()
    amend_register(before, tmp_path / "after", {names[2]: (5, 6)})
    assert content(tmp_path / "after") == content(right)


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [("register.xlsx", b"PK not a workbook"), ("report.html", b"<p>mine</p>"), ("problems.csv", b"a,b")],
)
def test_file_that_is_not_as_it_was_written_is_told(tmp_path, name, spoilt):
    result, rows = made(Size(n_rows=60, n_problems=4))
    before = written(tmp_path / "before", result, rows)
    (before / name).write_bytes(spoilt)
    (tmp_path / "after").mkdir()
    with pytest.raises(InputError, match=name):
        amend_register(before, tmp_path / "after", {})
