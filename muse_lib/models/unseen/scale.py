"""The scale on which new songs are estimated, and the way back to the scale of a model."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from muse_lib.models.base import unit
from muse_lib.models.embedding import Embedding


@dataclass(frozen=True)
class Scale:
    """The length of vectors, and the bias that new songs get.

    Estimates are means of vectors. For a model that uses cosines they are means of unit vectors.
    If continuation is by dot product, lengths carry meaning, so all vectors are divided by one
    number instead, their median length. A new song gets that length and the median bias, as the
    biases of trained songs differ little.

    Attributes
    ----------
    length : float or None
        The median length of the trained vectors; None if each is scaled to length 1.
    bias : float
        The bias of every new song; 0 if the model uses cosines.
    """

    length: float | None = None
    bias: float = 0.0

    @classmethod
    def of(cls, trained: Embedding) -> Self:
        """Return the scale of a model."""
        if trained.artist_bonus is None:
            return cls()
        length = float(np.median(np.linalg.norm(trained.vectors, axis=1)))
        return cls(length if length > 0 else 1.0, float(np.median(trained.biases)))

    def known(self, trained: Embedding) -> np.ndarray:
        """Return trained vectors on the scale of estimation, (n_songs, dim) float."""
        return trained.unit if self.length is None else np.asarray(trained.vectors / self.length)

    def vectors(self, estimates: np.ndarray) -> np.ndarray:
        """Return the vectors of new songs, (n_new, dim) float, all of one length."""
        return (self.length or 1.0) * unit(estimates)

    def biases(self, n_new: int) -> np.ndarray:
        """Return the biases of new songs, (n_new,) float."""
        return np.full(n_new, self.bias)
