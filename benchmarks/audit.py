"""Do the audit's intervals hold? A person who always answers by the gold label judges 1,000 samples of each register.

A pair's truth is whether the point's gold label is the one most frequent in the problem. Counted is how often an
interval holds the truth of the whole register: precision over all grouped points; recall over the points and the
problems within reach (a point's own problem and the five nearest to it). What lies beyond reach is no part of the
audit's promise: how much of what is missed lies there is printed beside.

    python -m benchmarks.audit [--sets banking77 …] [--encoder use] [--times 1000] [--n 200 2000]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.quality import gold_file, sifted
from benchmarks.results import table, write_section
from benchmarks.sets import CACHE, ROOT, named
from setright.sift.audit import estimate
from setright.sift.audits.frame import REACH, STRATA, Frame, frame
from setright.sift.audits.interval import Estimate
from setright.sift.audits.sample import draw_from, words_of
from setright.sift.result import State

SETS = ("banking77", "clinc150", "googlenews", "stackoverflow20")
SIZES = (200, 2_000)
TIMES = 1_000


@dataclass(frozen=True)
class Register:
    """A sifted set, all its pairs, and the truth of each."""

    name: str
    digest: str  # of the register, and of what audits it
    listed: Frame
    problems: tuple[str, ...]
    n_submissions: list[int]
    words: np.ndarray
    label: np.ndarray  # of each assignment
    says: np.ndarray  # the label each problem stands for

    def true(self, line: np.ndarray, problem: np.ndarray) -> np.ndarray:
        return self.label[line] == self.says[problem]


@dataclass
class Held:
    """How often intervals held the truth, and how wide they were."""

    held: int = 0
    n: int = 0
    width: float = 0.0
    low: int = 0  # the truth lay below
    error: float = 0.0

    def add(self, told: Estimate | None, truth: float) -> None:
        if told is None:
            return
        self.n += 1
        self.held += told.low - 1e-12 <= truth <= told.high + 1e-12
        self.low += truth < told.low - 1e-12
        self.width += told.high - told.low
        self.error += told.value - truth

    def row(self) -> list[object]:
        if not self.n:
            return ["–"] * 4
        share = f"{self.held / self.n:.1%}"
        return [share, f"{self.low / self.n:.1%}", f"{self.width / self.n:.3f}", f"{self.error / self.n:+.3f}"]


def register(name: str, encoder: str) -> Register:
    one = named(name)
    if sifted(one, encoder) is None:
        raise SystemExit(f"{name} could not be sifted with {encoder}")
    out = CACHE / "sifted" / f"{name}.{encoder}"
    return loaded(name, out, State.from_bytes((out / "state" / "state.bin").read_bytes()), gold_file(one))


def loaded(name: str, out: Path, state: State, gold: Path) -> Register:
    lines, problems = pq.read_table(out / "assignments.parquet"), pq.read_table(out / "problems.parquet")
    listed = frame(lines, state)
    codes = pq.read_table(gold)["label"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    label = codes[lines["row"].to_numpy()]
    names = tuple(state.problems["problem"].to_pylist())
    number = {each: at for at, each in enumerate(problems["problem"].to_pylist())}
    n_submissions = problems["n_submissions"].to_numpy()[[number[each] for each in names]].tolist()
    point, problem = listed.pairs(0)
    votes = np.zeros((len(names), codes.max() + 1), dtype=np.int64)
    np.add.at(votes, (problem, label[listed.line[point]]), 1)
    return Register(name, digest(out), listed, names, n_submissions, words_of(state), label, votes.argmax(axis=1))


def digest(out: Path) -> str:
    """What the figures rest on, so that those of an interrupted run stay good."""
    engine = sorted((ROOT / "src/setright/sift/audits").glob("*.py"))
    files = [*engine, ROOT / "src/setright/sift/audit.py", Path(__file__), out / "assignments.parquet"]
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()[:12]


@dataclass(frozen=True)
class Truth:
    """What a sample should tell: by problem, and beyond reach."""

    sizes: np.ndarray  # (len(STRATA), n_problems)
    yes: np.ndarray
    n_missed: int  # all pairs that say yes and are no members

    @property
    def precision(self) -> float:
        return float(self.yes[0].sum() / self.sizes[0].sum())

    @property
    def recall(self) -> float:
        return float(self.yes[0].sum() / self.yes.sum())

    @property
    def reached(self) -> float:
        return float(self.yes[1:].sum() / max(self.n_missed, 1))


def truth(of: Register) -> Truth:
    sizes, yes = (np.zeros((len(STRATA), len(of.problems))) for _ in range(2))
    for stratum in range(len(STRATA)):
        point, problem = of.listed.pairs(stratum)
        np.add.at(sizes[stratum], problem, 1)
        np.add.at(yes[stratum], problem, of.true(of.listed.line[point], problem))
    says = np.bincount(of.label[of.listed.line], minlength=int(of.says.max()) + 1)[of.says].sum()
    return Truth(sizes, yes, int(says - yes[0].sum()))


def known(of: Register, right: Truth, n: int, times: int) -> dict[str, Held]:
    """`simulated`, once for the same register and code."""
    path = CACHE / "scores" / f"audit.{of.name}.{n}.{times}.{of.digest}.json"
    if not path.exists():
        begun = time.perf_counter()
        found = {what: asdict(held) for what, held in simulated(of, right, n, times).items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
        print(f"{of.name} {n}: {time.perf_counter() - begun:.0f} s", flush=True)
    return {what: Held(**held) for what, held in json.loads(path.read_text()).items()}


def simulated(of: Register, right: Truth, n: int, times: int) -> dict[str, Held]:
    found = {name: Held() for name in ("precision", "recall", "precision by problem", "recall by problem", "count")}
    number = {name: at for at, name in enumerate(of.problems)}
    for seed in range(times):
        sample = draw_from(of.listed, of.problems, of.words, n, seed)
        answers = dict(zip(sample.question.tolist(), of.true(sample.line, sample.problem).tolist(), strict=True))
        told = estimate(sample, answers, of.n_submissions)
        found["precision"].add(told.precision, right.precision)
        found["recall"].add(told.recall, right.recall)
        for each in told.problems:
            p = number[each.problem]
            members, all_yes = right.sizes[0, p], right.yes[:, p]
            found["precision by problem"].add(each.precision, all_yes[0] / members)
            found["recall by problem"].add(each.recall, all_yes[0] / max(all_yes.sum(), 1))
            if each.n_low is not None and each.n_high is not None:
                n_sent = of.n_submissions[p]
                bar = Estimate(1.0, each.n_low / n_sent, each.n_high / n_sent, each.n_members)
                found["count"].add(bar, all_yes.sum() / members)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--encoder", default="use")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--n", nargs="+", type=int, default=SIZES)
    given = parser.parse_args()
    registers = [register(name, given.encoder) for name in given.sets]
    body = report(registers, given.n, given.times)
    print(body)
    write_section("audit", "Audit", body, data=", ".join(given.sets), seed=f"0 to {given.times - 1}")


def report(registers: list[Register], sizes: list[int], times: int) -> str:
    rights = [truth(each) for each in registers]
    there = [
        [of.name, len(of.problems), right.precision, right.recall, f"{right.reached:.0%}", _everywhere(right)]
        for of, right in zip(registers, rights, strict=True)
    ]
    rows, by_problem = [], []
    for of, right in zip(registers, rights, strict=True):
        for n in sizes:
            found = known(of, right, n, times)
            for what, held in found.items():
                line = [of.name, n, what, *held.row()]
                if "by problem" in what or what == "count":
                    by_problem.append([*line, f"{held.n / times:.1f} of {len(of.problems)}"])
                else:
                    rows.append(line)
    heads = ["set", "draws", "of", "truth within", "truth below", "mean width", "bias"]
    return "\n\n".join(
        [
            __doc__.split("\n\n    python")[0].split("\n\n", 1)[1].replace("\n", " "),
            "### The registers\n\n"
            + table(["set", "problems", "precision", "recall within reach", "missed within reach", "recall"], there),
            f"### Overall ({times:,} samples each; goal: truth within 93 to 97 %)\n\n" + table(heads, rows),
            "### By problem (goal: truth within ≥ 93 %; told from 10 answers on, for recall 10 of each)\n\nWidths of "
            "counts are in shares of the submissions counted.\n\n" + table([*heads, "told"], by_problem),
        ]
    )


def _everywhere(right: Truth) -> float:
    return float(right.yes[0].sum() / (right.yes[0].sum() + right.n_missed))


assert REACH == 5, "the words above say five"

if __name__ == "__main__":
    main()
