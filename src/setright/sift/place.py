"""Where problems stand on the report's map: near means alike, area is submissions, no two circles overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]

ASPECT: Final = 1.4  # the report's frame is 560 by 400
FILLED: Final = 0.46  # share of a theme's disc its circles take; denser, and neighbours could not keep near
GAP: Final = 0.12  # between circles, in radii of a problem with one submission
ANGLES: Final = 24
MARGIN: Final = 0.26  # room round a theme for its label, as a share of the median theme's radius
ROUNDS: Final = 1200  # of pushing themes apart; each round is one small dense matrix
PULL: Final = np.array([0.997, 0.994])  # towards the middle in the first rounds, more in height than in width


class Places(NamedTuple):
    """Centres and radii, float32 of shape (p,), in a unit where a problem of one submission has radius 1."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    r: NDArray[np.float32]


def place(centroids: NDArray[np.float32], sizes: NDArray[np.int64], theme: NDArray[np.int32]) -> Places:
    """Lay problems out in the plane, theme by theme.

    Themes stand where the principal components of their centroids put them, spread by rank and pushed apart until
    their discs are clear of each other. Within a theme the largest problem is the centre; the others surround it,
    nearer when more alike, each moved outwards along the smallest free ring round the place it belongs.

    Parameters
    ----------
    centroids : ndarray of float32, shape (p, d)
        One vector a problem.
    sizes : ndarray of int64, shape (p,)
        Submissions of each problem, 0 or more.
    theme : ndarray of int32, shape (p,)
        Index of each problem's theme; negative where it has none (these stand together).

    Returns
    -------
    Places
        `x`, `y`, `r`; `r` is the square root of the submissions (1 where there are none). The largest circles of a
        theme are placed first, so the map stays tidy when only these are drawn.

    Raises
    ------
    ValueError
        When the three arrays differ in length.

    Notes
    -----
    Deterministic: BLAS runs in one thread here, and ties are broken by index. About 2 s for 5,000 problems.
    """
    if not len(centroids) == len(sizes) == len(theme):
        raise ValueError(f"lengths differ: {len(centroids)} centroids, {len(sizes)} sizes, {len(theme)} themes")
    radii = np.sqrt(np.maximum(sizes.astype(np.float64), 1.0))
    spots = np.zeros((len(sizes), 2))
    names = np.unique(theme)
    with threadpool_limits(limits=1):
        groups = [_group(np.flatnonzero(theme == name), centroids, radii) for name in names]
        centres = _apart(groups)
    for group, centre in zip(groups, centres, strict=True):
        spots[group.members] = group.spots + centre
    return Places(spots[:, 0].astype(np.float32), spots[:, 1].astype(np.float32), radii.astype(np.float32))


@dataclass(frozen=True)
class _Group:
    """A theme: its problems, their places round (0, 0), the disc that holds them, and its mean vector."""

    members: NDArray[np.int64]
    spots: Floats
    radius: float
    mean: Floats


def _group(members: NDArray[np.int64], centroids: NDArray[np.float32], radii: Floats) -> _Group:
    vectors, size = centroids[members].astype(np.float64), radii[members]
    spots = _packed(_wanted(vectors, size), size)
    middle = (spots.min(0) + spots.max(0)) / 2
    spots = spots - middle
    reach = float((np.hypot(spots[:, 0], spots[:, 1]) + size).max())
    return _Group(members, spots, reach, np.average(vectors, axis=0, weights=size**2))


def _principal(vectors: Floats) -> Floats:
    """The first two principal coordinates of the rows, with a fixed sign, rounded so that noise orders nothing."""
    n, d = vectors.shape
    flat = np.zeros((n, 2))
    centred = vectors - vectors.mean(0)
    k = min(2, n - 1, d)
    if k < 1 or not centred.any():
        return flat
    wide = d > n
    gram = centred @ centred.T if wide else centred.T @ centred
    last = len(gram) - 1
    values, basis = eigh(gram, subset_by_index=(last - k + 1, last))
    basis = basis[:, ::-1]
    flat[:, :k] = basis * np.sqrt(np.maximum(values[::-1], 0)) if wide else centred @ basis
    signs = np.sign(flat[np.abs(flat).argmax(0), range(2)])
    scale = np.abs(flat).max()
    flat *= np.where(signs == 0, 1.0, signs) / (scale or 1.0)
    return np.round(flat, 6)


def _wanted(vectors: Floats, radii: Floats) -> Floats:
    """Where each circle would stand if circles could overlap: round the largest, so as to fill a disc evenly.

    The distance to the centre follows how unlike the largest a problem is; the direction follows the principal plane.
    Both are spread by rank, weighted by area, so that no part of the disc is crowded.
    """
    first = int(radii.argmax())
    area = radii**2
    unlike = np.round(((vectors - vectors[first]) ** 2).sum(1), 6)
    unlike[first] = -1.0
    order = np.lexsort((np.arange(len(area)), -radii, unlike))
    core, area[first] = area[first], 0.0
    distance = np.empty(len(area))
    distance[order] = np.sqrt(core + (np.cumsum(area[order]) - area[order] / 2) / FILLED)
    distance[first] = 0.0
    flat = _principal(vectors)
    flat = flat - flat[first]
    turn = np.arctan2(flat[:, 1], flat[:, 0])
    angle = 2 * np.pi * _centred_rank(np.round(turn, 6), np.maximum(area, 1e-9))
    around: Floats = np.column_stack([np.cos(angle), np.sin(angle)])
    return distance[:, None] * around


