"""How well groups match labels that people gave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import xlogy

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """Agreement between groups and labels of the same rows.

    Parameters
    ----------
    n_rows : int
    n_groups : int
        Without the rows that no group took.
    n_labels : int
    precision, recall, f1 : float
        B-cubed.
    ari : float
        Adjusted Rand index.
    nmi : float
        Normalised mutual information, by the arithmetic mean of the entropies.
    accuracy : float
        Under the best one-to-one match of groups and labels.
    unassigned : float
        The share of rows that no group took.
    """

    n_rows: int
    n_groups: int
    n_labels: int
    precision: float
    recall: float
    f1: float
    ari: float
    nmi: float
    accuracy: float
    unassigned: float


def evaluate(group: ArrayLike, label: ArrayLike) -> Scores:
    """Score groups against labels; a row in no group counts as a group of its own.

    Parameters
    ----------
    group : array of int, shape (n,)
        Negative where a row is in no group.
    label : array of int or str, shape (n,)

    Returns
    -------
    Scores
        All 0 for no rows.

    Raises
    ------
    ValueError
        When the two differ in length.

    Notes
    -----
    B-cubed: Bagga and Baldwin 1998, "Algorithms for scoring coreference chains"; by element, Amigó et al. 2009,
    Information Retrieval 12:461. ARI: Hubert and Arabie 1985, Journal of Classification 2:193. Accuracy: Kuhn's
    assignment on the contingency table. Costs n log n and the cube of the number of groups.
    """
    grouped, labelled = np.asarray(group, dtype=np.int64), np.asarray(label)
    if grouped.shape != labelled.shape:
        raise ValueError(f"{grouped.size} groups but {labelled.size} labels: give one of each per row")
    if not grouped.size:
        return Scores(0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    table = contingency(grouped, labelled)
    precision, recall, f1 = bcubed(table)
    return Scores(
        n_rows=grouped.size,
        n_groups=len(np.unique(grouped[grouped >= 0])),
        n_labels=table.shape[1],
        precision=precision,
        recall=recall,
        f1=f1,
        ari=adjusted_rand(table),
        nmi=normalised_information(table),
        accuracy=accuracy(table),
        unassigned=float((grouped < 0).mean()),
    )


def contingency(group: NDArray[np.int64], label: NDArray[np.generic]) -> sp.csr_array:
    """Count rows by group and label, shape (n_groups, n_labels); rows in no group come last, one group each."""
    alone = group < 0
    names, at = np.unique(group[~alone], return_inverse=True)
    row = np.empty(len(group), dtype=np.int64)
    row[~alone] = at
    row[alone] = len(names) + np.arange(alone.sum())
    column = np.unique(label, return_inverse=True)[1]
    shape = (len(names) + int(alone.sum()), int(column.max()) + 1)
    return sp.coo_array((np.ones(len(group), dtype=np.int64), (row, column)), shape=shape).tocsr()


def bcubed(table: sp.csr_array) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 of a contingency table."""
    cells, n = table.tocoo(), table.sum()
    squared = cells.data.astype(np.float64) ** 2
    precision = float((squared / table.sum(axis=1)[cells.coords[0]]).sum() / n)
    recall = float((squared / table.sum(axis=0)[cells.coords[1]]).sum() / n)
    return precision, recall, 2 * precision * recall / (precision + recall)


def adjusted_rand(table: sp.csr_array) -> float:
    """Adjusted Rand index of a contingency table; 1 where both sides are trivial in the same way."""
    both, rows, columns = (_pairs(x) for x in (table.data, table.sum(axis=1), table.sum(axis=0)))
    everything = _pairs(np.array([table.sum()]))
    expected = rows * columns / everything if everything else 0.0
    best = (rows + columns) / 2
    return 1.0 if best == expected else (both - expected) / (best - expected)


def normalised_information(table: sp.csr_array) -> float:
    """Mutual information over the mean of both entropies; 1 where both are 0."""
    n = table.sum()
    rows, columns, cells = (_entropy(x / n) for x in (table.sum(axis=1), table.sum(axis=0), table.data))
    return 1.0 if rows + columns == 0 else max(0.0, 2 * (rows + columns - cells) / (rows + columns))


def accuracy(table: sp.csr_array) -> float:
    """The share of rows on the best one-to-one match of groups and labels."""
    large = table[_worth_matching(table)].toarray()
    row, column = linear_sum_assignment(large, maximize=True)
    return float(large[row, column].sum() / table.sum())


def _worth_matching(table: sp.csr_array) -> Integers:
    """For each label its n_labels best groups: others cannot be needed in a best match, which keeps it small."""
    wanted, columns = [], table.tocsc()
    for label in range(table.shape[1]):
        start, end = columns.indptr[label], columns.indptr[label + 1]
        best = np.argsort(-columns.data[start:end], kind="stable")[: table.shape[1]]
        wanted.append(columns.indices[start:end][best])
    return np.unique(np.concatenate(wanted)).astype(np.int64)


def _pairs(count: NDArray[np.integer]) -> float:
    sizes = np.asarray(count, dtype=np.float64)
    return float((sizes * (sizes - 1) / 2).sum())


def _entropy(share: NDArray[np.floating]) -> float:
    return float(-xlogy(share, share).sum())
