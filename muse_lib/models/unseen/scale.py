"""From estimates to vectors and biases as a model has them, so that its scores mean the same."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from muse_lib.models.base import unit
from muse_lib.models.embedding import Embedding

BIAS = 0.25
"""The share of trained songs whose bias is below that of a new one."""


@dataclass(frozen=True)
class Scale:
    """How long the vectors of new songs are, and how common new songs are taken to be.

    Attributes
    ----------
    length : float
        Of every vector. 1 for a model that asks for cosines.
    bias : float
        Of every song. 0 for a model that asks for cosines.
    """

    length: float = 1.0
    bias: float = 0.0

    @classmethod
    def of(cls, trained: Embedding) -> Self:
        """Return that of a model."""
        if trained.artist_bonus is None:
            return cls()
        length = np.median(np.linalg.norm(trained.vectors, axis=1))
        return cls(float(length), float(np.quantile(trained.biases, BIAS)))

    def of_estimates(self, estimates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors and the biases, (n_new, dim) and (n_new,) float, of estimates."""
        return self.length * unit(estimates), np.full(len(estimates), self.bias)
