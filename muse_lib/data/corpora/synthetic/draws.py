"""Random draws that the synthetic world needs and NumPy does not provide."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import ndtri


def evenly_spread_normal(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the n mid-quantiles of the normal distribution, shuffled.

    With skewed lengths and fame, a few of n random draws would determine the size of the world.
    """
    return rng.permutation(ndtri((np.arange(n) + 0.5) / n))


def power_law(n: int, skew: float) -> np.ndarray:
    """Return r^-skew for the ranks r = 1 .. n."""
    return np.arange(1, n + 1, dtype=np.float64) ** -skew


@dataclass(frozen=True)
class Urns:
    """Many urns of weighted items, to draw one item from each of a million urns in one call.

    Attributes
    ----------
    items : ndarray
        The items, grouped by urn.
    starts : ndarray
        (n_urns + 1,) int: urn u holds ``items[starts[u]:starts[u + 1]]``.
    heaped : ndarray
        (n_items + 1,) float: the cumulative weights over all urns, from 0.
    """

    items: np.ndarray
    starts: np.ndarray
    heaped: np.ndarray

    @classmethod
    def of(cls, urn: np.ndarray, items: np.ndarray, weights: np.ndarray, n_urns: int) -> Self:
        """Build the urns from the urn and weight of each item."""
        order = np.argsort(urn, kind="stable")
        starts = np.searchsorted(urn[order], np.arange(n_urns + 1))
        return cls(items[order], starts, np.concatenate(([0.0], np.cumsum(weights[order]))))

    def draw(self, urns: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw an item from each of ``urns``, by weight, with replacement."""
        first, end = self.starts[urns], self.starts[urns + 1]
        point = rng.uniform(self.heaped[first], self.heaped[end])
        place = np.searchsorted(self.heaped, point, side="right") - 1
        place = np.clip(place, first, end - 1)  # rounding may step out of the urn
        drawn: np.ndarray = self.items[place]
        return drawn
