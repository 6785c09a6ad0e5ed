"""The labelled sets that quality is measured on, and where they lie.

Needs numpy and pyarrow only, so that the peers' environment can import it too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SETRIGHT_BENCH_DATA", ROOT.parent / "shared" / "data"))
CACHE = Path(os.environ.get("SETRIGHT_BENCH_CACHE", ROOT / "benchmarks" / "cache"))
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Some rows of one file of DATA, and the gold they are judged by."""

    name: str
    file: str
    label: str
    lang: str
    is_theme: bool  # gold is broader than a problem: told apart in the tables, outside the goals
    keep: Callable[[pa.Table], pa.Array] | None = None
    alone: str | None = None  # the label of rows that belong nowhere

    def rows(self) -> np.ndarray:
        """Indices of the rows kept, in the file's order."""
        table = pq.read_table(DATA / f"{self.file}.parquet")
        kept = pc.is_valid(table[self.label])
        if self.keep is not None:
            kept = pc.and_(kept, self.keep(table))
        return np.flatnonzero(np.asarray(kept.combine_chunks() if isinstance(kept, pa.ChunkedArray) else kept))

    def table(self) -> pa.Table:
        """Columns id, text and label; a row that belongs nowhere gets a label of its own."""
        rows = self.rows()
        whole = pq.read_table(DATA / f"{self.file}.parquet", columns=["id", "text", self.label]).take(rows)
        label = whole[self.label].cast(pa.large_string())
        if self.alone is not None:
            own = pc.binary_join_element_wise(
                label, whole["id"].cast(pa.large_string()), pa.scalar("-", pa.large_string())
            )
            label = pc.if_else(pc.equal(label, self.alone), own, label)
        return pa.table({"id": whole["id"], "text": whole["text"], "label": label})

    def n_labels(self) -> int:
        """Distinct labels, the rows that belong nowhere left out: the K that k-means is told."""
        table = pq.read_table(DATA / f"{self.file}.parquet", columns=[self.label]).take(self.rows())
        n = pc.count_distinct(table[self.label], mode="only_valid").as_py()
        return int(n) - (self.alone is not None)


def _in_scope(table: pa.Table) -> pa.Array:
    return pc.not_equal(table["label"], "oos")


def _one_label(table: pa.Table) -> pa.Array:
    found = table["labels_level2"]
    return pc.and_(pc.greater(pc.utf8_length(found), 0), pc.invert(pc.match_substring_regex(found, r"[;,|]")))


SETS: tuple[LabelledSet, ...] = (
    LabelledSet("banking77", "banking77", "label", "en", False),
    LabelledSet("clinc150", "clinc150", "label", "en", False, keep=_in_scope),
    LabelledSet("clinc150_oos", "clinc150", "label", "en", False, alone="oos"),
    LabelledSet("clinc150_whole", "clinc150", "label", "en", False),
    LabelledSet("googlenews", "stc_googlenews_TS", "label", "en", False),
    LabelledSet("stackoverflow20", "stackoverflow20_titles", "label", "en", False),
    LabelledSet("nhs_subcategory", "nhs_patient_feedback_phase1", "subcategory", "en", False),
    LabelledSet("cycling_level2", "cycling_dialogues_de", "labels_level2", "de", False, keep=_one_label),
    LabelledSet("polis_conversation", "polis_comments", "conversation", "auto", True),
    LabelledSet("clinc150_domain", "clinc150", "domain", "en", True),
    LabelledSet("nhs_theme", "nhs_patient_feedback_phase1", "label", "en", True),
    LabelledSet("cycling_theme", "cycling_dialogues_de", "label", "de", True),
    LabelledSet("airline_reason", "airline_complaint_tweets", "label", "en", True),
    LabelledSet("thucnews", "thucnews_titles_20k", "label", "zh", True),
    LabelledSet("zh_government", "zh_government_messages_7class", "label", "zh", True),
)


def named(name: str) -> LabelledSet:
    for each in SETS:
        if each.name == name:
            return each
    raise SystemExit(f"No set {name!r}; there are: {', '.join(s.name for s in SETS)}.")
