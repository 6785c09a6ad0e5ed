"""Twenty letters sent by 50 to 5,000 people each, with small changes, planted into 100,000 real rows and found again.

    python -m benchmarks.templates [--rows 100000] [--seed 20260101]

A sender mistypes (60 %: one typo, and one more for every 40 ideographs or 100 letters), puts the sentences in another
order (25 %), sends only the first 60 to 90 % of the letter (20 %, half of them cut within a sentence), and adds one or
two sentences of his own before, between or after the letter's, on the same line or on one of their own (40 %). What is
added is drawn from real rows that are not among the 100,000, and now and then from a few written for the purpose that
several senders therefore share. The draws are independent and seeded.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.letters import ADDED_EN, ADDED_ZH, EN, ZH
from benchmarks.perturb import mistyped
from benchmarks.results import table, write_section
from benchmarks.sets import DATA
from setright.sift import extract, settle
from setright.sift.clean import empty_reason, normalise
from setright.sift.dedupe import near_duplicates
from setright.sift.template import Campaigned, Words, campaigned, further, united

SEED = 20260101
N_SENDERS = tuple(int(n) for n in np.geomspace(50, 5000, 20).round())
_SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?]) ")
_PLAIN = re.compile(r"[^\n。！？.!?]{8,120}[。.！!？?]?")


@dataclass(frozen=True, slots=True)
class Planted:
    """Rows of a campaign: their text, which letter it is, and where their additions stand."""

    texts: list[str]
    letter: np.ndarray
    added: list[list[tuple[int, int]]]


def real(n_rows: int) -> list[str]:
    """Real rows: citizens' letters on the matters of the planted ones first, then about six Chinese in ten."""
    parts = (("scale_zh_short_texts", 0.58), ("scale_en_short_texts", 0.3), ("nhs_patient_feedback_phase1", 0.1))
    found = pq.read_table(DATA / "zh_government_messages_7class.parquet", columns=["text"])["text"].to_pylist()
    for name, part in parts:
        texts = pq.read_table(DATA / f"{name}.parquet", columns=["text"])["text"].drop_null()
        found += texts.slice(0, int(n_rows * part)).to_pylist()
    return found[:n_rows]


def own_words() -> tuple[list[str], list[str]]:
    """Sentences people may add, Chinese and English: from the ends of the files, which `real` does not reach."""
    found = []
    for name in ("scale_zh_short_texts", "scale_en_short_texts"):
        texts = pq.read_table(DATA / f"{name}.parquet", columns=["text"])["text"].drop_null()
        last = texts.slice(len(texts) - 60_000).unique().to_pylist()
        found.append([text.strip() for text in last if _PLAIN.fullmatch(text.strip())])
    return found[0], found[1]


def planted(seed: int) -> Planted:
    words = own_words()
    texts, letter, added = [], [], []
    order = list(range(20))
    random.Random(seed).shuffle(order)  # noqa: S311 - a benchmark's noise, not a secret
    for n, which in zip(N_SENDERS, order, strict=True):
        for sender in range(n):
            text, spans = sent(which, words, random.Random(f"{seed}/{which}/{sender}"))  # noqa: S311
            texts.append(text)
            letter.append(which)
            added.append(spans)
    return Planted(texts, np.array(letter), added)


def sent(which: int, words: tuple[list[str], list[str]], draw: random.Random) -> tuple[str, list[tuple[int, int]]]:
    """One sender's copy of a letter, and where its additions stand."""
    chinese = which < len(ZH)
    sentences = [s for s in _SENTENCE.split((ZH + EN)[which]) if s]
    if draw.random() < 0.25:
        draw.shuffle(sentences)
    if draw.random() < 0.2:
        sentences = truncated(sentences, draw)
    if draw.random() < 0.6:
        sentences = typed(sentences, draw, chinese)
    parts = [(sentence, False) for sentence in sentences if sentence]
    if draw.random() < 0.4:
        parts = extended(parts, words[not chinese], ADDED_ZH if chinese else ADDED_EN, draw)
    return joined(parts, "" if chinese else " ", draw)


def truncated(sentences: list[str], draw: random.Random) -> list[str]:
    left = int(sum(map(len, sentences)) * draw.uniform(0.6, 0.9))
    kept = []
    whole = draw.random() < 0.5
    for sentence in sentences:
        kept.append(sentence if whole else sentence[:left])
        left -= len(sentence)
        if left <= 0:
            break
    return kept


