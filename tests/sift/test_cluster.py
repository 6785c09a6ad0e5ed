"""On a Ray cluster of two workers: the same register byte for byte, also when a worker is lost on the way."""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec

import pyarrow as pa
import pytest

from setright.sift import Result, Settings, sift
from setright.sift.cluster import in_parts, is_cluster
from tests.sift.test_pipeline import SAID

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: setright[ray]")

N = 1_500
ON_RAY = """
import sys
import ray
from ray.cluster_utils import Cluster
from setright.sift import Settings, sift
from setright.sift.cluster import join_cluster
from setright.sift.progress import Quiet
from tests.sift.test_cluster import said

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
workers = [cluster.add_node(num_cpus=1) for _ in range(2)]
cluster.wait_for_nodes()
join_cluster(cluster.address)

class Losing(Quiet):
    def begin(self, name, total):
        if name == "embed":
            cluster.remove_node(workers.pop(), allow_graceful=False)

for path, progress in zip(sys.argv[1:], (None, Losing())):
    with open(path, "wb") as out:
        out.write(sift(said(), Settings(), progress=progress).to_bytes())
print(len(workers), "of two workers left")
ray.shutdown()
cluster.shutdown()
"""


def said():
    """Distinct texts, of which some hold several points; enough to be worth a cluster."""
    streets = ("mill lane", "high street", "the old harbour", "station road", "church hill")
    texts = [
        f"{SAID[i % len(SAID)]} at {i // 18} {streets[i % 5]}. {SAID[i * 7 % len(SAID)].capitalize()}."
        if i % 3
        else f"{SAID[i % len(SAID)]} near {streets[i % 5]} number {i}"
        for i in range(N)
    ]
    return pa.table({"text": pa.array([*texts, "", None], pa.large_string())})


def tables(result):
    return result.problems, result.assignments, result.templates, result.problem_units


@pytest.fixture
def short():
    """Ray's sockets lie below it, and their paths must be short."""
    with tempfile.TemporaryDirectory(prefix="ray") as folder:
        yield folder


def test_register_of_a_cluster_is_that_of_one_machine_also_when_a_worker_is_lost(tmp_path, short):
    paths = [tmp_path / "whole", tmp_path / "lost"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "RAY_TMPDIR": short}
    with open(tmp_path / "told", "w") as told:  # no pipe: Ray's own processes would keep it open
        words = [sys.executable, "-c", ON_RAY, *map(str, paths)]
        code = subprocess.run(words, env=environment, stdout=told, stderr=told, check=False, timeout=300).returncode
    assert (code, "1 of two workers left" in (tmp_path / "told").read_text()) == (0, True)

    here = sift(said(), Settings())
    for path in paths:
        there = Result.from_bytes(path.read_bytes())
        assert [one.equals(other) for one, other in zip(tables(here), tables(there), strict=True)] == [True] * 4


def test_without_a_cluster_nothing_is_cut():
    import daft

    frame = daft.from_arrow(said())
    assert not is_cluster()
    assert in_parts(frame, N) is frame


def refused(tmp_path, *words):
    path = tmp_path / "rows.csv"
    path.write_text("text\nthe lift is broken\n")
    given = [sys.executable, "-m", "setright.cli", "sift", path, "--text", "text", "--out", tmp_path / "out", *words]
    done = subprocess.run(given, capture_output=True, text=True, check=False)
    assert (done.returncode, (tmp_path / "out").exists()) == (2, False), done.stderr
    return done.stderr


def test_address_where_no_cluster_answers_is_told_in_one_sentence(tmp_path):
    told = refused(tmp_path, "--runner", "ray", "--address", "127.0.0.1:1")
    assert "no Ray cluster answers at '127.0.0.1:1'" in told
    assert told.count("\n") == 1


def test_address_without_its_runner_is_refused(tmp_path):
    assert "--runner ray" in refused(tmp_path, "--address", "127.0.0.1:1")
