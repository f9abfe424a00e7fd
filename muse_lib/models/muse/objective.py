"""The poster's objective J and its gradient, exactly, over all n^2 pairs of songs.

    J = sum_{i != j} f(M_ij) (w_i . w_j + b_i + b_j - t_ij)^2

with M = C + kappa (Laplace smoothing), f(M) = (M / M_max)^alpha (high co-occurrence scaling) and
t = log M. The poster prints ``+ log M`` in the bracket; then t = -log M (`log_sign`).

With Laplace smoothing no cell is empty, but all unseen cells share one weight and one target. So

    J = f(kappa) sum_{i != j} (s_ij - t(kappa))^2                                   (all pairs)
      + sum_{C_ij > 0} [ f(M_ij) (s_ij - t_ij)^2 - f(kappa) (s_ij - t(kappa))^2 ]  (seen pairs)

where s_ij = w_i . w_j + b_i + b_j. The first sum needs only W'W and sums over songs, O(n d^2);
the second runs over the cliques of the seen pairs. Nothing is n x n, nothing is approximated.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from muse_lib.config import ObjectiveConfig
from muse_lib.errors import InputError
from muse_lib.extras import installed
from muse_lib.models.muse.cliques import ROWS_AT_ONCE, Tile, batches_of
from muse_lib.models.muse.cooccurrence import Cooccurrence
from muse_lib.workers import Workers

if TYPE_CHECKING:
    from muse_lib.models.muse.stripes import Stripes

ignore_overflow = np.errstate(over="ignore", invalid="ignore")
"""A diverging run overflows before it is stopped; training reports it through the loss."""


def dense_loss(
    C: np.ndarray, smoothing: float, alpha: float, W: np.ndarray, b: np.ndarray
) -> float:
    """Return J by its definition, over the full n x n matrix; `Objective` gives the same value.

    Parameters
    ----------
    C : ndarray
        (n, n) counts.
    smoothing, alpha : float
        kappa and the exponent of the weight.
    W, b : ndarray
        (n, dim) vectors and (n,) biases.
    """
    M = C + smoothing
    i, j = np.nonzero((M > 0) & ~np.eye(len(M), dtype=bool))
    s = np.einsum("pd,pd->p", W[i], W[j]) + b[i] + b[j]
    return float(np.sum((M[i, j] / M[i, j].max()) ** alpha * (s - np.log(M[i, j])) ** 2))


@dataclass
class Sums:
    """The sums over songs that the sum over all pairs needs.

    Attributes
    ----------
    n : int
        Number of songs.
    a : float64
        sum a_i, where a_i = b_i - t0 / 2.
    gram : ndarray
        W'W, (dim, dim).
    w, aw : ndarray
        sum w_i and sum a_i w_i, (dim,).
    """

    n: int
    a: np.float64
    gram: np.ndarray
    w: np.ndarray
    aw: np.ndarray

    @classmethod
    def none(cls, dim: int, dtype: np.dtype) -> "Sums":
        """Return the sums over no songs."""
        sums = np.zeros((dim, dim), dtype), np.zeros(dim, dtype), np.zeros(dim, dtype)
        return cls(0, np.float64(0), *sums)

    def __iadd__(self, other: "Sums") -> "Sums":
        self.n += other.n
        self.a += other.a
        self.gram += other.gram
        self.w += other.w
        self.aw += other.aw
        return self


@dataclass(frozen=True)
class Objective:
    """J for one co-occurrence matrix.

    Attributes
    ----------
    cooccurrence : Cooccurrence
        The counts C.
    smoothing : float
        kappa >= 0, the Laplace count; at 0 unseen pairs drop out of the objective.
    alpha : float
        Exponent of the weight.
    log_sign : int
        -1 as in GloVe (default), +1 as the poster prints it.
    fast : bool
        Whether numba computes the seen pairs; default: if it is installed. It rounds differently
        from NumPy, so the last digits of vectors depend on it.

    Raises
    ------
    InputError
        If no two songs share a playlist: there is nothing to learn from.
    """

    cooccurrence: Cooccurrence
    smoothing: float = 1.0
    alpha: float = 0.75
    log_sign: int = -1
    fast: bool = field(default_factory=lambda: installed("fast"))

    def __post_init__(self) -> None:
        if self.cooccurrence.max_count == 0:
            raise InputError(
                f"no two of the {self.cooccurrence.n_songs} songs share a playlist, so there is "
                f"nothing to learn from: provide playlists of at least two songs."
            )
        if self.fast:
            _ = self._stripes  # load numba and SciPy's BLAS before threads are limited

    @classmethod
    def of(cls, cooccurrence: Cooccurrence, config: ObjectiveConfig) -> "Objective":
        """Return the objective that a configuration describes."""
        return cls(cooccurrence, config.smoothing, config.alpha, config.log_sign)

    @property
    def kernel(self) -> str:
        """What computes the seen pairs: ``numba`` or ``numpy``."""
        return "numba" if self.fast else "numpy"

    @property
    def max_value(self) -> float:
        """M_max, the largest value of M off the diagonal."""
        return self.cooccurrence.max_count + self.smoothing

    def weight(self, M: np.ndarray | float) -> np.ndarray:
        """f(M) = (M / M_max)^alpha: the poster's "High Co-Occurrence Scaling", in (0, 1]."""
        return np.power(np.asarray(M, dtype=float) / self.max_value, self.alpha)

    def target(self, M: np.ndarray | float) -> np.ndarray:
        """t(M): what s_ij should be, log M with the sign of GloVe."""
        return np.asarray(-self.log_sign * np.log(np.asarray(M, dtype=float)))

    @property
    def unseen(self) -> tuple[float, float]:
        """f(kappa) and t(kappa), the weight and the target of every unseen pair."""
        if self.smoothing == 0:
            return 0.0, 0.0
        return float(self.weight(self.smoothing)), float(self.target(self.smoothing))

    @property
    def unseen_share(self) -> float:
        """Share of unseen pairs in the total weight of J, sum of f(M_ij), in [0, 1]."""
        n, cells = self.cooccurrence.n_songs, self.cooccurrence.cells_per_code
        unseen = self.unseen[0] * (n * (n - 1) - cells.sum())
        seen = cells @ self.weight(self.cooccurrence.counts[1:] + self.smoothing)
        return float(unseen / (unseen + seen))

    @cached_property
    def _seen(self) -> tuple[np.ndarray, np.ndarray, float]:
        """The seen pairs' sum in powers of s: A s^2 - 2 B s + D, with A and B by code.

        f (s - t)^2 - f0 (s - t0)^2 = (f - f0) s^2 - 2 (f t - f0 t0) s + (f t^2 - f0 t0^2);
        D, summed over all seen cells, does not depend on the vectors. At code 0, A = B = 0.
        """
        f0, t0 = self.unseen
        M = self.cooccurrence.counts[1:] + self.smoothing
        f, t = self.weight(M), self.target(M)
        D = float(self.cooccurrence.cells_per_code @ (f * t**2 - f0 * t0**2))
        return np.append(0, f - f0), np.append(0, f * t - f0 * t0), D

    @ignore_overflow
    def loss_and_gradient(
        self,
        W: np.ndarray,
        b: np.ndarray,
        workers: Workers,
        out: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Return J, dJ/dW and dJ/db.

        As r_ij = s_ij - t_ij and f_ij are symmetric, and every song occurs as i and as j,
        dJ/dw_i = 4 sum_j f_ij r_ij w_j and dJ/db_i = 4 sum_j f_ij r_ij.

        Parameters
        ----------
        W : ndarray
            (n_songs, dim) song vectors, float32 or float64; sets the precision.
        b : ndarray
            (n_songs,) biases.
        workers : Workers
            Threads to share the work; the result is bit for bit the same with any number.
        out : (ndarray, ndarray), optional
            Arrays for the gradients, to avoid allocating them.
        """
        dW, db = (np.empty_like(W), np.empty_like(b)) if out is None else out
        if self.smoothing > 0:
            of_all = self.all_pairs_sums(W, b, workers)
            loss = self.all_pairs(W, b, of_all, workers, dW, db)
        else:
            loss = 0.0
            dW[:], db[:] = 0, 0
        return loss + self.add_seen_pairs(W, b, workers, dW, db), dW, db

    def all_pairs_sums(self, W: np.ndarray, b: np.ndarray, workers: Workers) -> "Sums":
        """Return the sums over all songs, or over some: those of disjoint sets add up."""
        a = self._shifted(W, b)
        blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(W), ROWS_AT_ONCE)]
        total = Sums.none(W.shape[1], W.dtype)

        @ignore_overflow
        def sums(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            w = W[rows]
            return w.T @ w, w.sum(axis=0), a[rows] @ w  # NumPy computes half of a product w' w

        for product, of_w, of_aw in workers.map(sums, blocks):
            total.gram += product
            total.w += of_w
            total.aw += of_aw
        total.n, total.a = len(W), a.sum(dtype=np.float64)
        return total

    def all_pairs(
        self,
        W: np.ndarray,
        b: np.ndarray,
        of_all: "Sums",
        workers: Workers,
        dW: np.ndarray,
        db: np.ndarray,
    ) -> float:
        """Write the gradient of f0 sum_{i != j} (s_ij - t0)^2, return the songs i's part of it.

        With a_i = b_i - t0 / 2, r_ij = w_i . w_j + a_i + a_j, so over all j, including i,
        sum_j r_ij w_j = W'W w_i + a_i sum_j w_j + sum_j a_j w_j and
        sum_j r_ij     = w_i . sum_j w_j + n a_i + sum_j a_j; and as r is symmetric,
        sum_ij r_ij^2  = sum_i w_i . (sum_j r_ij w_j) + 2 sum_i a_i sum_j r_ij.

        Parameters
        ----------
        W, b : ndarray
            Of the songs i, (n, dim) and (n,): all songs or some.
        of_all : Sums
            The sums over all songs j.
        workers : Workers
            Threads to share the work.
        dW, db : ndarray
            Overwritten.
        """
        f0 = self.unseen[0]
        a = self._shifted(W, b)
        blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(W), ROWS_AT_ONCE)]

        @ignore_overflow
        def of_rows(rows: slice) -> float:
            w, a_i, d_w = W[rows], a[rows], dW[rows]
            np.matmul(w, of_all.gram, out=d_w)
            d_w += a_i[:, None] * of_all.w
            d_w += of_all.aw
            d_b = w @ of_all.w + of_all.n * a_i + of_all.a
            loss = np.vdot(w, d_w) + 2 * np.vdot(a_i, d_b)
            itself = np.einsum("id,id->i", w, w) + 2 * a_i
            d_w -= itself[:, None] * w
            d_w *= 4 * f0
            db[rows] = 4 * f0 * (d_b - itself)
            return float(loss - np.vdot(itself, itself))

        return f0 * sum(workers.map(of_rows, blocks))

    def _shifted(self, W: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return a = b - t0 / 2, in the precision of W."""
        return (b - self.unseen[1] / 2).astype(W.dtype)

    def add_seen_pairs(
        self, W: np.ndarray, b: np.ndarray, workers: Workers, dW: np.ndarray, db: np.ndarray
    ) -> float:
        """Return the sum over C_ij > 0 of f (s - t)^2 - f0 (s - t0)^2 and add its gradient.

        In a clique, S = W_p W_p' + b_p + b_p' and R = 4 (A S - B) (zero where the pair is not
        owned); R W_p and R 1 are added to the gradients of its songs.
        """
        A, B, D = self._seen
        A, B = (4 * A).astype(W.dtype), (4 * B).astype(W.dtype)
        if self.fast:
            return D + self._stripes.add_gradient(W, b, A, B, workers, dW, db) / 4

        @ignore_overflow
        def of_tiles(tiles: list[Tile]) -> tuple[float, list[np.ndarray], list[np.ndarray]]:
            loss, d_ws, d_bs = 0.0, [], []
            for tile in tiles:
                W_p, b_p = W[tile.songs], b[tile.songs]
                S = W_p[:, tile.rows] @ W_p.swapaxes(1, 2)
                S += b_p[:, tile.rows, None]
                S += b_p[:, None]
                R, B_p = A.take(tile.codes), B.take(tile.codes)  # half the time of A[codes]
                R *= S
                R -= B_p
                loss += float(np.vdot(S, R) - np.vdot(S, B_p))
                d_ws.append(R @ W_p)
                d_bs.append(R.sum(axis=2))
            return loss, d_ws, d_bs

        loss = 0.0
        parts = workers.map(of_tiles, self._batches)
        for tiles, (part, d_ws, d_bs) in zip(self._batches, parts, strict=True):
            loss += part
            for tile, d_w, d_b in zip(tiles, d_ws, d_bs, strict=True):
                songs = tile.songs[:, tile.rows]
                dW[songs] += d_w
                db[songs] += d_b
        return D + loss / 4

    @cached_property
    def _stripes(self) -> "Stripes":
        from muse_lib.models.muse.stripes import Stripes

        return Stripes(self.cooccurrence)

    @cached_property
    def _batches(self) -> list[list[Tile]]:
        return batches_of(self.cooccurrence)