def typed(sentences: list[str], draw: random.Random, chinese: bool) -> list[str]:
    found = list(sentences)
    corpus = "".join(ZH) if chinese else "etaoinshrdlucmfwypvbgk"
    for _ in range(1 + sum(map(len, found)) // (40 if chinese else 100)):
        at = draw.randrange(len(found))
        found[at] = mistyped(found[at], draw, corpus)
    return found


def extended(
    parts: list[tuple[str, bool]], real_words: list[str], few: tuple[str, ...], draw: random.Random
) -> list[tuple[str, bool]]:
    own = [draw.choice(few) if draw.random() < 0.1 else draw.choice(real_words) for _ in range(draw.choice((1, 1, 2)))]
    stop = "。" if few is ADDED_ZH else "."
    own = [each if each[-1] in "。！？.!?" else each + stop for each in own]
    at = draw.choice((0, len(parts), len(parts), draw.randrange(len(parts) + 1)))
    return [*parts[:at], *((each, True) for each in own), *parts[at:]]


def joined(parts: list[tuple[str, bool]], between: str, draw: random.Random) -> tuple[str, list[tuple[int, int]]]:
    line = "\n" if draw.random() < 0.3 else between
    text, spans, before = "", [], None
    for said, is_added in parts:
        if text:
            text += between if before == is_added else line
        if is_added:
            spans.append((len(text), len(text) + len(said)))
        text, before = text + said, is_added
    return text, spans


# ---------------------------------------------------------------------------------------------------------- measurement


@dataclass(frozen=True, slots=True)
class Mixed:
    """Planted and real rows shuffled together; letter -1 where real."""

    rows: pa.Table
    letter: np.ndarray
    added: list[list[tuple[int, int]]]


def mixed(n_rows: int, seed: int) -> Mixed:
    sown, ground = planted(seed), real(n_rows)
    texts = sown.texts + ground
    letter = np.concatenate([sown.letter, np.full(len(ground), -1)])
    added = sown.added + [[] for _ in ground]
    order = np.random.default_rng(seed).permutation(len(texts))
    rows = extract.input_rows(pa.table({"text": pa.array([texts[i] for i in order], pa.large_string())}))
    return Mixed(rows, letter[order], [added[i] for i in order])


def of_rows(points: pa.Table, values: np.ndarray, n_rows: int) -> np.ndarray:
    """The value of each row's points, -1 where they have none."""
    found = np.full(n_rows, -1, np.int64)
    has = values >= 0
    found[points["row"].to_numpy()[has]] = values[has]
    return found


@dataclass(frozen=True, slots=True)
class Letter:
    """How one planted letter fared."""

    lang: str
    n_senders: int
    n_carriers: int  # of them, with the template that most of them carry
    n_others: int  # rows of other letters with that template
    n_real: int
    n_templates: int  # that its senders carry

    @property
    def found(self) -> bool:
        return 2 * self.n_carriers >= self.n_senders


def letters(given: Mixed, template: np.ndarray) -> list[Letter]:
    return sorted((_letter(given, template, which) for which in range(20)), key=lambda each: -each.n_senders)


def _letter(given: Mixed, template: np.ndarray, which: int) -> Letter:
    own = template[given.letter == which]
    carried, counts = np.unique(own[own >= 0], return_counts=True)
    best = carried[counts.argmax()] if len(carried) else -2
    sent = given.letter[template == best]
    n_real = int((sent < 0).sum())
    n_others = int((sent != which).sum()) - n_real
    lang = "zh" if which < len(ZH) else "en"
    return Letter(lang, len(own), int(counts.max(initial=0)), n_others, n_real, len(carried))


def summed(name: str, found: list[Letter]) -> list[object]:
    n, hits = sum(each.n_senders for each in found), sum(each.n_carriers for each in found)
    n_others, n_real = sum(each.n_others for each in found), sum(each.n_real for each in found)
    return [name, sum(each.found for each in found), hits / n, hits / max(hits + n_others + n_real, 1), n_real]


@dataclass(frozen=True, slots=True)
class Recovered:
    """Shares: of the planted additions, those half or more of which is marked; of their letters, those marked; of the
    letters marked in planted rows, those planted."""

    additions: float
    letters: float
    precision: float


def recovered(given: Mixed, points: pa.Table, added: np.ndarray) -> Recovered:
    row, start, end = (points[name].to_numpy() for name in ("row", "start", "end"))
    marked: dict[int, list[tuple[int, int]]] = {}
    for i in np.flatnonzero(added):
        marked.setdefault(int(row[i]), []).append((int(start[i]), int(end[i])))
    common, whole, n_marked = [], [], 0
    for which in np.flatnonzero(given.letter >= 0):
        spans = marked.get(int(which), [])
        n_marked += sum(end - start for start, end in spans)
        for low, high in given.added[which]:
            common.append(sum(max(0, min(high, end) - max(low, start)) for start, end in spans))
            whole.append(high - low)
    got, all_ = np.array(common), np.array(whole)
    return Recovered(float((2 * got >= all_).mean()), got.sum() / all_.sum(), got.sum() / max(n_marked, 1))


@dataclass(frozen=True, slots=True)
class Ran:
    points: pa.Table
    found: Campaigned
    seconds: float


def ran(rows: pa.Table) -> Ran:
    points = extract.points(rows, "auto", lambda _: None)
    start = time.process_time()
    found = campaigned(rows, points, Words(normalise, empty_reason))
    return Ran(points, found, time.process_time() - start)


def folded(points: pa.Table) -> tuple[extract.Texts, np.ndarray, np.ndarray]:
    texts, text = extract.distinct(points)
    return texts, text, near_duplicates(texts.keys, n_submissions=texts.n_submissions, threads=2)


def whole_points(points: pa.Table) -> np.ndarray:
    """Template of each point where only whole points that many send count: no letter is put together."""
    texts, text, copies = folded(points)
    held = settle.families(texts, copies)
    long = pc.greater_equal(pc.utf8_length(held.keys), 15).to_numpy(zero_copy_only=False)
    number = np.where((held.n_submissions >= 10) & long, np.arange(len(held)), -1)
    return np.where(text >= 0, number[held.of_text[text]], -1)


# --------------------------------------------------------------------------------------------------------------- report


def families_told(found: Campaigned) -> str:
    """What folding leaves of the letters' own points, and how many whole points are templates besides."""
    texts, text, copies = folded(found.points)
    joint = united(copies, texts.keys, text, found.piece)
    held = settle.families(texts, joint)
    _, alone = further(found, np.where(text >= 0, held.of_text[text], -1).astype(np.int32), held.keys)
    own = text[found.piece >= 0]
    n_texts, n_before, n_after = (len(np.unique(which)) for which in (own, copies[own], joint[own]))
    return (
        f"The templates' own points are {n_texts:,} distinct texts: {n_before:,} families once near copies are folded, "
        f"{n_after:,} once each template's are joined. Besides, {len(alone):,} whole points are sent by ten or more."
    )


def measured(n_rows: int, seed: int) -> str:
    given = mixed(n_rows, seed)
    run = ran(given.rows)
    template = of_rows(run.found.points, run.found.template, len(given.letter))
    found = letters(given, template)
    before = letters(given, of_rows(run.points, whole_points(run.points), len(given.letter)))
    both = [summed("letters put together", found), summed("whole points only, as before", before)]
    own = recovered(given, run.found.points, run.found.added)
    others = np.setdiff1d(template[(given.letter < 0) & (template >= 0)], template[given.letter >= 0])
    lines = [
        [e.lang, e.n_senders, e.n_carriers, e.n_carriers / e.n_senders, e.n_others, e.n_real, e.n_templates]
        for e in found
    ]
    return "\n\n".join(
        [
            table(["", "letters found of 20", "recall", "precision", "real rows taken in"], both),
            f"Of the planted additions {own.additions:.1%} are recovered by half or more, {own.letters:.1%} of their "
            f"letters; of what is marked as added in planted rows, {own.precision:.1%} was. {families_told(run.found)} "
            f"Among the real rows {len(others):,} further templates are found, which "
            f"{int(np.isin(template, others).sum()):,} rows carry.",
            f"Finding and cutting took {run.seconds:.1f} s of one processor for these {len(given.letter):,} rows.",
            table(["letter", "senders", "carry it", "recall", "of other letters", "real rows", "its templates"], lines),
        ]
    )


def scaled(n_rows: int) -> str:
    texts = pq.read_table(DATA / "scale_zh_short_texts.parquet", columns=["text"]).slice(0, n_rows)
    run = ran(extract.input_rows(texts))
    return f"{n_rows:,} rows of scale_zh as they are: {run.seconds:.1f} s, {len(run.found):,} templates."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    intro = (__doc__ or "").split("\n\n")[2].replace("\n", " ")
    body = "\n\n".join([intro, measured(asked.rows, asked.seed), scaled(360_000)])
    print(body)
    data = "scale_zh, scale_en, nhs_patient_feedback, zh_government, letters written for it"
    write_section("templates", "Template campaigns", body, data=data, seed=asked.seed)


if __name__ == "__main__":
    main()
