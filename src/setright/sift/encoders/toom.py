"""Short filters with fewer multiplications than taps times outputs.

Winograd, "Arithmetic complexity of computations" (SIAM, 1980); for the layers of networks Lavin and Gray, "Fast
algorithms for convolutional neural networks", CVPR 2016. A filter of n taps gives m outputs from m + n - 1 products
instead of m n, at the price of a few additions and of the last digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
_Exact = list[list[Fraction]]

_POINTS: Final = tuple(Fraction(p) for p in ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "4", "-1/4"))
"""Where the polynomials are evaluated, beside infinity: small and of either sign, which loses fewest digits."""


@dataclass(frozen=True, slots=True)
class Plan:
    """y[k] = sum over j of g[j] d[k + j], for k < m and j < n, as `after @ ((taps @ g) * (before @ d))`."""

    before: Matrix  # (m + n - 1, m + n - 1)
    taps: Matrix  # (m + n - 1, n)
    after: Matrix  # (m, m + n - 1)


def plan(n_outputs: int, n_taps: int) -> Plan:
    """Matrices of the transposed Toom-Cook algorithm, exact until they are rounded to float64 at the end.

    Parameters
    ----------
    n_outputs, n_taps : int
        Their sum is at most eleven: the points are few.
    """
    width = n_outputs + n_taps - 1
    points = _POINTS[: width - 1]
    before = np.array(_inverse(_powers(points, width)), dtype=np.float64).T
    taps = np.array(_powers(points, n_taps), dtype=np.float64)
    after = np.array(_powers(points, n_outputs), dtype=np.float64).T
    # Rows that would make large products of small inputs lose digits: share the size with the taps.
    size = np.abs(before).sum(axis=1)
    return Plan(before / size[:, None], taps * size[:, None], after)


def _powers(points: tuple[Fraction, ...], width: int) -> _Exact:
    at_infinity = [Fraction(0)] * (width - 1) + [Fraction(1)]
    return [[point**j for j in range(width)] for point in points] + [at_infinity]


def _inverse(matrix: _Exact) -> _Exact:
    """Gauss and Jordan, in fractions."""
    n = len(matrix)
    rows = [list(row) + [Fraction(i == j) for j in range(n)] for i, row in enumerate(matrix)]
    for c in range(n):
        pivot = next(r for r in range(c, n) if rows[r][c])
        rows[c], rows[pivot] = rows[pivot], rows[c]
        rows[c] = [value / rows[c][c] for value in rows[c]]
        for r in range(n):
            if r != c and rows[r][c]:
                rows[r] = [a - rows[r][c] * b for a, b in zip(rows[r], rows[c], strict=True)]
    return [row[n:] for row in rows]
