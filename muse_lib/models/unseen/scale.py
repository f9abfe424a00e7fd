"""The space in which new songs are estimated, and the way back to vectors as a model has them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from muse_lib.models.base import unit
from muse_lib.models.embedding import Embedding


@dataclass(frozen=True)
class Scale:
    """How long vectors are, and how common new songs are taken to be.

    Estimates are means. A model that asks for cosines is estimated by its unit vectors. Where
    lists are continued by product, lengths mean something, so that the vectors are taken as they
    stand, all parts of them alike, and are divided by one number: their median length. A new song
    gets that length, and the median of the biases: those of trained songs differ by little.

    Attributes
    ----------
    length : float or None
        The median length of the trained vectors; None where each is taken at length 1.
    bias : float
        Of every new song; 0 where cosines are asked for.
    """

    length: float | None = None
    bias: float = 0.0

    @classmethod
    def of(cls, trained: Embedding) -> Self:
        """Return that of a model."""
        if trained.artist_bonus is None:
            return cls()
        length = float(np.median(np.linalg.norm(trained.vectors, axis=1)))
        return cls(length if length > 0 else 1.0, float(np.median(trained.biases)))

    def known(self, trained: Embedding) -> np.ndarray:
        """Return trained vectors as estimates are made of them, (n_songs, dim) float."""
        return trained.unit if self.length is None else np.asarray(trained.vectors / self.length)

    def vectors(self, estimates: np.ndarray) -> np.ndarray:
        """Return the vectors of new songs, (n_new, dim) float, all of one length."""
        return (self.length or 1.0) * unit(estimates)

    def biases(self, n_new: int) -> np.ndarray:
        """Return the biases of new songs, (n_new,) float."""
        return np.full(n_new, self.bias)
