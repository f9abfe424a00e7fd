"""Item kNN: two songs are as similar as the sets of playlists that contain them."""

import numpy as np
import scipy.sparse

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.data.row_blocks import CELLS_AT_ONCE, blocks
from muse_lib.models.base import Model, Rule
from muse_lib.models.baselines.weighting import row_lengths, row_products, weighted


def item_knn(
    vocabulary: Vocabulary,
    _seed: int,
    k: int = 0,
    shrink: float = 30.0,
    weighting: str = "tf-idf",
) -> Model:
    """Score by the shrunk cosine of the playlists of two songs.

    After Sarwar et al. (2001), with the shrinkage of Bell and Koren (2007):
    s_ij = x_i . x_j / (|x_i| |x_j| + shrink), where x_i is the (weighted) row of song i in the
    songs x playlists matrix. Shrinkage penalises songs with few playlists, which agree by chance.
    Without it, BM25 and TF-IDF are the same, since the length of a row cancels. A continuation is
    scored by the sum of s over the given songs.

    Parameters
    ----------
    k : int
        Number of most similar songs each given song votes for; 0 for all. Pairs are unaffected.
    shrink : float
        At least 0.
    weighting : str
        One of `muse_lib.models.baselines.weighting.WEIGHTINGS`; playlists are the terms.
    """
    X = weighted(incidence(vocabulary.playlists, len(vocabulary.songs)), weighting)
    X_t = scipy.sparse.csr_array(X.T)
    length = row_lengths(X)

    def shrunk(products: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        norm = length[i] * length[j] + shrink
        return np.asarray(products / np.where(norm > 0, norm, 1))

    def rows_of_s(songs: np.ndarray) -> scipy.sparse.csr_array:
        cells = (X[songs] @ X_t).tocoo()
        scores = shrunk(cells.data, songs[cells.row], cells.col)
        return scipy.sparse.csr_array((scores, (cells.row, cells.col)), shape=cells.shape)

    def all_of_s() -> scipy.sparse.csr_array:
        """Return S with only the votes kept; the full S has about a hundred times as many cells."""
        songs, kept = np.arange(len(length)), []
        for part in blocks(X.astype(bool).astype(np.int64) @ np.diff(X_t.indptr)):
            kept.append(strongest(rows_of_s(songs[part]), k, first=part.start))
        return scipy.sparse.csr_array(scipy.sparse.vstack(kept, format="csr"))

    S = all_of_s() if k else None
    return Rule(
        lambda i, j: shrunk(row_products(X, i, j), i, j),
        lambda given: np.asarray((rows_of_s(given) if S is None else S[given]).sum(axis=0)),
    )


def item_knn_needs(vocabulary: Vocabulary, k: int = 0, **_: object) -> float:
    """Return the approximate bytes of a fit: the matrix twice, the votes, some scores."""
    n_held = sum(songs.size for songs in vocabulary.playlists)
    return 24 * n_held + 24 * k * len(vocabulary.songs) + 100 * CELLS_AT_ONCE


def strongest(S: scipy.sparse.csr_array, k: int, first: int = 0) -> scipy.sparse.csr_array:
    """Keep the diagonal and the ``k`` largest other cells of each row, ties by column.

    0 keeps all. The first row of S is row ``first`` of the whole matrix.
    """
    if k == 0:
        return S
    cells = S.tocoo()
    other = cells.row + first != cells.col
    row, column, value = cells.row[other], cells.col[other], cells.data[other]
    order = np.lexsort((column, -value, row))
    n_cells = np.bincount(row, minlength=S.shape[0])
    rank = np.arange(order.size) - np.repeat(np.cumsum(n_cells) - n_cells, n_cells)
    kept = order[rank < k]
    largest = scipy.sparse.csr_array((value[kept], (row[kept], column[kept])), shape=S.shape)
    diagonal = scipy.sparse.diags_array(S.diagonal(first), offsets=first, shape=S.shape)
    return scipy.sparse.csr_array(largest + diagonal)
