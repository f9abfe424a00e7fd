"""The poster's contrastive loss on the cosine of two songs, and its gradient.

    L = mean over pairs of  y (1 - cos(w_i, w_j)) + (1 - y) max(0, cos(w_i, w_j) - m)

Positive pairs (y = 1) are pulled together, negative ones (y = 0) pushed apart until their cosine
is below the margin m. With c_ij = dL/dcos of each pair,

    dL/dw_i = sum_j c_ij (w_j / |w_i| |w_j|  -  cos_ij w_i / |w_i|^2),

which is S W - diag(t) W for a sparse symmetric S: no pair of vectors is ever stored.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from muse_lib.config import ContrastiveConfig, TitleConfig
from muse_lib.data.dataset import Vocabulary
from muse_lib.titles.pairs import SongPairs, TitlePairs, training_title_pairs
from muse_lib.workers import Workers

ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Contrastive:
    """The contrastive term of the joint objective J + weight * L.

    Attributes
    ----------
    pairs : TitlePairs
        Draws the pairs of every epoch.
    weight : float
        Weight of L relative to J (``contrastive_weight``).
    margin : float
        m, in [-1, 1).
    """

    pairs: TitlePairs
    weight: float
    margin: float

    def add_gradient(self, W: np.ndarray, dW: np.ndarray, epoch: int, workers: Workers) -> float:
        """Add weight * dL/dW of one epoch's pairs to ``dW`` and return L."""
        drawn = self.pairs.draw(epoch)
        return contrastive_loss(W, drawn, self.margin, workers, dW, self.weight)


def training_contrastive(
    vocabulary: Vocabulary, config: ContrastiveConfig, titles: TitleConfig, seed: int
) -> Contrastive:
    """Return the contrastive term of a configuration, for the titles of the training playlists."""
    pairs = training_title_pairs(vocabulary, config, titles, seed)
    return Contrastive(pairs, config.contrastive_weight, config.margin)


def contrastive_loss(
    W: np.ndarray,
    pairs: SongPairs,
    margin: float,
    workers: Workers,
    dW: np.ndarray,
    weight: float = 1.0,
) -> float:
    """Return L for pairs of rows of W, and add weight * dL/dW to ``dW``.

    The cosine with a zero vector is 0, and so is its gradient.

    Parameters
    ----------
    W : ndarray
        (n_songs, dim) float32 or float64.
    pairs : SongPairs
        At least one pair.
    margin : float
        m, in [-1, 1).
    workers : Workers
        Threads to share the work; the result is bit for bit the same with any number.
    dW : ndarray
        (n_songs, dim), changed in place.
    weight : float
        Factor of the gradient; the value returned is L itself.
    """
    i, j, y = pairs.i, pairs.j, pairs.y
    length = np.sqrt(np.einsum("nd,nd->n", W, W))
    inverse = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, i.size, ROWS_AT_ONCE)]
    products = workers.map(lambda p: np.einsum("pd,pd->p", W[i[p]], W[j[p]]), blocks)
    cosine = np.concatenate(list(products)) * inverse[i] * inverse[j]
    loss = np.where(y == 1, 1 - cosine, np.maximum(0, cosine - margin)).mean(dtype=np.float64)

    slope = np.where(y == 1, -1, cosine > margin) * (weight / i.size)  # c_ij
    n = len(W)
    entries = (slope * inverse[i] * inverse[j]).astype(W.dtype)
    half = scipy.sparse.coo_array((entries, (i, j)), shape=(n, n)).tocsr()
    S = scipy.sparse.csr_array(half + half.T)
    t = np.bincount(np.append(i, j), np.tile(slope * cosine, 2), minlength=n) * inverse**2
    t = t.astype(W.dtype)

    def of_rows(start: int) -> None:
        rows = slice(start, start + ROWS_AT_ONCE)
        dW[rows] += S[rows] @ W
        dW[rows] -= t[rows, None] * W[rows]

    for _ in workers.map(of_rows, range(0, n, ROWS_AT_ONCE)):
        pass
    return float(loss)
