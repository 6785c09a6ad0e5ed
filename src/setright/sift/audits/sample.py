"""The pairs drawn from a frame, each with a known chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setright.sift.audits.frame import STRATA, Frame
from setright.sift.result import State

_MEMBERS: Final = 0.5
"""The share of the sample that asks for precision."""

_HIT: Final = np.array([0.2, 0.1, 0.04])
"""About how often a near pair says yes, by stratum; the answers are shared out for the least variance if it were so."""


@dataclass(frozen=True)
class Sample:
    """The pairs drawn, and what they were drawn from.

    Parameters
    ----------
    problems : tuple of str
        All problems of the register.
    sizes : int64 array of shape (len(STRATA), n_problems)
        How many pairs each problem has in each stratum.
    line : int64 array of shape (n,)
        The point of each draw, as an index into the assignments; draws of one stratum stand together, in the order of
        the list they were drawn from.
    problem : int32 array of shape (n,)
        Index into `problems`.
    stratum : int8 array of shape (n,)
        Index into `STRATA`.
    question : int32 array of shape (n,)
        The question that answers the draw, from 0 on, in random order. Draws of the same words and problem share one.
    """

    problems: tuple[str, ...]
    sizes: NDArray[np.int64]
    line: NDArray[np.int64]
    problem: NDArray[np.int32]
    stratum: NDArray[np.int8]
    question: NDArray[np.int32]

    @property
    def n_questions(self) -> int:
        return int(self.question.max(initial=-1)) + 1

    def probability(self) -> NDArray[np.float64]:
        """The chance that each draw had of being drawn: the same for all pairs of a stratum."""
        n = np.bincount(self.stratum, minlength=len(STRATA))
        chance: NDArray[np.float64] = (n / np.maximum(self.sizes.sum(axis=1), 1))[self.stratum]
        return chance


def draw_from(listed: Frame, problems: tuple[str, ...], words: NDArray[np.int64], n: int, seed: int) -> Sample:
    """Draw `n` pairs, or all where there are fewer; `words[i]` tells what line i says from what others say.

    Half fall on members, the others on near pairs. A stratum is drawn systematically from its list in order of problem
    and in random order within each. Deterministic.
    """
    rng = np.random.default_rng(seed)
    pairs = [listed.pairs(stratum) for stratum in range(len(STRATA))]
    sizes = np.array([np.bincount(problem, minlength=len(problems)) for _, problem in pairs], dtype=np.int64)
    drawn = []
    for stratum, n_drawn in enumerate(_shared_out(sizes.sum(axis=1), n)):
        point, problem = pairs[stratum]
        order = np.lexsort((rng.random(len(point)), listed.order[problem]))
        at = order[_systematic(len(point), n_drawn, rng)]
        drawn.append((listed.line[point[at]], problem[at], np.full(len(at), stratum, dtype=np.int8)))
    line, problem, stratum_of = (np.concatenate(columns) for columns in zip(*drawn, strict=True))
    question = _questions(words[line] * max(len(problems), 1) + problem, rng)
    return Sample(problems, sizes, line, problem, stratum_of, question)


def words_of(state: State) -> NDArray[np.int64]:
    """What each line of the assignments says: the number of its distinct text, -1 where it has none."""
    text: NDArray[np.int64] = state.points["text"].combine_chunks().fill_null(-1).to_numpy().astype(np.int64)
    return text


def _shared_out(sizes: NDArray[np.int64], n: int) -> list[int]:
    """How many of `n` draws each stratum gets.

    Never more than it has pairs, all `n` while there are pairs, and one at least where there are draws for all strata:
    a stratum without any could not be told of.
    """
    part = np.array([0.0, *np.sqrt(_HIT) * sizes[1:]])
    part = part * (1 - _MEMBERS) / part.sum() if part.sum() else part
    part[0] = 1 - part.sum()
    total = min(n, int(sizes.sum()))
    given = np.minimum(sizes, 1) if total >= np.count_nonzero(sizes) else np.zeros_like(sizes)
    while (left := total - int(given.sum())) > 0:
        wanted = np.where(given < sizes, np.maximum(part * total - given, 1e-9), 0)
        more = np.minimum((left * wanted / wanted.sum()).astype(np.int64), sizes - given)
        if not more.any():
            more[np.argmax(wanted)] = 1
        given += more
    return [int(g) for g in given]


def _systematic(size: int, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """`n` places of a list of `size`, evenly spaced from a random start."""
    if not n:
        return np.zeros(0, dtype=np.int64)
    places: NDArray[np.int64] = np.floor((np.arange(n) + rng.random()) * (size / n)).astype(np.int64)
    return places.clip(max=size - 1)


def _questions(name: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int32]:
    """A number for each different name, in random order."""
    different, at = np.unique(name, return_inverse=True)
    number: NDArray[np.int32] = rng.permutation(len(different)).astype(np.int32)
    return number[at]


# ----------------------------------------------------------------------------------------------------------- as values


def as_values(sample: Sample) -> dict[str, Any]:
    """The sample as plain values for JSON: what `from_values` reads."""
    return {
        "strata": [
            {"stratum": name, "n_pairs": int(size), "n_drawn": int(n)}
            for name, size, n in zip(
                STRATA, sample.sizes.sum(axis=1), np.bincount(sample.stratum, minlength=len(STRATA)), strict=True
            )
        ],
        "problems": {name: sizes for name, sizes in zip(sample.problems, sample.sizes.T.tolist(), strict=True)},
        "draws": [
            {"question": q, "line": line, "problem": sample.problems[p], "stratum": STRATA[s], "probability": chance}
            for q, line, p, s, chance in zip(
                sample.question.tolist(),
                sample.line.tolist(),
                sample.problem.tolist(),
                sample.stratum.tolist(),
                sample.probability().tolist(),
                strict=True,
            )
        ],
    }


def from_values(values: Mapping[str, Any]) -> Sample:
    """The sample that `as_values` wrote."""
    problems = tuple(values["problems"])
    number = {name: at for at, name in enumerate(problems)}
    sizes = np.array(list(values["problems"].values()), dtype=np.int64).reshape(len(problems), len(STRATA)).T
    draws = values["draws"]
    return Sample(
        problems=problems,
        sizes=sizes,
        line=np.array([d["line"] for d in draws], dtype=np.int64),
        problem=np.array([number[d["problem"]] for d in draws], dtype=np.int32),
        stratum=np.array([STRATA.index(d["stratum"]) for d in draws], dtype=np.int8),
        question=np.array([d["question"] for d in draws], dtype=np.int32),
    )
