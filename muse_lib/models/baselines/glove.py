"""GloVe as published: two vectors and two biases per song, trained on seen pairs only."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Vectors
from muse_lib.models.baselines.rival import Rounds, last, n_cells
from muse_lib.models.muse.cliques import Tile, batches_of
from muse_lib.models.muse.cooccurrence import Cooccurrence, count_cooccurrence
from muse_lib.models.muse.optimizers import adagrad
from muse_lib.seeds import stream
from muse_lib.workers import Workers

STEP = 0.05
"""Step size of AdaGrad, as published."""

Parameters = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""W and U, (n_songs, dim), and their biases b and c, (n_songs,)."""


def glove(
    vocabulary: Vocabulary,
    seed: int,
    dim: int = 100,
    epochs: int = 50,
    x_max: float = 10.0,
    alpha: float = 0.75,
    step: float = STEP,
) -> Model:
    """Return the vectors w + u of GloVe (Pennington, Socher and Manning 2014).

    They minimise, with C_ij the number of playlists that contain both i and j,

        J = 1/2 sum over C_ij > 0 of f(C_ij) (w_i . u_j + b_i + c_j - log C_ij)^2,
        f(x) = min(1, (x / x_max)^alpha).

    The optimiser is AdaGrad as published, but on the full gradient, not cell by cell. MuSE as
    printed on the poster has one vector per song and counts + 1, hence uses all pairs. Here
    nothing separates songs that never co-occur, and if nearly all counts are 1, with logarithm 0,
    the biases alone nearly fit all targets.

    Parameters
    ----------
    dim : int
        Length of a song vector.
    epochs : int
        Full-batch steps.
    x_max : float
        The count from which a pair has weight 1. The authors' 100 is for text, where counts run
        into the thousands.
    alpha : float
        Exponent of the weight.
    step : float
        Step size of AdaGrad.
    """
    return last(glove_along(vocabulary, seed, [epochs], dim, x_max, alpha, step))


def glove_along(
    vocabulary: Vocabulary,
    seed: int,
    read_at: Collection[int],
    dim: int = 100,
    x_max: float = 10.0,
    alpha: float = 0.75,
    step: float = STEP,
) -> Rounds:
    """Yield the vectors after given numbers of epochs of one run of `glove`."""
    n_songs = len(vocabulary.songs)
    loss = Loss(count_cooccurrence(vocabulary.playlists, n_songs), x_max, alpha)
    rng = stream(seed, "glove")
    shapes = ((n_songs, dim), (n_songs, dim), n_songs, n_songs)
    theta = [((rng.random(shape) - 0.5) / dim).astype(np.float32) for shape in shapes]
    squares = [np.ones_like(part) for part in theta]
    W, U, b, c = theta
    for epoch in range(1, max(read_at) + 1):
        with Workers() as workers:
            _, gradient = loss.value_and_gradient((W, U, b, c), workers)
        for part, slope, slots in zip(theta, gradient, squares, strict=True):
            adagrad(part, slope, [slots], step, epoch)
        if epoch in read_at:
            yield epoch, Vectors(W + U)


def glove_needs(vocabulary: Vocabulary, dim: int = 100, **_: object) -> float:
    """Return the approximate bytes of a fit: C, parameters, their squares and gradients."""
    return 6 * n_cells(vocabulary) + 6 * 4 * dim * len(vocabulary.songs)


@dataclass(frozen=True)
class Loss:
    """J of GloVe for one co-occurrence matrix, over the cliques of its seen cells.

    Attributes
    ----------
    cooccurrence : Cooccurrence
        The counts C.
    x_max, alpha : float
        Parameters of the weight f.
    """

    cooccurrence: Cooccurrence
    x_max: float
    alpha: float

    def value_and_gradient(self, theta: Parameters, workers: Workers) -> tuple[float, Parameters]:
        """Return J and its gradient, bit for bit the same with any number of threads.

        In a clique, S = W_p U_p' + b_p + c_p' and R = f (S - log C), zero where the clique does
        not own the pair. R U_p is added to dW_p, R' W_p to dU_p, and the sums of R to the biases.
        """
        W, U, b, c = theta
        counts = self.cooccurrence.counts[1:]
        f = np.minimum(1, (counts / self.x_max) ** self.alpha)
        weight = np.append(0, f).astype(W.dtype)
        target = np.append(0, f * np.log(counts)).astype(W.dtype)

        def of_tiles(tiles: list[Tile]) -> tuple[float, list[tuple[np.ndarray, ...]]]:
            value, slopes = 0.0, list[tuple[np.ndarray, ...]]()
            for tile in tiles:
                W_p, U_p = W[tile.songs[:, tile.rows]], U[tile.songs]
                S = W_p @ U_p.swapaxes(1, 2)
                S += b[tile.songs[:, tile.rows], None]
                S += c[tile.songs[:, None]]
                f_p, ft_p = weight.take(tile.codes), target.take(tile.codes)
                R = f_p * S
                R -= ft_p
                value += float(np.vdot(S, R) - np.vdot(S, ft_p))  # f S^2 - 2 f S t
                slopes.append((R @ U_p, R.swapaxes(1, 2) @ W_p, R.sum(axis=2), R.sum(axis=1)))
            return value, slopes

        gradient = (np.zeros_like(W), np.zeros_like(U), np.zeros_like(b), np.zeros_like(c))
        dW, dU, db, dc = gradient
        value = float(self.cooccurrence.cells_per_code @ (f * np.log(counts) ** 2))
        parts = workers.map(of_tiles, self._batches)
        for tiles, (part, slopes) in zip(self._batches, parts, strict=True):
            value += part
            for tile, (d_w, d_u, d_b, d_c) in zip(tiles, slopes, strict=True):
                rows = tile.songs[:, tile.rows]
                dW[rows] += d_w
                dU[tile.songs] += d_u
                db[rows] += d_b
                dc[tile.songs] += d_c
        return value / 2, gradient

    @cached_property
    def _batches(self) -> list[list[Tile]]:
        return batches_of(self.cooccurrence)
