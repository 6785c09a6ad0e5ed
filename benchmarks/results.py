"""Each target writes its own section of RESULTS.md and leaves the others alone."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.sets import RESULTS, ROOT

ORDER = (
    "quality",
    "resolution",
    "speed",
    "duplicates",
    "templates",
    "encoding",
    "kinds",
    "watch",
    "later",
    "edits",
    "teach",
    "sample",
    "cluster",
    "processors",
    "audit",
    "site",
)
_HEAD = "# Results\n\nWritten by `make bench`; every section by its own target, with the machine it ran on.\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats with three digits, None as a dash."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "|".join("-" for _ in heads) + "|"]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def write_section(
    name: str, title: str, body: str, *, data: str, seed: object = 0, packages: Sequence[str] = ()
) -> None:
    """Replace the section between this target's markers, or add it, and keep the sections in one order."""
    found = dict(_sections(RESULTS.read_text() if RESULTS.exists() else ""))
    found[name] = f"## {title}\n\n{provenance(data, seed, packages)}\n\n{body.strip()}\n"
    known = sorted(found, key=lambda each: (ORDER.index(each) if each in ORDER else len(ORDER), each))
    parts = [f"<!-- {each}: begin -->\n{found[each].strip()}\n<!-- {each}: end -->\n" for each in known]
    RESULTS.write_text("\n".join([_HEAD, *parts]))


def _sections(text: str) -> list[tuple[str, str]]:
    return re.findall(r"<!-- (\w+): begin -->\n(.*?)\n<!-- \1: end -->", text, flags=re.S)


def provenance(data: str, seed: object, packages: Sequence[str] = ()) -> str:
    """Machine, versions, data, seed, commit and date, as one paragraph."""
    wanted = ("numpy", "scipy", "scikit-learn", "faiss-cpu", "igraph", "pyarrow", *packages)
    versions = ", ".join(f"{name} {found}" for name in dict.fromkeys(wanted) if (found := _version(name)))
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, commit {commit()}. Machine: {machine()}. "
        f"Python {platform.python_version()}, {versions}. Data: {data}. Seed {seed}."
    )


def machine() -> str:
    """Processor, cores this process may use, memory, and whether AVX-512 is there."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*:\s*(.*)", info)
    name = model.group(1).strip() if model else platform.processor() or platform.machine()
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    wide = "AVX-512" if "avx512f" in info else "no AVX-512"
    return f"{name}, {n_cores} cores, {gib:.0f} GiB, {wide}"


def busy() -> str:
    """A sentence where the machine was not idle: timings on it say less."""
    load, n_cores = os.getloadavg()[0], os.cpu_count() or 1
    return f"Load average was {load:.1f} on {n_cores} cores." if load > n_cores + 0.5 else ""


def commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    changed = subprocess.run(
        ["git", "status", "--porcelain", "src"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return (found.stdout.strip() or "unknown") + (" with changes" if changed.stdout.strip() else "")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def peer_versions(python: Path, names: Sequence[str]) -> str:
    """Versions of packages in the peers' environment."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    found = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "not installed"
