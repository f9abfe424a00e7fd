"""Baselines from the co-occurrence counts C: cosines of its rows, and PPMI for factorisation."""

import numpy as np
import scipy.sparse

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.data.row_blocks import blocks
from muse_lib.models.base import Model, Rule
from muse_lib.models.baselines.rival import n_cells
from muse_lib.models.baselines.weighting import row_lengths, row_products
from muse_lib.models.muse.cooccurrence import count_cooccurrence

MOST_CELLS = 50_000_000
"""Cells up to which C is formed explicitly: some GB, including temporary arrays."""


def cooccurrence_cosine(vocabulary: Vocabulary, _seed: int) -> Model:
    """Score a pair by the cosine of two rows of C, a continuation by the sum of cosines.

    If C would have more than `MOST_CELLS` cells, its rows are computed on demand.
    """
    if n_cells(vocabulary) > MOST_CELLS:
        implicit = ImplicitCooccurrence(incidence(vocabulary.playlists, len(vocabulary.songs)))
        return Rule(implicit.cosine, implicit.continuation_scores)
    C = count_cooccurrence(vocabulary.playlists, len(vocabulary.songs)).tosparse()
    length = row_lengths(C)
    scale = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1))
    unit = scipy.sparse.csr_array(scale @ C)
    return Rule(
        lambda i, j: row_products(unit, i, j),
        lambda given: np.asarray(unit @ unit[given].sum(axis=0)),
    )


class ImplicitCooccurrence:
    """C = X X' - diag(popularity) for a 0/1 matrix X (n_songs, n_playlists), never formed.

    Parameters
    ----------
    X : csr_array
        Which song is in which playlist.
    """

    def __init__(self, X: scipy.sparse.csr_array) -> None:
        self._X = X.astype(np.float64)
        self._X_t = scipy.sparse.csr_array(self._X.T)
        self._popularity = np.diff(X.indptr).astype(float)
        self._cost = self._X @ np.diff(self._X_t.indptr)  # cells of a row, at most
        squares = np.zeros(X.shape[0])
        for part in blocks(self._cost):
            squares[part] = (self._rows(np.arange(part.start, part.stop)) ** 2).sum(axis=1)
        length = np.sqrt(squares)
        self._scale = 1 / np.where(length > 0, length, 1)

    def _rows(self, songs: np.ndarray) -> scipy.sparse.csr_array:
        """Return some rows of C."""
        shape = (songs.size, self._X.shape[0])
        cells = (self._popularity[songs], (np.arange(songs.size), songs))
        own = scipy.sparse.csr_array(cells, shape=shape)
        return scipy.sparse.csr_array(self._X[songs] @ self._X_t - own)

    def cosine(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return the cosine of rows i and j, (n_pairs,) float."""
        products = np.zeros(i.size)
        for part in blocks(self._cost[i] + self._cost[j]):
            products[part] = self._rows(i[part]).multiply(self._rows(j[part])).sum(axis=1)
        return np.asarray(products * self._scale[i] * self._scale[j])

    def continuation_scores(self, given: np.ndarray) -> np.ndarray:
        """Return the cosines of all rows with those of the given songs, summed."""
        weight = np.bincount(given, minlength=self._scale.size) * self._scale
        return np.asarray(self._scale * self._times(self._times(weight)))

    def _times(self, v: np.ndarray) -> np.ndarray:
        """Return C v."""
        return np.asarray(self._X @ (self._X_t @ v) - self._popularity * v)


def positive_information(C: scipy.sparse.csr_array, shift: float) -> scipy.sparse.csr_array:
    """Return the shifted positive pointwise mutual information of the counts C, sparse.

    max(0, log C_ij sum(C) / (sum_j C_ij sum_i C_ij) - log k), where a ``shift`` k above 1
    requires more than chance: it is what skip-gram with k negative samples factorises.
    """
    cells = C.tocoo()
    total = cells.sum(axis=1)
    information = np.log(cells.data * total.sum() / (total[cells.row] * total[cells.col] * shift))
    kept = information > 0
    return scipy.sparse.csr_array(
        (information[kept], (cells.row[kept], cells.col[kept])), shape=cells.shape
    )
