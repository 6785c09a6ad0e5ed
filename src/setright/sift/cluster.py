"""Cluster: where splitting and encoding are spread over the workers of a Ray cluster, and joining one.

Which runner Daft uses decides: native, everything runs here; on Ray, rows are split and encoded in parts by its
workers, and what needs all texts at once (folding, grouping, naming) runs here. The answer is the same
(docs/decisions/0008).
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from threading import Lock
from typing import Final

import daft
import numpy as np
import pyarrow as pa

from setright.sift.errors import ClusterError, SettingsError
from setright.sift.settings import Encoder, Vectors

_FEWEST: Final = 1_024
"""Rows worth sending; fewer are worked on here."""
_PARTS: Final = 4
"""Parts for each processor of the cluster: so that none waits long for the slowest."""
_TRIES: Final = 4
_BATCH: Final = 2_048  # texts a worker encodes at a time
_LOCK: Final = Lock()


def join_cluster(address: str | None = None, environment: Mapping[str, str] | None = None) -> None:
    """Let Daft run on a Ray cluster from now on, as long as this process lives.

    Parameters
    ----------
    address : str, optional
        Of the cluster's head, "HOST:PORT"; without it a cluster of this machine's processors is started.
    environment : mapping, optional
        Variables that the workers shall have.

    Raises
    ------
    SettingsError
        Ray is not installed.
    ClusterError
        No cluster answers there.
    """
    if find_spec("ray") is None:
        raise SettingsError("the runner 'ray' needs Ray: install setright[ray]")
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    import ray  # noqa: PLC0415 - takes a second, and is there only where asked for

    variables = {"RAY_USAGE_STATS_ENABLED": "0", "DAFT_ANALYTICS_ENABLED": "false", **(environment or {})}
    try:
        ray.init(
            address=address or "local",
            runtime_env={"env_vars": variables},
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=None if address else False,
            ignore_reinit_error=True,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise no_answer(address) from error
    daft.set_runner_ray(noop_if_initialized=True)


def no_answer(address: str | None) -> ClusterError:
    """That no cluster is there, in one sentence."""
    return ClusterError(f"no Ray cluster answers at {address!r}: is `ray start --head` running there?")


def is_cluster() -> bool:
    """Whether Daft runs on Ray."""
    return str(daft.get_or_infer_runner_type()) == "ray"


def in_parts(frame: daft.DataFrame, n_rows: int) -> daft.DataFrame:
    """The frame cut into parts for the workers; whole where there is no cluster, or hardly a row."""
    if n_rows < _FEWEST or not is_cluster():
        return frame
    import ray  # noqa: PLC0415 - as above

    n_processors = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
    return frame.into_partitions(min(_PARTS * n_processors, -(-n_rows // _FEWEST)))


def gathered(program: Callable[[], daft.DataFrame]) -> pa.Table:
    """Run a program and fetch its rows, in no order; anew where a worker of the cluster was lost with its part.

    Daft does not make lost parts again (0.7), but all that a program reads lies here: running it again gives the same.
    """
    if not is_cluster():
        return program().to_arrow()
    from ray.exceptions import RayError  # noqa: PLC0415 - as above

    lost: RayError | None = None
    for _ in range(_TRIES):
        try:
            return program().to_arrow()
        except RayError as error:
            lost = error
    raise ClusterError("the cluster lost workers again and again: are some of them out of memory?") from lost


@dataclass(frozen=True, slots=True)
class Spread:
    """A named encoder whose texts the workers of a cluster encode; each worker loads it once.

    Parameters
    ----------
    here : Encoder
        The same one on this machine, for a few texts.
    named : str
        As `embed.encoder` finds it; a folder must be at the same place on every worker.
    """

    here: Encoder
    named: str

    @property
    def name(self) -> str:
        return self.here.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Their vectors, float32 (n, d), in their order."""
        n = len(texts)
        if n < _FEWEST:
            return self.here.encode(texts)
        given = pa.table({"at": np.arange(n), "text": pa.array(texts, pa.large_string())})
        encoded = _encoded(daft.col("text"), self.named).alias("vector")
        found = gathered(lambda: in_parts(daft.from_arrow(given), n).select("at", encoded))
        vectors = found["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(n, -1)
        return np.asarray(vectors[np.argsort(found["at"].to_numpy())], np.float32)


@daft.func.batch(return_dtype=daft.DataType.list(daft.DataType.float32()), use_process=False, batch_size=_BATCH)  # type: ignore[untyped-decorator]
def _encoded(texts: daft.Series, named: str) -> daft.Series:
    vectors = _vectors(texts.to_pylist(), named)
    offsets = np.arange(len(vectors) + 1, dtype=np.int64) * vectors.shape[1]
    return daft.Series.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(vectors.ravel())))


def _vectors(texts: list[str], named: str) -> Vectors:
    """Beside the function that is sent to the workers, since what that one uses must be found by name there."""
    with _LOCK:  # an encoder has threads of its own, and need not bear others
        return _model(named).encode(texts)


@functools.cache
def _model(named: str) -> Encoder:
    from setright.sift.embed import named_encoder  # noqa: PLC0415 - embed leans on this module

    return named_encoder(named, len(os.sched_getaffinity(0)))
