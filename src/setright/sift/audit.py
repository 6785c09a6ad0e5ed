"""A blind stratified sample of a register for a person to judge, and what the answers tell of the whole.

What is judged is a pair of a point and a problem: does this point say this problem? Two questions are asked of the
register with it:

- **precision**: of the points put into a problem, how many say it. Drawn from the pairs of a point and its own problem.
- **recall**: of the points that say a problem, how many were put into it. Those missed are looked for among the points
  that are alone or unsure and those of neighbouring problems: each with the problems nearest to it that it is not in
  (`audits.frame.REACH` of them). What lies farther is not drawn, and not counted as missed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setright.sift.audits.frame import STRATA, frame
from setright.sift.audits.interval import FEWEST, Counts, Draws, Estimate, design_effect, likely, middle, share
from setright.sift.audits.sample import Sample, draw_from, words_of
from setright.sift.result import State

_SHAPE: Final = 1 / 3
"""How much single problems differ in the share of near pairs that say yes, before any answer: the shape of a Beta
distribution whose mean is the share over all problems (a third as in Kerman 2011, Electronic Journal of Statistics
5:1450)."""

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class ProblemAudit:
    """What the answers tell of one problem; None where they are fewer than ten.

    `n_low` and `n_high` are the ends of a 95 % interval on the number of submissions that say it.
    """

    problem: str
    n_members: int  # answers about points in it
    n_near: int  # answers about points near it
    precision: Estimate | None
    recall: Estimate | None
    n_low: int | None
    n_high: int | None


@dataclass(frozen=True)
class Audit:
    """What the answers tell of a register."""

    n_yes: int  # draws, not questions
    n_no: int
    n_unsure: int
    n_blank: int
    precision: Estimate | None
    recall: Estimate | None
    problems: tuple[ProblemAudit, ...]


# -------------------------------------------------------------------------------------------------------------- drawing


def draw(assignments: pa.Table, state: State, n: int, *, seed: int = 0) -> Sample:
    """Draw pairs for a person to judge.

    Parameters
    ----------
    assignments : pyarrow.Table
        `tables.ASSIGNMENTS`.
    state : State
        Of the same run.
    n : int
        Pairs to draw, at most as many as there are.
    seed : int

    Returns
    -------
    Sample

    Raises
    ------
    ValueError
        When `n` is below 1, or the state is of another run.

    Notes
    -----
    Half the draws fall on points with their own problem, the others on near pairs. Each stratum is drawn systematically
    (Cochran 1977, Sampling Techniques, chapter 8) from its list in order of problem, and in random order within each:
    every pair of a stratum has the same chance, and every problem gets its share of the draws, up or down to a whole
    number. Deterministic.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}")
    problems = tuple(state.problems["problem"].to_pylist())
    return draw_from(frame(assignments, state), problems, words_of(state), n, seed)


# ----------------------------------------------------------------------------------------------------------- estimating


