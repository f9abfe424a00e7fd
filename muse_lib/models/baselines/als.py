"""Implicit-feedback matrix factorisation by alternating least squares: playlists are the users."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.sparse

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.models.base import Model, Rule, Vectors
from muse_lib.models.baselines.rival import Rounds, last
from muse_lib.seeds import stream
from muse_lib.workers import one_blas_thread

CELLS_AT_ONCE = 4_000_000
"""Entries of the fixed side's factors gathered at once: 32 MB."""


def als(
    vocabulary: Vocabulary,
    seed: int,
    factors: int = 20,
    regularization: float = 10.0,
    alpha: float = 10.0,
    frequency_scale: float = 0.0,
    iterations: int = 15,
) -> Model:
    """Return the factors of playlists w and of songs h (Hu, Koren and Volinsky 2008).

    They minimise, by exact alternating steps in w and h,

        sum_pi c_pi (x_pi - w_p . h_i)^2 + lambda (sum_p r_p |w_p|^2 + sum_i r_i |h_i|^2),

    where x_pi = 1 and c_pi = alpha if playlist p contains song i, and x_pi = 0 and c_pi = 1
    otherwise. r is the total weight of a row, sum_i c_pi for a playlist and sum_p c_pi for a
    song, to the power nu and divided by its mean: at nu = 1 frequent rows are regularised more,
    at nu = 0 all alike (Rendle, Krichene, Zhang and Koren 2022, "Revisiting the Performance of
    iALS").

    A pair is scored by the cosine of the songs' factors; a continuation, as in the method, by
    the dot product with the factors of a new playlist that contains the given songs.

    Parameters
    ----------
    factors : int
        Length of a song vector.
    regularization : float
        lambda > 0.
    alpha : float
        Above 1: weight of a song in a playlist; songs not in it have weight 1.
    frequency_scale : float
        nu, in [0, 1].
    iterations : int
        How often both sides are solved.
    """
    chosen = (factors, regularization, alpha, frequency_scale)
    return last(als_along(vocabulary, seed, [iterations], *chosen))


def als_along(
    vocabulary: Vocabulary,
    seed: int,
    read_at: Collection[int],
    factors: int = 20,
    regularization: float = 10.0,
    alpha: float = 10.0,
    frequency_scale: float = 0.0,
) -> Rounds:
    """Yield the models after given numbers of iterations of one run of `als`."""
    songs_of = scipy.sparse.csr_array(incidence(vocabulary.playlists, len(vocabulary.songs)).T)
    playlists_of = scipy.sparse.csr_array(songs_of.T)
    cost = Cost(regularization, alpha, frequency_scale)
    mean_of_playlists, mean_of_songs = (
        float(cost.scale(np.diff(X.indptr), X.shape[1]).mean()) for X in (songs_of, playlists_of)
    )
    shape = (len(vocabulary.songs), factors)
    H = stream(seed, "als").normal(scale=0.1 / np.sqrt(factors), size=shape)
    for iteration in range(1, max(read_at) + 1):
        W = cost.solve(songs_of, Rotated.of(H), mean_of_playlists)
        H = cost.solve(playlists_of, Rotated.of(W), mean_of_songs)
        if iteration in read_at:
            yield iteration, _model(H, cost, mean_of_playlists)


def als_needs(vocabulary: Vocabulary, factors: int = 20, **_: object) -> float:
    """Return the approximate bytes of a fit: factors of both sides, plain and rotated."""
    n_rows = len(vocabulary.songs) + len(vocabulary.playlists)
    n_held = sum(songs.size for songs in vocabulary.playlists)
    return 3 * 8 * factors * n_rows + 24 * n_held + 16 * CELLS_AT_ONCE


def _model(H: np.ndarray, cost: "Cost", mean_scale: float) -> Model:
    """Return the model with song factors H; a new playlist is solved like those of training."""
    rotated = cache(lambda: Rotated.of(H))  # not needed for pairs

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        held = scipy.sparse.csr_array(incidence([given], len(H)).T)
        (playlist,) = cost.solve(held, rotated(), mean_scale)
        with one_blas_thread():
            return np.asarray(H @ playlist)

    return Rule(Vectors(H).similarity, continuation_scores)


@dataclass(frozen=True)
class Rotated:
    """Factors H in the basis in which H'H is diagonal: H'H = Q D Q'.

    Attributes
    ----------
    D : ndarray
        (factors,)
    Q : ndarray
        (factors, factors)
    HQ : ndarray
        (n, factors)
    """

    D: np.ndarray
    Q: np.ndarray
    HQ: np.ndarray

    @classmethod
    def of(cls, H: np.ndarray) -> "Rotated":
        """Return H and the basis."""
        with one_blas_thread():
            D, Q = np.linalg.eigh(H.T @ H)
            return cls(np.maximum(D, 0), Q, H @ Q)


@dataclass(frozen=True)
class Cost:
    """The cost function of `als`, given by lambda, alpha and nu."""

    regularization: float
    alpha: float
    frequency_scale: float

    def scale(self, n_held: np.ndarray, n_columns: int) -> np.ndarray:
        """Return the total weight, to the power nu, of rows with ``n_held`` of the columns."""
        return np.asarray((n_columns + (self.alpha - 1) * n_held) ** self.frequency_scale)

    def solve(self, X: scipy.sparse.csr_array, fixed: Rotated, mean_scale: float) -> np.ndarray:
        """Return the factors of the rows of X, (n_rows, factors), given those of its columns.

        w = alpha A^-1 H_p' 1 with A = H'H + lambda r I + (alpha - 1) H_p' H_p, where H_p are the
        factors of the columns that the row contains. In the basis Q, A without its last term is
        diagonal for every r. With k columns, fewer than factors, a k x k system remains:

            w = alpha E H_p' (I + (alpha - 1) H_p E H_p')^-1 1,   E = (D + lambda r)^-1.

        Rows of the same length are solved together.
        """
        n_held = np.diff(X.indptr)
        W = np.zeros((X.shape[0], fixed.D.size))
        with one_blas_thread():
            for k in np.unique(n_held[n_held > 0]):
                rows = np.flatnonzero(n_held == k)
                r = self.scale(k, X.shape[1]) / mean_scale
                diagonal = fixed.D + self.regularization * r
                n_parts = -(-rows.size * int(k) * fixed.D.size // CELLS_AT_ONCE)
                for part in np.array_split(rows, n_parts):
                    columns = X.indices[X.indptr[part, None] + np.arange(k)]
                    W[part] = self.alpha * _solved(fixed.HQ[columns], diagonal, self.alpha - 1)
            return np.asarray(W @ fixed.Q.T)


def _solved(H: np.ndarray, diagonal: np.ndarray, weight: float) -> np.ndarray:
    """Return (diag + weight H'H)^-1 H'1 for each H of a stack (n, k, factors)."""
    n, k, factors = H.shape
    if k < factors:
        scaled = H / diagonal
        gram = np.eye(k) + weight * (scaled @ H.swapaxes(1, 2))
        dual = np.linalg.solve(gram, np.ones((n, k, 1)))
        return np.asarray((dual.swapaxes(1, 2) @ scaled)[:, 0])
    gram = np.diag(diagonal) + weight * (H.swapaxes(1, 2) @ H)
    return np.asarray(np.linalg.solve(gram, H.sum(axis=1)[:, :, None])[:, :, 0])
