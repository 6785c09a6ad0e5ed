"""What some answers tell of all: shares and counts, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]

FEWEST: Final = 10
"""From fewer answers nothing is told."""

_TAILS: Final = (0.025, 0.975)
N_DRAWS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate, the ends of its 95 % interval, and the answers it rests on."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Counts:
    """Answers by stratum: those that say yes, all, and the pairs there are; int64 arrays of shape (k,)."""

    yes: NDArray[np.int64]
    n: NDArray[np.int64]
    n_all: NDArray[np.int64]

    def shares(self) -> NDArray[np.float64]:
        """The share of yes; 0 where there is no answer."""
        found: NDArray[np.float64] = self.yes / np.maximum(self.n, 1)
        return found

    def first(self, k: int) -> Counts:
        """Those of the first strata."""
        return Counts(self.yes[:k], self.n[:k], self.n_all[:k])


def likely(counts: Counts, before: NDArray[np.float64], effect: NDArray[np.float64]) -> Draws:
    """Values that the shares among all pairs may well have, given the answers: draws from their distribution.

    Parameters
    ----------
    counts : Counts
        The sample gave every pair of a stratum the same chance; there may be no answer in a stratum.
    before : float64 array of shape (k or more, 2)
        The Beta distribution a share is taken from before any answer; (1/2, 1/2) is Jeffreys'.
    effect : float64 array of shape (k or more,)
        Design effects: the variance of the sample's mean over that of a sample drawn without any order.

    Returns
    -------
    float64 array of shape (k, N_DRAWS)
        Each line independent of the others; the same for the same arguments.

    Notes
    -----
    A share p is drawn from Beta(yes / effect + a, no / effect + b), n / effect being the effective number of answers
    (Korn and Graubard 1998, Survey Methodology 24:193); then the pairs not judged each say yes with chance p, so that a
    share of few pairs is known the better the more of them were judged, and for certain when all were. For many pairs
    and (a, b) = (1/2, 1/2) the middle 95 % is Jeffreys' interval (Brown, Cai and DasGupta 2001, Statistical Science
    16:101, section 3; compared with others for surveys by Franco, Little, Louis and Slud 2019, Journal of Survey
    Statistics and Methodology 7:334).
    """
    rng = np.random.default_rng(0)
    before, effect = before[: len(counts.n)], effect[: len(counts.n)]
    a, b = counts.yes / effect + before[:, 0], (counts.n - counts.yes) / effect + before[:, 1]
    p = rng.beta(a[:, None], b[:, None], size=(len(a), N_DRAWS))
    n_more = rng.binomial((counts.n_all - counts.n)[:, None], p)
    drawn: Draws = (counts.yes[:, None] + n_more) / np.maximum(counts.n_all, 1)[:, None]
    return drawn


def middle(drawn: Draws) -> tuple[float, float]:
    """The ends of the middle 95 %."""
    low, high = np.quantile(drawn, _TAILS)
    return float(low), float(high)


def share(n_yes: int, n: int, drawn: Draws) -> Estimate:
    """A share of all pairs, from the values likely after `n` answers, at least one.

    Where no answer or every one says yes, the interval goes to that end (Brown, Cai and DasGupta 2001, section 4.1.1).
    """
    low, high = middle(drawn)
    return Estimate(n_yes / n, 0.0 if n_yes == 0 else low, 1.0 if n_yes == n else high, n)


def design_effect(yes: NDArray[np.bool_]) -> float:
    """How much an ordered systematic sample differs from one without order, from the answers in the order drawn.

    Parameters
    ----------
    yes : bool array of shape (n,)
        In the order of the list that was drawn from.

    Returns
    -------
    float
        Between 1/2 and 3/2.

    Notes
    -----
    Half the mean squared difference of successive answers over their variance (Wolter 2007, Introduction to Variance
    Estimation, chapter 8, estimator v2): neighbours in the order are alike, so that the order takes part of the
    variance out.
    """
    n = len(yes)
    p = yes.mean() if n else 0.0
    if n < FEWEST or p in (0.0, 1.0):
        return 1.0
    within = np.mean(np.diff(yes.astype(np.float64)) ** 2) / 2
    return float(np.clip(within / (n / (n - 1) * p * (1 - p)), 0.5, 1.5))
