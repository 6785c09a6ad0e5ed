"""The same command on this machine and on a Ray cluster of two workers on it: the same bytes, and what Ray costs.

    python -m benchmarks.cluster [--rows 100000]

Both read the same rows of scale_zh. The cluster stands before the command begins; its workers have one processor each.
In the last run one of them is killed while texts are encoded. 1,000,000 rows on one machine stand under Speed.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.measure import Cost, sifted
from benchmarks.results import busy, table, write_section
from benchmarks.sets import CACHE, DATA

FILES = ("problems.parquet", "assignments.parquet", "templates.parquet", "problem_units.parquet")
KILLED_AFTER = 25
"""Seconds from the start of the command: reading and splitting are done, encoding is not."""
_CLUSTER = """
import sys
import ray
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
workers = [cluster.add_node(num_cpus=1) for _ in range(2)]
cluster.wait_for_nodes()
open(sys.argv[1], "w").write(cluster.address)
for line in sys.stdin:
    if line == "kill\\n":
        cluster.remove_node(workers.pop(), allow_graceful=False)
    else:
        break
cluster.shutdown()
"""


@contextmanager
def cluster() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its address, and the process that hears "kill"."""
    with tempfile.TemporaryDirectory(prefix="ray") as folder:
        told = Path(folder) / "address"
        with open(CACHE / "cluster.log", "w") as log:
            words = [sys.executable, "-c", _CLUSTER, str(told)]
            held = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True)
            try:
                while not (told.exists() and told.read_text()):
                    if held.poll() is not None:
                        raise SystemExit(f"no cluster: see {CACHE / 'cluster.log'}")
                    time.sleep(0.2)
                yield told.read_text(), held
            finally:
                if held.stdin:
                    held.stdin.write("end\n")
                    held.stdin.close()
                held.wait()


def commanded(path: Path, out: str, *more: str) -> tuple[Cost, str]:
    """What it cost, and a digest of what it wrote."""
    folder = CACHE / "sifted" / out
    cost = sifted([path, "--id", "id", *more], folder)
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()
    print(out, f"{cost.seconds:.1f} s", digest[:12], flush=True)
    return cost, digest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    path = CACHE / "speed" / f"cluster_{given.rows}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pa_csv.write_csv(pq.read_table(DATA / "scale_zh_short_texts.parquet", columns=["id", "text"])[: given.rows], path)
    told = busy()
    native, first = commanded(path, "cluster.native")
    with cluster() as (address, held):
        words = ["--runner", "ray", "--address", address]
        ray, second = commanded(path, "cluster.ray", *words)

        def kill() -> None:
            if held.stdin:
                held.stdin.write("kill\n")
                held.stdin.flush()

        threading.Timer(KILLED_AFTER, kill).start()
        lost, third = commanded(path, "cluster.lost", *words)
    rows = [
        [what, f"{cost.seconds:.1f}", f"{cost.seconds / native.seconds:.2f}", "yes" if digest == first else "no"]
        for what, cost, digest in (
            ("native", native, first),
            ("Ray, two workers", ray, second),
            (f"Ray, one of the workers killed after {KILLED_AFTER} s", lost, third),
        )
    ]
    body = (
        f"{given.rows:,} rows of scale_zh, the whole command; the cluster stood already. Both workers share the two "
        f"cores with the command, so that Ray can only cost here. {told}\n\n"
        f"{table(['runner', 'seconds', 'of native', 'the same bytes'], rows)}"
    )
    print(body)
    write_section("cluster", "Cluster", body, data="scale_zh", packages=["ray", "daft"])


if __name__ == "__main__":
    main()
