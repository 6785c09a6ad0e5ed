"""Time and memory of the whole command, from start to written files, and of BERTopic on the same texts.

    python -m benchmarks.speed [--parts zh,en,million] [--minutes 28]

The Chinese files are CSV, the English ones Parquet. BERTopic runs as shipped on 5,000, 10,000 and 20,000 rows, and is
scaled up twice: along the straight line through the three (start-up plus so much a row), which is what encoding a row
at a time comes to, and by the slope of log time over log rows, which start-up makes too flat.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.measure import PEERS, run, sifted
from benchmarks.perturb import SEED, made
from benchmarks.quality import source
from benchmarks.results import busy, peer_versions, table, write_section
from benchmarks.sets import CACHE, DATA
from setright.sift.embed import embed
from setright.sift.settings import Settings

SIZES = (10_000, 36_000, 100_000, 360_000)
SLOPE_FROM = 36_000
SAMPLES = (5_000, 10_000, 20_000)
PARTS = ("zh", "en", "million")
TARGET = 360_000


@dataclass(frozen=True, slots=True)
class Timed:
    """One run of the whole command."""

    of: str
    n_rows: int
    seconds: float
    peak_gib: float
    stages: dict[str, float] = field(default_factory=dict)


# ----------------------------------------------------------------------------------------------------------------- ours


def input_file(lang: str, n_rows: int) -> Path:
    """The first rows of scale_zh as CSV, of scale_en as Parquet."""
    path = CACHE / "speed" / f"scale_{lang}_{n_rows}.{'csv' if lang == 'zh' else 'parquet'}"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = pq.read_table(DATA / f"scale_{lang}_short_texts.parquet", columns=["id", "text"]).slice(0, n_rows)
    if lang == "zh":
        pa_csv.write_csv(rows, path)
    else:
        pq.write_table(rows, path)
    return path


def n_available(lang: str) -> int:
    return pq.read_metadata(DATA / f"scale_{lang}_short_texts.parquet").num_rows


def timed(of: str, path: Path, n_rows: int) -> Timed:
    out = CACHE / "sifted" / f"speed.{path.stem}"
    if out.exists():
        subprocess.run(["rm", "-r", "--", str(out)], check=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    cost = sifted([path, "--id", "id"], out)
    ledger = json.loads((out / "ledger.json").read_text())
    stages = {each["stage"]: each["seconds"] for each in ledger["stages"]}
    found = Timed(of, n_rows, cost.seconds, cost.peak_gib, stages)
    print(f"{of} {n_rows:,}: {cost.seconds:.0f} s, {cost.peak_gib:.2f} GiB {stages}", flush=True)
    return found


def slope(sizes: list[int], seconds: list[float]) -> float | None:
    """Of log time over log rows, by least squares."""
    if len(sizes) < 2:
        return None
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


# ---------------------------------------------------------------------------------------------------------------- peers


def own_vectors(path: Path, n_rows: int) -> Path:
    """The vectors that sift would group these texts by, one a row."""
    kept = CACHE / "speed" / f"{path.stem}.vectors.npy"
    texts = pq.read_table(path, columns=["text"])["text"].slice(0, n_rows).combine_chunks()
    coded = texts.cast(pa.large_string()).dictionary_encode()
    np.save(kept, embed(coded.dictionary, Settings())[coded.indices.to_numpy(zero_copy_only=False)])
    return kept


def bertopic(n_rows: int, vectors: Path | None) -> Timed:
    path = DATA / "scale_zh_short_texts.parquet"
    command = [PEERS, "-m", "benchmarks.peers.bertopic_speed", path, n_rows, *([vectors] if vectors else [])]
    cost = run(["timeout", "900", *command])
    if cost.code:
        raise SystemExit(f"BERTopic failed on {n_rows} rows:\n{cost.output[-2000:]}")
    said = json.loads(cost.output.strip().splitlines()[-1])
    of = "BERTopic, sift's vectors given" if vectors else "BERTopic, as shipped"
    print(f"{of} {n_rows:,}: {said['seconds']:.0f} s, {said['noise']:.1%} noise", flush=True)
    return Timed(of, n_rows, said["seconds"], said["peak_gib"])


def peers() -> list[Timed]:
    if not PEERS.exists():
        print("no peers: run `make bench-peers` first", flush=True)
        return []
    CACHE.joinpath("speed").mkdir(parents=True, exist_ok=True)
    vectors = own_vectors(DATA / "scale_zh_short_texts.parquet", max(SAMPLES))
    return [bertopic(n_rows, given) for given in (None, vectors) for n_rows in SAMPLES]


# --------------------------------------------------------------------------------------------------------------- report


def cost_table(found: list[Timed]) -> str:
    rows = [[t.of, t.n_rows, f"{t.seconds:.1f}", f"{t.n_rows / t.seconds:,.0f}", f"{t.peak_gib:.2f}"] for t in found]
    return table(["", "rows", "seconds", "rows / s", "peak GiB"], rows)


def stage_table(found: list[Timed]) -> str:
    ours = [each for each in found if each.stages]
    names = list(dict.fromkeys(name for each in ours for name in each.stages))
    rows = [
        [each.of, each.n_rows, *(f"{each.stages[n]:.1f}" if n in each.stages else None for n in names)] for each in ours
    ]
    return table(["", "rows", *names], rows)


def slopes(found: list[Timed]) -> str:
    rows: list[list[object]] = []
    for of in dict.fromkeys(each.of for each in found):
        least = 0 if of.startswith("BERTopic") else SLOPE_FROM
        some = [each for each in found if each.of == of and each.n_rows >= least]
        some += [each for each in found if of == "scale_zh" and each.of == "scale_zh, perturbed"]
        value = slope([each.n_rows for each in some], [each.seconds for each in some])
        if value is not None:
            rows.append([of, " – ".join(f"{each.n_rows:,}" for each in (some[0], some[-1])), f"{value:.2f}"])
    return table(["", "rows", "log-log slope"], rows)


def ratios(found: list[Timed]) -> str:
    """How much longer BERTopic would take than the whole command at the target size."""
    ours = next((each for each in found if each.of == "scale_zh" and each.n_rows == TARGET), None)
    if ours is None:
        return ""
    rows: list[list[object]] = []
    for of in dict.fromkeys(each.of for each in found if each.of.startswith("BERTopic")):
        some = [each for each in found if each.of == of]
        steep = slope([each.n_rows for each in some], [each.seconds for each in some]) or math.nan
        powered = some[-1].seconds * (TARGET / some[-1].n_rows) ** steep
        per_row, start = np.polyfit([each.n_rows for each in some], [each.seconds for each in some], 1)
        for how, scaled in (("straight line", start + per_row * TARGET), ("log-log", powered)):
            rows.append([of, how, f"{scaled:,.0f}", f"{ours.seconds:,.0f}", f"{scaled / ours.seconds:.1f} ×"])
    return table([f"at {TARGET:,} rows of scale_zh", "scaled by", "its seconds", "sift's seconds", "ratio"], rows)


def measured(parts: list[str], minutes: float) -> list[Timed]:
    """Every part in turn; what no time is left for is said and left out.

    A part measured on the same source is not measured again; sift and BERTopic on the Chinese rows are one part, since
    they are compared.
    """
    until, found = time.monotonic() + 60 * minutes, []
    for part in parts:
        kept = CACHE / "speed" / f"timed.{part}.{source()}.json"
        if kept.exists():
            found += [Timed(**each) for each in json.loads(kept.read_text())]
            continue
        before = len(found)
        jobs = {
            "zh": [("scale_zh", n) for n in SIZES],
            "en": [("scale_en", min(n, n_available("en"))) for n in SIZES],
            "million": [("scale_zh, perturbed", 1_000_000)],
        }[part]
        is_whole = True
        for of, n_rows in jobs:
            if time.monotonic() > until:
                print(f"no time left for {of} {n_rows:,}", flush=True)
                is_whole = False
                continue
            path = made(n_rows) if part == "million" else input_file(part, n_rows)
            found.append(timed(of, path, n_rows))
        if part == "zh":
            found += peers() if is_whole else []
        if is_whole:
            kept.write_text(json.dumps([asdict(each) for each in found[before:]]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--minutes", type=float, default=28, help="stop starting anything after so many")
    given = parser.parse_args()
    before = busy()
    found = measured(given.parts.split(","), given.minutes)
    peer = peer_versions(PEERS, ["bertopic", "umap-learn", "hdbscan", "torch"]) if PEERS.exists() else "not installed"
    body = "\n\n".join(
        [
            "The whole command, from its start to its last written file; the peak is the process's largest resident "
            f"set. BERTopic's time is `fit_transform` alone, without imports and loading. Peers: {peer}. {before}",
            cost_table(found),
            "Seconds by stage, from ledger.json:\n\n" + stage_table(found),
            slopes(found),
            ratios(found),
        ]
    )
    print(body)
    write_section("speed", "Speed", body, data="scale_zh, scale_en, scale_zh perturbed", seed=f"0, perturbation {SEED}")


if __name__ == "__main__":
    main()
