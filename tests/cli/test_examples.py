"""The opinions that come with Setright are what their README says."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import setright.cli

EXAMPLES = Path(setright.cli.__file__).parent / "examples"
ROOT = Path(__file__).resolve().parents[2]
CAMPAIGN = "bridge-reopen"


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("name", "columns", "n_rows"),
    [
        ("zh.csv", ["id", "text", "unit", "date", "channel", "problem"], 735),
        ("en_polis.csv", ["id", "text", "conversation", "date"], 1500),
        ("en_nhs.csv", ["id", "text", "organization"], 1500),
    ],
)
def test_example_has_its_columns_and_rows(name, columns, n_rows):
    found = rows(name)

    assert list(found[0]) == columns
    assert len(found) == n_rows
    assert len({row["id"] for row in found}) == n_rows


def test_examples_stay_small():
    assert sum(path.stat().st_size for path in EXAMPLES.iterdir()) < 3_000_000


def test_examples_name_their_licences():
    notice, readme = (ROOT / "NOTICE").read_text("utf-8"), (EXAMPLES / "README.md").read_text("utf-8")
    named = ("The Computational Democracy Project", "creativecommons.org/licenses/by/4.0", "NHS England", "MIT")

    assert [[part in text for part in named] for text in (notice, readme)] == [[True] * 4] * 2
    assert "written for this demonstration" in readme


def test_zh_example_says_many_problems_in_many_ways():
    said = [row for row in rows("zh.csv") if row["problem"]]
    ways = Counter(problem for problem, _ in {(row["problem"], row["text"]) for row in said})

    assert len(said) >= 500
    assert len(ways) == 45
    assert min(ways.values()) >= 8
    assert len({row["text"] for row in said}) / len(said) >= 0.85


def test_zh_example_has_no_frame_that_gives_a_problem_away():
    """The first four characters of texts are shared within a problem no more than by chance, the campaign aside."""
    said = {(row["problem"], row["text"]) for row in rows("zh.csv") if row["problem"] not in ("", CAMPAIGN)}
    starts = Counter((problem, text[:4]) for problem, text in said)

    assert sum(n for n in starts.values() if n >= 3) / len(said) < 0.05


def test_zh_example_holds_a_campaign_and_noise():
    found = rows("zh.csv")
    noise = [row for row in found if not row["problem"]]

    assert sum("请尽快恢复青石桥" in row["text"] for row in found) >= 25
    assert 0.06 < len(noise) / len(found) < 0.10
    assert sum(not row["text"].strip() for row in noise) == 4


def test_zh_example_covers_units_and_months():
    found = rows("zh.csv")
    days = [date.fromisoformat(row["date"]) for row in found]

    assert len({row["unit"] for row in found}) == 12
    assert sorted({day.month for day in days}) == list(range(3, 12))
    assert {day.year for day in days} == {2026}