def estimate(sample: Sample, answers: Mapping[int, bool | None], n_submissions: Sequence[int]) -> Audit:
    """What the answers tell of the register.

    Parameters
    ----------
    sample : Sample
    answers : mapping of int to bool or None
        By question: yes, no, or None for unsure. A question that is not there was not answered.
    n_submissions : sequence of int
        Of each of the sample's problems, as the register counts them.

    Returns
    -------
    Audit
        Deterministic.

    Notes
    -----
    Within a stratum all pairs had the same chance, so the share of yes among its answers estimates the share of all its
    pairs; unsure and missing answers are left out, as if they would have been answered like the others. With N_h pairs
    and share p_h of yes in stratum h (0 for the members):

    - precision = p_0, its interval Jeffreys' with the design effect of the order drawn (`audits.interval.share`);
    - recall = N_0 p_0 / (N_0 p_0 + N_1 p_1 + N_2 p_2 + N_3 p_3), the ratio of two Horvitz-Thompson estimates (Horvitz
      and Thompson 1952, Journal of the American Statistical Association 47:663). Its interval is the middle 95 % of
      that ratio when each p_h is drawn from its posterior, Beta(yes + 1/2, no + 1/2) by effective numbers (Jeffreys'
      prior; the ratio has no closed interval that holds with few yes);
    - for one problem the same, over its own pairs. Near pairs of one problem are few, and fewer say yes: what is taken
      for granted of p_h before any answer is Beta(1/3, 1 / (3 m) - 1/3), whose mean m is the stratum's share over all
      problems;
    - its submissions: n (p_0 + (N_1 p_1 + N_2 p_2 + N_3 p_3) / N_0), n being what the register counts.

    Which intervals hold was found by simulation with gold labels (`make bench-audit`).
    """
    given = np.array([_CODES[answers[q]] if q in answers else _BLANK for q in sample.question.tolist()], dtype=np.int8)
    judged = (given == _YES) | (given == _NO)
    yes = given == _YES
    n_yes, n = (np.bincount(sample.stratum[which], minlength=len(STRATA)) for which in (yes, judged))
    counts = Counts(n_yes, n, sample.sizes.sum(axis=1))
    effect = np.array([design_effect(yes[judged & (sample.stratum == h)]) for h in range(len(STRATA))])
    shares = likely(counts, np.full((len(STRATA), 2), 0.5), effect)
    enough = n[0] >= FEWEST
    return Audit(
        n_yes=int(yes.sum()),
        n_no=int((given == _NO).sum()),
        n_unsure=int((given == _UNSURE).sum()),
        n_blank=int((given == _BLANK).sum()),
        precision=share(int(n_yes[0]), int(n[0]), shares[0]) if enough else None,
        recall=_recall(counts, shares) if enough and n[1:].sum() >= FEWEST else None,
        problems=_by_problem(sample, yes, judged, shares.mean(axis=1), n_submissions),
    )


_NO, _YES, _UNSURE, _BLANK = range(4)
_CODES: Final[dict[bool | None, int]] = {False: _NO, True: _YES, None: _UNSURE}


def _recall(counts: Counts, shares: Draws) -> Estimate | None:
    """Of one register or problem; `shares` has a line a stratum."""
    found = counts.n_all * counts.shares()
    if not found.sum():
        return None
    drawn = shares * counts.n_all[:, None]
    low, high = middle(drawn[0] / np.maximum(drawn.sum(axis=0), 1e-12))
    value = float(found[0] / found.sum())
    return Estimate(value, *_around(value, low, high), int(counts.n.sum()))


def _around(value: float, low: float, high: float) -> tuple[float, float]:
    """An interval with its estimate in it: where no answer is yes, what was taken for granted lies beside it."""
    return min(low, value), max(high, value)


def _by_problem(
    sample: Sample,
    yes: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    usual: NDArray[np.float64],
    n_submissions: Sequence[int],
) -> tuple[ProblemAudit, ...]:
    """Each problem that a draw fell on, in the register's order."""
    shape = sample.sizes.shape
    at = sample.stratum.astype(np.int64) * shape[1] + sample.problem
    n_yes, n = (np.bincount(at[which], minlength=sample.sizes.size).reshape(shape) for which in (yes, judged))
    usual = np.clip(usual, 0.001, 0.999)
    before = np.column_stack([np.full(len(usual), _SHAPE), _SHAPE / usual - _SHAPE])
    before[0] = 0.5
    found = []
    for p in np.flatnonzero(np.bincount(sample.problem, minlength=shape[1])).tolist():
        counts = Counts(n_yes[:, p], n[:, p], sample.sizes[:, p])
        found.append(_problem(sample.problems[p], counts, before, n_submissions[p]))
    return tuple(found)


def _problem(name: str, counts: Counts, before: NDArray[np.float64], n_submissions: int) -> ProblemAudit:
    n_members, n_near = int(counts.n[0]), int(counts.n[1:].sum())
    precision = recall = low = high = None
    if n_members >= FEWEST:
        shares = likely(counts.first(len(STRATA) if n_near >= FEWEST else 1), before, np.ones(len(STRATA)))
        precision = share(int(counts.yes[0]), n_members, shares[0])
    if n_members >= FEWEST and n_near >= FEWEST:
        recall = _recall(counts, shares)
        each = counts.n_all / counts.n_all[0]
        low, high = _around(float(counts.shares() @ each), *middle(each @ shares))
    return ProblemAudit(
        problem=name,
        n_members=n_members,
        n_near=n_near,
        precision=precision,
        recall=recall,
        n_low=None if low is None else math.floor(low * n_submissions + _ROUNDING),
        n_high=None if high is None else math.ceil(high * n_submissions - _ROUNDING),
    )