def _packed(wanted: Floats, radii: Floats) -> Floats:
    """Each circle, largest first, at the free place nearest to the wanted one."""
    order = np.lexsort((np.arange(len(radii)), -radii))
    spots, size = np.empty_like(wanted), np.empty(len(radii))
    for n, i in enumerate(order):
        spots[n], size[n] = _free(wanted[i], radii[i], spots[:n], size[:n]), radii[i]
    placed = np.empty_like(wanted)
    placed[order] = spots
    return placed


def _free(want: Floats, radius: float, spots: Floats, size: Floats) -> Floats:
    """The place nearest to `want` where a circle of `radius` touches none of those placed."""
    gap = radius + GAP + 0.06 * radius
    away = np.hypot(*(spots - want).T) - size - gap
    step, inner = max(radius * 0.4, 0.5), 0.0
    if not len(away) or away.min() >= 0:
        return want
    while True:
        outer = inner + 12 * step
        near = away < outer
        found = _ring_search(want, np.arange(inner + step, outer + step / 2, step), spots[near], size[near] + gap)
        if found is not None:
            return found
        inner, step = outer, step * 1.5


def _ring_search(want: Floats, rings: Floats, spots: Floats, clear: Floats) -> Floats | None:
    """The first free candidate on the rings round `want`, the smallest ring first; None where all are taken."""
    turn = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    around = np.column_stack([np.cos(turn), np.sin(turn)])
    candidates = (want + rings[:, None, None] * around).reshape(-1, 2)
    squared = ((candidates[:, None, :] - spots) ** 2).sum(2)
    free = (squared >= clear**2).all(1)
    return candidates[int(free.argmax())] if free.any() else None


def _apart(groups: list[_Group]) -> Floats:
    """A centre for each theme, so that their discs, with room for a label, are clear of each other."""
    radii = np.array([g.radius for g in groups])
    radii = radii + MARGIN * (np.median(radii) if len(radii) else 0.0)
    centres = _spread(np.array([g.mean for g in groups]), radii) if groups else np.zeros((0, 2))
    reach = radii[:, None] + radii
    for n in range(ROUNDS):
        if n < ROUNDS // 4:
            centres = centres * PULL
        delta = centres[:, None] - centres
        distance = np.hypot(delta[..., 0], delta[..., 1])
        np.fill_diagonal(distance, np.inf)
        short = np.maximum(reach - distance, 0)
        if n >= ROUNDS // 4 and short.max(initial=0) <= 1e-6 * reach.max(initial=1):
            break
        share = (radii / reach).T  # the smaller one gives way
        push = (short * share / np.maximum(distance, 1e-9))[..., None] * delta
        centres = centres + 0.5 * push.sum(1)
    return _turned(centres * _clearing(centres, reach), radii)


def _turned(centres: Floats, radii: Floats) -> Floats:
    """The whole turned so that it fills the frame best: directions mean nothing, so this one is free."""
    turns = np.arange(36) * (np.pi / 36)
    best, most = centres, 0.0
    for turn in turns:
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        turned = centres @ spin
        width, height = ((turned + radii[:, None]).max(0) - (turned - radii[:, None]).min(0)) if len(radii) else (1, 1)
        fill = round(min(ASPECT / width, 1 / height), 9)
        if fill > most:
            best, most = turned, fill
    return best


def _spread(means: Floats, radii: Floats) -> Floats:
    """First places of the themes: by rank along the two principal axes, in a frame about the size they need."""
    flat = _principal(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12))
    area = float((radii**2).sum()) * np.pi / 0.8
    frame = np.sqrt(area * np.array([ASPECT, 1 / ASPECT]))
    ranks = [_centred_rank(flat[:, axis], radii) for axis in (0, 1)]
    return np.column_stack(ranks) * frame


def _centred_rank(values: Floats, radii: Floats) -> Floats:
    """Ranks weighted by radius, between -.5 and .5; ties by index."""
    order = np.lexsort((np.arange(len(values)), values))
    share = np.cumsum(radii[order]) - radii[order] / 2
    rank = np.empty(len(values))
    rank[order] = share / radii.sum() - 0.5
    return rank


def _clearing(centres: Floats, reach: Floats) -> float:
    """How much to widen the whole so that what pushing left overlapping is clear as well."""
    if len(centres) < 2:
        return 1.0
    delta = centres[:, None] - centres
    distance = np.hypot(delta[..., 0], delta[..., 1])
    np.fill_diagonal(distance, np.inf)
    return max(1.0, float((reach / np.maximum(distance, 1e-9))[np.isfinite(distance)].max()))
