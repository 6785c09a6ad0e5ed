"""`setright audit` as a user meets it."""

import contextlib
import csv
import io
import json
import shutil
from types import SimpleNamespace

import openpyxl
import pyarrow.parquet as pq
import pytest

import setright.cli
from tests.cli.test_command_line import setright as in_its_own_process

LIFT = ["The lift in block {} is broken", "Our lift {} is out of order", "lift {} still broken", "no lift in house {}"]
BUS = ["No bus {} after eight", "the last bus {} leaves too early", "Bus {} stops at eight", "no night bus {} home"]


@pytest.fixture
def audit(monkeypatch):
    """Run the command in this process, as `main` does: a process of its own takes two seconds to start."""

    def run(*arguments):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr("sys.argv", ["setright", "audit", *map(str, arguments)])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            setright.cli.main()
        return SimpleNamespace(returncode=ended.value.code, stdout=out.getvalue(), stderr=err.getvalue())

    return run


def sifted(path, out):
    done = in_its_own_process("sift", path, "--text", "said", "--encoder", "lsa", "--out", out)
    assert done.returncode == 0, done.stderr.decode()
    return out


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    there = tmp_path_factory.mktemp("audit")
    said = [text.format(i) for i in range(15) for text in (*LIFT, *BUS)]
    (there / "said.csv").write_text("id,said\n" + "".join(f"{i},{text}\n" for i, text in enumerate(said)))
    out = there / "register"
    done = in_its_own_process(
        "sift", there / "said.csv", "--text", "said", "--id", "id", "--encoder", "lsa", "--out", out
    )
    assert done.returncode == 0, done.stderr.decode()
    return out


@pytest.fixture
def mine(register, tmp_path):
    return shutil.copytree(register, tmp_path / "register")


@pytest.fixture
def drawn(mine, audit):
    done = audit(mine, "--n", 240)
    assert (done.returncode, done.stderr) == (0, "")
    return mine.parent / "register.audit" / "sample.xlsx"


def answered(sample, to, answer):
    """The sample filled in: `answer` of what the person says and the problem's quotes."""
    book = openpyxl.load_workbook(sample)
    for row in book.active.iter_rows(min_row=2):
        row[4].value = answer(row[1].value, f"{row[2].value} {row[3].value}")
    book.save(to)
    return to


def by_word(words, problem):
    return "yes" if ("bus" in words.lower()) == ("bus" in problem.lower()) else "no"


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_draw_writes_a_sample_beside_the_register_and_leaves_it_alone(audit, mine):
    before = contents(mine)
    done = audit(mine, "--n", 240)
    assert (done.returncode, done.stdout.startswith("240 pairs drawn")) == (0, True)
    assert contents(mine) == before
    assert sorted(p.name for p in (mine.parent / "register.audit").iterdir()) == ["audit.json", "sample.xlsx"]


def test_sample_tells_neither_where_words_were_put_nor_how_they_were_drawn(drawn):
    with (drawn.parent / "audit.json").open(encoding="utf-8") as file:
        ((name, kept),) = json.load(file)["samples"].items()
    sheet = openpyxl.load_workbook(drawn).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[0] for row in cells] == [f"{name}-{i + 1:03d}" for i in range(len(cells))]
    assert all(row[4] is None and row[5] is None for row in cells)
    shown = " ".join(str(cell) for row in cells for cell in row)
    assert [word in shown for word in ("member", "near", "grouped", "P-", "0.")] == [False] * 5
    assert all(0 < d["probability"] <= 1 for d in kept["draws"])
    assert {d["question"] for d in kept["draws"]} == set(range(len(cells)))


def test_same_seed_draws_the_same_sample_again(audit, mine, drawn):
    first = drawn.read_bytes()
    assert audit(mine, "--n", 240).returncode == 0
    assert drawn.read_bytes() == first
    assert audit(mine, "--n", 240, "--seed", 1).returncode == 0
    assert drawn.read_bytes() != first


def test_answers_give_precision_recall_and_error_bars(audit, mine, drawn, tmp_path):
    before = contents(mine)
    done = audit(mine, "--answers", answered(drawn, tmp_path / "back.xlsx", by_word))
    told = done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in told.splitlines()[1:3]] == ["precision", "recall"]
    problems = pq.read_table(mine / "problems.parquet").to_pylist()
    bars = [(p["n_low"], p["n_high"]) for p in problems if p["n_low"] is not None]
    assert bars
    assert all(low <= high for low, high in bars)
    with (mine / "problems.csv").open(encoding="utf-8-sig", newline="") as file:
        written = [line["n_low"] for line in csv.DictReader(file)]
    assert written == ["" if p["n_low"] is None else str(p["n_low"]) for p in problems]
    after = contents(mine)
    changed = {name for name in after if after[name] != before[name]}
    assert (set(after), changed) == (set(before), {"problems.parquet", "problems.csv", "register.xlsx", "report.html"})
    with (drawn.parent / "audit.json").open(encoding="utf-8") as file:
        (kept,) = json.load(file)["samples"].values()
    assert set(kept["answers"].values()) == {"yes", "no"}
    assert kept["estimates"]["precision"]["n"] >= 10


