"""How large a demonstration is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DAYS: Final = 80
"""Days between the campaign's first day and today."""


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of what is made.

    Attributes
    ----------
    n_contacts, n_cities, n_counties
        Contact units, cities below each of them, counties below each city; cities and counties are batch 2.
    n_others
        The other units of batch 1, spread over the sectors.
    team
        Fewest and most members of a leading team, the head included.
    n_watched
        Units that one supervision group watches.
    """

    name: str
    n_contacts: int
    n_cities: int
    n_counties: int
    n_others: int
    n_sectors: int
    team: tuple[int, int]
    n_watched: int
    n_terms: int
    n_notices: int


SIZES: Final = {
    "XS": Size("XS", 3, 1, 1, 11, 2, (3, 5), 7, 3, 3),
    "S": Size("S", 7, 5, 5, 252, 6, (9, 14), 13, 7, 6),
    "L": Size("L", 70, 5, 5, 2_520, 6, (9, 14), 13, 7, 6),
}
