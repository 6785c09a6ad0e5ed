"""Draw the English demonstration tables that `setright examples` copies out, with a fixed seed.

Run from the repository root with the folder that holds the measurement data::

    python -m benchmarks.draw_examples FOLDER

Writes en_polis.csv and en_nhs.csv into src/setright/cli/examples/. The Chinese table is not drawn: it was written for
the demonstration, sentence by sentence.
"""

from __future__ import annotations

import csv
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

SEED = 20261124
N_ROWS = 1_500
GERMAN = "austria-climate."
EXAMPLES = Path(__file__).resolve().parents[1] / "src" / "setright" / "cli" / "examples"


def draw_polis(folder: Path) -> list[dict[str, Any]]:
    """Comments that moderators let stand, in English."""
    rows = pq.read_table(folder / "polis_comments.parquet").to_pylist()
    stood = [row for row in rows if row["moderated"] >= 0 and row["text"].strip()]
    kept = [row for row in stood if not row["conversation"].startswith(GERMAN) and is_english(row["text"])]
    drawn = random.Random(SEED).sample(kept, N_ROWS)  # noqa: S311 - a draw, no secret
    return [
        {"id": row["id"], "text": row["text"], "conversation": row["conversation"], "date": day(row["timestamp"])}
        for row in drawn
    ]


def draw_nhs(folder: Path) -> list[dict[str, Any]]:
    rows = pq.read_table(folder / "nhs_patient_feedback_phase1.parquet").to_pylist()
    kept = [row for row in rows if row["text"].strip()]
    drawn = random.Random(SEED).sample(kept, N_ROWS)  # noqa: S311 - a draw, no secret
    return [{name: row[name] for name in ("id", "text", "organization")} for row in drawn]


def is_english(text: str) -> bool:
    """English function words, no German ones, and Latin letters only; good enough to draw a demonstration."""
    words = text.casefold().replace(",", " ").replace(".", " ").split()
    english = sum(
        word in {"the", "to", "of", "and", "is", "in", "for", "we", "be", "are", "that", "a"} for word in words
    )
    german = sum(
        word in {"der", "die", "das", "und", "ist", "für", "mit", "nicht", "den", "von", "zu"} for word in words
    )
    return english > 0 == german and all(ord(char) < 0x250 or 0x2000 <= ord(char) <= 0x20CF for char in text)


def day(milliseconds: int | None) -> str:
    return "" if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    for name, draw in (("en_polis.csv", draw_polis), ("en_nhs.csv", draw_nhs)):
        rows = draw(folder)
        write(EXAMPLES / name, rows)
        print(f"{name}: {len(rows):,} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
