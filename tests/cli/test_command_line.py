"""The command line as a user meets it: what it says, what it leaves behind, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import setright as setright_package

SAID = [
    "The lift in block C has been broken for weeks",
    "Our lift is broken again",
    "lift still broken, nobody comes",
    "The lift is out of order since May",
    "No bus runs after eight in the evening",
    "there is no bus after 8 pm",
    "Last bus leaves at eight, too early",
    "Buses stop at eight o'clock, how do I get home",
]


def setright(*arguments, stdin=None, **more):
    """Run the command in a process of its own, with all warnings shown."""
    return subprocess.run(
        [sys.executable, "-m", "setright.cli", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=240,
        check=False,
        **more,
    )


@pytest.fixture(scope="module")
def opinions(tmp_path_factory):
    path = tmp_path_factory.mktemp("in") / "opinions.csv"
    path.write_text("id,said\n" + "".join(f'{i},"{text}"\n' for i, text in enumerate(SAID)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def register(opinions, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "register"
    done = setright("sift", opinions, "--text", "said", "--id", "id", "--encoder", "lsa", "--out", out)
    assert done.returncode == 0, done.stderr.decode()
    return out


def test_help_loads_neither_numpy_nor_django():
    code = (
        "import sys\nfrom setright.cli import setright\n"
        "try: setright(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'django', 'daft', 'pyarrow', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_register_holds_the_files_of_the_contract(register):
    assert sorted(p.name for p in register.iterdir()) == [
        "assignments.parquet",
        "ledger.json",
        "problem_units.parquet",
        "problems.csv",
        "problems.parquet",
        "register.xlsx",
        "report.html",
        "state",
        "templates.parquet",
        "themes.parquet",
    ]


def test_ledger_reconciles_and_times_every_stage(register):
    ledger = json.loads((register / "ledger.json").read_text(encoding="utf-8"))
    assert (ledger["n_rows"], sum(ledger["rows_by_state"].values()), ledger["difference"]) == (len(SAID), len(SAID), 0)
    stages = [s["stage"] for s in ledger["stages"]]
    assert (stages[0], stages[-1]) == ("read files", "write")


def test_summary_says_rows_problems_and_where_to_look(opinions, tmp_path):
    done = setright("sift", opinions, "--text", "said", "--encoder", "lsa", "--out", tmp_path / "r")
    told = done.stdout.decode()
    assert (done.returncode, told.startswith("8 rows: "), "report.html" in told) == (0, True, True)
    assert done.stderr == b""


def test_standard_input_reads_like_a_file(opinions, register, tmp_path):
    done = setright(
        "sift",
        "-",
        "--text",
        "said",
        "--id",
        "id",
        "--encoder",
        "lsa",
        "--quiet",
        "--out",
        tmp_path / "r",
        stdin=opinions.read_bytes(),
    )
    assert (done.returncode, done.stdout) == (0, b"")
    there, here = (pq.read_table(f / "assignments.parquet") for f in (register, tmp_path / "r"))
    assert here.equals(there)


@pytest.mark.skipif("avx2" not in Path("/proc/cpuinfo").read_text(), reason="no x86 processor with AVX2")
def test_a_portable_run_is_what_an_older_processor_finds(tmp_path):
    """An older processor is stood in for by what tells the libraries that this one has no wider instructions."""
    opinions = Path(setright_package.__file__).parent / "cli/examples/zh.csv"
    older = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}
    given = ("sift", opinions, "--text", "text", "--quiet", "--out")
    assert setright(*given, tmp_path / "here", "--portable").returncode == 0
    assert setright(*given, tmp_path / "there", env={**os.environ, **older}).returncode == 0
    for name in ("problems.parquet", "assignments.parquet", "themes.parquet"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_estimate_says_what_to_expect_and_writes_nothing(opinions, tmp_path):
    done = setright("sift", opinions, "--text", "said", "--encoder", "lsa", "--estimate", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.decode().startswith("8 rows, about 8 distinct texts: ")
    assert list(tmp_path.iterdir()) == []


def test_edits_are_written_beside_a_register_and_replayed(opinions, tmp_path):
    out, kept = tmp_path / "r", tmp_path / "r.edits.jsonl"
    common = ("sift", opinions, "--text", "said", "--id", "id", "--encoder", "lsa", "--out", out)
    assert setright(*common).returncode == 0
    problem = pq.read_table(out / "problems.parquet")["problem"][0].as_py()
    why = ("--by", "An office", "--reason", "as people say it")
    assert setright("edit", "rename", out, problem, "=A title", *why).returncode == 0
    assert setright("edit", "dismiss", out, problem, *why).returncode == 0
    row = pq.read_table(out / "assignments.parquet").filter(pc.field("problem") == problem).to_pylist()[0]
    point = f"{row['id']}:{row['start']}-{row['end']}"
    assert setright("edit", "pin", out, problem, "--point", point, *why).returncode == 0
    assert [json.loads(line)["edit"] for line in kept.read_text("utf-8").splitlines()] == ["rename", "dismiss", "pin"]
    done = setright(*common, "--edits", kept)
    assert (done.returncode, b"not applied" in done.stdout) == (0, False)
    after = pq.read_table(out / "problems.parquet").filter(pc.field("problem") == problem).to_pylist()[0]
    assert (after["title"], after["dismissed"]) == ("=A title", True)
    assert [each["applied"] for each in json.loads((out / "ledger.json").read_text())["edits"]] == [True] * 3


def test_answers_to_what_is_asked_are_written_down_and_replayed(opinions, tmp_path):
    out, kept = tmp_path / "r", tmp_path / "r.edits.jsonl"
    common = ("sift", opinions, "--text", "said", "--id", "id", "--encoder", "lsa", "--quiet", "--out", out)
    assert setright(*common).returncode == 0
    done = setright("ask", out, "--splits", "--n", "5", "--by", "An office", stdin=b"n\n?\nq\n")
    assert (done.returncode, b"1 answers written" in done.stdout) == (0, True)
    (edit,) = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert (edit["author"], edit["edit"] in ("apart", "split")) == ("An office", True)
    assert setright(*common, "--edits", kept).returncode == 0
    assert [each["applied"] for each in json.loads((out / "ledger.json").read_text())["edits"]] == [True]


def test_an_edit_that_cannot_apply_is_said_at_the_end(opinions, tmp_path):
    lost = {"problem": "P-LOST", "anchors": [["not-here", 0, 3]]}
    line = {"edit": "dismiss", "author": "A", "at": "2026-03-01", "reason": "B", "problem": lost}
    (tmp_path / "e.jsonl").write_text(json.dumps(line) + "\n\n")
    given = ("--text", "said", "--encoder", "lsa", "--out", tmp_path / "r", "--edits", tmp_path / "e.jsonl")
    done = setright("sift", opinions, *given)
    assert done.returncode == 0
    assert "Edit 1 (dismiss) is not applied: none of the opinions that tell P-LOST is here." in done.stdout.decode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"edit": "dismiss"}\n', "line 1: "),
        ("\n{]\n", "line 2: is no JSON"),
        ("[1]\n", "line 1: is no JSON object"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_edits_that_is_not_whole_is_refused_by_line(opinions, tmp_path, content, told):
    if content is not None:
        (tmp_path / "e.jsonl").write_text(content)
    given = ("--text", "said", "--encoder", "lsa", "--out", tmp_path / "r", "--edits", tmp_path / "e.jsonl")
    done = setright("sift", opinions, *given)
    assert (done.returncode, told in done.stderr.decode(), (tmp_path / "r").exists()) == (2, True, False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dismiss", "P-NONE"), "there is no problem P-NONE"),
        (("merge", "P-NONE"), "Name two problems or more"),
        (("move", "none", "--point", "x"), "write ID:START-END"),
        (("move", "none", "--point", "nobody:0-3"), "has no opinion nobody:0-3"),
        (("move", "none"), "Choose opinions with --point"),
        (("split", "P-NONE"), "Choose opinions with --point, or name a --phrase"),
    ],
)
def test_an_edit_of_what_is_not_there_is_refused(opinions, tmp_path, words, told):
    out = tmp_path / "r"
    setright("sift", opinions, "--text", "said", "--id", "id", "--encoder", "lsa", "--quiet", "--out", out)
    op, *rest = words
    done = setright("edit", op, out, *rest, "--reason", "why")
    assert (done.returncode, (tmp_path / "r.edits.jsonl").exists()) == (2, False)
    assert told in done.stderr.decode()


def test_base_continues_a_register_in_its_own_folder(opinions, tmp_path):
    out, more = tmp_path / "r", tmp_path / "more.csv"
    common = ("--text", "said", "--id", "id", "--encoder", "lsa", "--quiet", "--out", out)
    assert setright("sift", opinions, *common).returncode == 0
    before = pq.read_table(out / "problems.parquet")["problem"].to_pylist()
    more.write_text(f"id,said\nn1,{SAID[0]}\nn2,{SAID[0]}\n", encoding="utf-8")
    done = setright("sift", more, *common, "--base", out)
    assert (done.returncode, done.stderr) == (0, b"")
    ledger = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    assert (ledger["n_rows"], ledger["files"]) == (len(SAID) + 2, [str(opinions), str(more)])
    assert set(before) <= set(pq.read_table(out / "problems.parquet")["problem"].to_pylist())
    (change,) = json.loads((out / "changes.json").read_text(encoding="utf-8"))
    assert (change["change"], change["n_after"] - change["n_before"]) == ("grown", 2)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda at: None, "holds no register to continue"),
        (lambda at: (at / "state").mkdir(parents=True), "holds no register to continue"),
        (
            lambda at: ((at / "state").mkdir(parents=True), (at / "state" / "state.bin").write_bytes(b"?")),
            "cannot be continued",
        ),
    ],
)
def test_base_that_is_no_register_is_refused_in_one_sentence(opinions, tmp_path, made, told):
    made(tmp_path / "base")
    where = ("--base", tmp_path / "base", "--out", tmp_path / "r")
    done = setright("sift", opinions, "--text", "said", "--encoder", "lsa", *where)
    assert (done.returncode, told in done.stderr.decode(), (tmp_path / "r").exists()) == (2, True, False)


def test_out_is_needed(opinions):
    done = setright("sift", opinions, "--text", "said")
    assert (done.returncode, "--out DIR is missing" in done.stderr.decode()) == (2, True)


def _asked(path, out, *more):
    return setright("sift", path, "--text", "said", "--encoder", "lsa", "--out", out, *more)


def test_trouble_with_the_file_is_one_sentence_and_touches_nothing(opinions, tmp_path):
    out = tmp_path / "register"
    done = _asked(tmp_path / "absent.csv", out)
    told = done.stderr.decode()
    assert (done.returncode, told.count("\n"), "absent.csv" in told, out.exists()) == (2, 1, True, False)
    assert list(tmp_path.iterdir()) == []


def test_absent_column_names_those_there_are(opinions, tmp_path):
    done = setright("sift", opinions, "--text", "comment", "--encoder", "lsa", "--out", tmp_path / "r")
    told = done.stderr.decode()
    assert (done.returncode, "comment" in told, "said" in told, (tmp_path / "r").exists()) == (2, True, True, False)


def test_unknown_encoder_says_which_there_are(opinions, tmp_path):
    done = setright("sift", opinions, "--text", "said", "--encoder", "nonesuch", "--out", tmp_path / "r")
    assert (done.returncode, "nonesuch" in done.stderr.decode(), list(tmp_path.iterdir())) == (2, True, [])


def test_folder_that_holds_something_else_is_left_alone(opinions, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    done = _asked(opinions, tmp_path)
    assert (done.returncode, [p.name for p in tmp_path.iterdir()]) == (2, ["thesis.txt"])


def test_earlier_register_is_replaced_whole(opinions, tmp_path):
    out = tmp_path / "register"
    out.mkdir()
    (out / "ledger.json").write_text("{}")
    (out / "report.html").write_text("stale")
    assert _asked(opinions, out).returncode == 0
    assert ((out / "report.html").read_text(encoding="utf-8") == "stale", (out / "state").is_dir()) == (False, True)
    assert [p.name for p in tmp_path.iterdir()] == ["register"]


def test_register_beside_which_somebody_keeps_notes_is_left_alone(opinions, tmp_path):
    out = tmp_path / "register"
    out.mkdir()
    (out / "ledger.json").write_text("{}")
    (out / "thesis.docx").write_text("mine")
    done = _asked(opinions, out)
    assert (done.returncode, "thesis.docx" in done.stderr.decode()) == (2, True)
    assert sorted(p.name for p in out.iterdir()) == ["ledger.json", "thesis.docx"]


def test_link_as_output_is_followed(opinions, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert _asked(opinions, tmp_path / "link").returncode == 0
    assert (tmp_path / "real" / "report.html").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "real"]


def test_folder_one_stands_in_is_not_replaced(opinions, tmp_path):
    done = setright("sift", opinions, "--text", "said", "--encoder", "lsa", "--out", ".", cwd=tmp_path)
    assert (done.returncode, "is the folder you are in" in done.stderr.decode()) == (2, True)


def test_earlier_register_survives_a_failed_run(register, tmp_path):
    before = {p.name: p.stat().st_mtime_ns for p in register.iterdir()}
    assert _asked(tmp_path / "absent.csv", register).returncode == 2
    assert {p.name: p.stat().st_mtime_ns for p in register.iterdir()} == before


def test_output_that_cannot_be_written_is_told(opinions, tmp_path):
    (tmp_path / "file").write_text("")
    done = _asked(opinions, tmp_path / "file" / "register")
    assert (done.returncode, done.stderr.decode().count("\n")) == (2, 1)


def test_full_disk_is_told_and_leaves_nothing(opinions, tmp_path):
    """A file-size limit stands in for a full disk: both fail in the middle of a write."""
    code = (
        "import errno, resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from setright.cli import main\nsys.argv[0] = 'setright'\nmain()\n"
    )
    command = [sys.executable, "-c", code, "sift", str(opinions), "--text", "said", "--encoder", "lsa"]
    done = subprocess.run([*command, "--out", str(tmp_path / "r")], capture_output=True, timeout=240, check=False)
    assert (done.returncode, done.stderr.decode().count("\n"), list(tmp_path.iterdir())) == (2, 1, [])


def test_ctrl_c_midway_ends_130_and_leaves_nothing(tmp_path):
    many = tmp_path / "many.csv"
    many.write_text("said\n" + "".join(f"{SAID[i % 8]} in house {i} of street {i * 7 % 1000}\n" for i in range(60_000)))
    out = tmp_path / "out" / "register"
    # A shell that runs the tests in the background has its children ignore Ctrl-C: heed it whatever was inherited.
    code = (
        "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from setright.cli import main\nsys.argv[0] = 'setright'\nmain()\n"
    )
    command = [sys.executable, "-c", code, "sift", str(many), "--text", "said", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        _wait_for(lambda: out.parent.is_dir() and any(out.parent.iterdir()))
        os.kill(running.pid, signal.SIGINT)
        _, told = running.communicate(timeout=120)
    assert (running.returncode, list(out.parent.iterdir())) == (130, [])
    assert told.decode().splitlines()[-1] == "setright: Stopped; nothing was written."


def _wait_for(happened):
    for _ in range(2_000):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


def test_evaluate_scores_a_register_against_labels(register, tmp_path):
    gold = tmp_path / "gold.parquet"
    labels = ["lift"] * 4 + ["bus"] * 4
    pq.write_table(pa.table({"id": [str(i) for i in range(8)][::-1], "label": labels[::-1]}), gold)
    by_order = setright("evaluate", register, "--gold", gold, "--label", "label", "--json")
    by_id = setright("evaluate", register, "--gold", gold, "--label", "label", "--id", "id", "--json")
    assert json.loads(by_id.stdout)["bcubed_precision"] == 1.0
    assert json.loads(by_order.stdout)["n_rows"] == json.loads(by_id.stdout)["n_rows"] == 8


def _score(register, gold, lines):
    gold.write_text("id,label\n" + "".join(f"{line}\n" for line in lines))
    return setright("evaluate", register, "--gold", gold, "--label", "label", "--id", "id", "--json")


def test_evaluate_leaves_out_rows_without_a_label_or_an_id(register, tmp_path):
    done = _score(register, tmp_path / "gold.csv", ["0,lift", "1,lift", "4,bus", "5,", ",bus", "7,  "])
    found = json.loads(done.stdout)
    assert (found["n_rows"], found["n_labels"]) == (3, 2)


def test_evaluate_refuses_two_labels_for_one_id(register, tmp_path):
    done = _score(register, tmp_path / "gold.csv", ["0,lift", "0,bus"])
    assert (done.returncode, "names '0' more than once" in done.stderr.decode()) == (2, True)


def test_evaluate_refuses_labels_of_another_length(register, tmp_path):
    gold = tmp_path / "gold.parquet"
    pq.write_table(pa.table({"label": ["a", "b"]}), gold)
    done = setright("evaluate", register, "--gold", gold, "--label", "label")
    assert (done.returncode, "2 rows, the register 8" in done.stderr.decode()) == (2, True)


def test_evaluate_of_no_register_says_so(tmp_path):
    done = setright("evaluate", tmp_path, "--gold", "gold.csv", "--label", "label")
    assert (done.returncode, "is no register" in done.stderr.decode()) == (2, True)


def test_documentation_of_the_commands_is_up_to_date():
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-m", "docs.make", "--check"], cwd=root, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_run_ever_reaches_for_the_network(opinions, tmp_path):
    """Every use of a socket by Python code is recorded, Daft's and its libraries' included."""
    code = (
        "import sys\n"
        "asked = []\n"
        "reach = ('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname', 'socket.sendto', 'urllib.Request')\n"
        "sys.addaudithook(lambda event, given: asked.append((event, given)) if event in reach else None)\n"
        "from setright.cli import setright\n"
        "setright.main(sys.argv[1:], standalone_mode=False)\n"
        "import time; time.sleep(0.5)  # a report sent in the background would go out now\n"
        "print(asked)\n"
    )
    arguments = ["sift", str(opinions), "--text", "said", "--quiet", "--out", str(tmp_path / "r")]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_telemetry_of_libraries_is_switched_off_before_they_load():
    code = "import os, setright.cli.estimate; print(os.environ['DAFT_ANALYTICS_ENABLED'], os.environ['DO_NOT_TRACK'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["false", "true"]
