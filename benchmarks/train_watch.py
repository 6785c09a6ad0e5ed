"""Teach what tells the lanes by meaning: `python -m benchmarks.train_watch` writes src/setright/sift/watches/head.npz.

Taught on our own lines alone: the examples and contrary sentences of the lanes, the opinions of `kinds/` that no cue
touches (as "none"), and the development part of tests/golden/watch_*.csv. The test part is never read here.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from setright.sift import watches
from setright.sift.clean import normalise
from setright.sift.encoders.use import Use
from setright.sift.watches.look import Lexicon

ROOT = Path(__file__).resolve().parents[1]
SIFT = ROOT / "src/setright/sift"
STRENGTH = 3.0
"""Of 3, 10, 30 and 100 the best recall of development lines at 0.5, 1 and 3 % of real texts flagged."""


def golden(part: str) -> list[dict[str, str]]:
    """Lines of one part, both languages: lang, lane ("" for none), way, text."""
    found = []
    for lang in ("zh", "en"):
        with (ROOT / f"tests/golden/watch_{lang}.csv").open(encoding="utf-8", newline="") as lines:
            found += [row | {"lang": lang} for row in csv.DictReader(lines) if row["part"] == part]
    return found


def lines(lexicon: Lexicon) -> tuple[list[str], list[int]]:
    """Matching forms and lanes; the number of lanes stands for none."""
    codes, none = lexicon.codes, len(lexicon.lanes)
    found: dict[str, int] = {}
    for lang in ("zh", "en"):
        for line in (SIFT / f"kinds/opinions.{lang}.tsv").read_text(encoding="utf-8").splitlines():
            key = normalise(line.split("\t")[1])
            if not any(not spot.hint for look in lexicon.looks for spot in look.spots(key)):
                found[key] = none
    for i, lane in enumerate(lexicon.lanes):
        found |= {normalise(text): none for text in lane.contrary}
        found |= {normalise(text): i for text in lane.examples}
    for row in golden("dev"):
        found[normalise(row["text"])] = codes.index(row["lane"]) if row["lane"] else none
    return list(found), list(found.values())


def main() -> None:
    lexicon = Lexicon(watches.load())
    keys, lane = lines(lexicon)
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(Use(1).encode(keys), np.array(lane))
    np.savez_compressed(
        SIFT / "watches/head.npz",
        codes=np.array(lexicon.codes),
        weights=model.coef_.T.astype(np.float32),
        bias=model.intercept_.astype(np.float32),
    )
    print(f"{len(keys)} lines, {np.bincount(lane).tolist()} by lane and none")


if __name__ == "__main__":
    main()