def test_register_still_evaluates_and_audits_after_an_audit(audit, mine, drawn, tmp_path):
    back = answered(drawn, tmp_path / "back.xlsx", by_word)
    first, again = (audit(mine, "--answers", back) for _ in range(2))
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_answered_sample_is_never_overwritten(audit, mine, drawn):
    answered(drawn, drawn, by_word)
    before = drawn.read_bytes()
    done = audit(mine, "--n", 240, "--seed", 5)
    told = done.stderr
    assert (done.returncode, drawn.read_bytes() == before) == (2, True)
    assert "holds answers" in told
    assert audit(mine, "--n", 240, "--seed", 5, "--out", drawn.with_name("b.xlsx")).returncode == 0
    assert audit(mine, "--answers", drawn).returncode == 0


def test_file_that_is_no_sample_is_never_overwritten(audit, mine, tmp_path):
    (tmp_path / "thesis.xlsx").write_text("mine")
    done = audit(mine, "--out", tmp_path / "thesis.xlsx")
    assert (done.returncode, (tmp_path / "thesis.xlsx").read_text()) == (2, "mine")


@pytest.fixture
def refused(audit):
    """The one sentence with which the command refuses."""

    def run(*arguments):
        done = audit(*arguments)
        assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
        return done.stderr

    return run


def test_answers_to_another_register_are_refused(refused, mine, drawn, register, tmp_path):
    back = answered(drawn, tmp_path / "back.xlsx", by_word)
    other = shutil.copytree(register, tmp_path / "other")
    before = contents(other)
    assert "was not drawn from this register" in refused(other, "--answers", back)
    assert contents(other) == before


def test_answers_after_the_register_changed_are_refused(refused, mine, drawn, tmp_path):
    back = answered(drawn, tmp_path / "back.xlsx", by_word)
    lines = pq.read_table(mine / "assignments.parquet")
    pq.write_table(lines.slice(0, lines.num_rows - 1), mine / "assignments.parquet")
    assert "as it is now" in refused(mine, "--answers", back)


def test_trouble_with_answers_is_one_sentence_and_touches_nothing(refused, mine, drawn, tmp_path):
    before = contents(mine)
    maybe = answered(drawn, tmp_path / "maybe.xlsx", lambda words, problem: "maybe")
    (tmp_path / "other.csv").write_text("id,text\n1,lift\n")
    told = [refused(mine, "--answers", p) for p in (maybe, tmp_path / "other.csv", tmp_path / "absent.xlsx", drawn)]
    parts = ("maybe", "no column", "absent.xlsx", "no answer yet")
    assert [part in line for part, line in zip(parts, told, strict=True)] == [True] * 4
    assert contents(mine) == before


def test_pair_that_was_never_drawn_is_refused(refused, mine, drawn, tmp_path):
    name = openpyxl.load_workbook(drawn).active.cell(2, 1).value[:6]
    (tmp_path / "back.csv").write_text(f"pair,answer\n{name}-999,yes\n")
    assert f"{name}-999 was never drawn" in refused(mine, "--answers", tmp_path / "back.csv")


def test_what_is_no_register_is_refused(refused, tmp_path, mine):
    assert "is no register" in refused(tmp_path)
    (mine / "state" / "state.bin").write_bytes(b"x")
    assert "not a Setright state" in refused(mine)
    (mine / "state" / "state.bin").unlink()
    assert "cannot be read" in refused(mine)


def test_register_one_stands_in_is_drawn_from_but_not_replaced(audit, refused, mine, drawn, tmp_path, monkeypatch):
    back = answered(drawn, tmp_path / "back.xlsx", by_word)
    monkeypatch.chdir(mine)
    assert audit(".", "--seed", 3, "--out", tmp_path / "s.xlsx").returncode == 0
    assert "is the folder you are in" in refused(".", "--answers", back)


def test_drawing_and_reading_are_told_apart(audit, mine, drawn):
    done = audit(mine, "--answers", drawn, "--n", 10)
    assert (done.returncode, "one or the other" in done.stderr) == (2, True)


def test_sample_of_a_chinese_register_is_in_chinese(audit, mine):
    ledger = json.loads((mine / "ledger.json").read_text(encoding="utf-8"))
    ledger["settings"]["lang"] = "zh"
    (mine / "ledger.json").write_text(json.dumps(ledger), encoding="utf-8")
    assert audit(mine, "--n", 20, "--out", mine.parent / "s.xlsx").returncode == 0
    sheet = openpyxl.load_workbook(mine.parent / "s.xlsx").active
    assert (sheet.title, sheet["B1"].value) == ("抽查", "这个人说")
