"""Run a command and say what it cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sets import ROOT

PEERS = Path(os.environ.get("SETRIGHT_PEERS", ROOT / ".venv-peers")) / "bin" / "python"
SETRIGHT = [sys.executable, "-m", "setright.cli"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall seconds, processor seconds and peak memory of one command and its children."""

    seconds: float
    cpu_seconds: float
    peak_gib: float
    code: int
    output: str


def run(command: Sequence[object], log: Path | None = None) -> Cost:
    """Run to the end; the peak is the largest of its processes' resident sets, as the kernel kept it."""
    words = [str(word) for word in command]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))}
    start = time.perf_counter()
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, env=env, text=True
    ) as child:
        output = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(output)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20, child.returncode, output)


def sifted(words: Sequence[object], out: Path) -> Cost:
    """Run `setright sift` on a column `text` into a folder; stop with what it said where it failed."""
    cost = run([*SETRIGHT, "sift", *words, "--text", "text", "--quiet", "--out", out])
    if cost.code:
        raise SystemExit(f"sift failed on {words[0]}:\n{cost.output[-2000:]}")
    return cost


def need_peers() -> None:
    if not PEERS.exists():
        raise SystemExit(f"{PEERS} is missing: run `make bench-peers` first.")
