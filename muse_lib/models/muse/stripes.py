"""Cut cliques into stripes for the compiled loops, and distribute them over threads."""

from collections import deque
from itertools import pairwise

import numpy as np

from muse_lib.models.muse import compiled
from muse_lib.models.muse.cooccurrence import IN_SIDE_LIST, Cooccurrence
from muse_lib.workers import Workers

NUMBERS_AT_ONCE = 500_000
"""Vector entries per batch, 2 MB in float32: they stay in the cache until they are added."""


class Stripes:
    """The cliques as stripes of at most `compiled.SIDE` songs by all later songs of the clique.

    Any thread may compute a batch of stripes, into arrays of its own. These are added to the
    gradient in the order of the batches, so rounding does not depend on which thread was faster.

    Parameters
    ----------
    cooccurrence : Cooccurrence
        The counts C.
    """

    def __init__(self, cooccurrence: Cooccurrence) -> None:
        self.cliques = compiled.Cliques(
            cooccurrence.songs,
            cooccurrence.start,
            cooccurrence.cell,
            cooccurrence.codes,
            cooccurrence.side_cells,
            cooccurrence.side_codes,
        )
        lengths = cooccurrence.lengths
        n_stripes = -(-lengths // compiled.SIDE)
        before = np.repeat(np.cumsum(n_stripes) - n_stripes, n_stripes)
        self._clique = np.repeat(np.arange(lengths.size, dtype=np.int32), n_stripes)
        self._top = ((np.arange(before.size) - before) * compiled.SIDE).astype(np.int32)
        self._n_rows = (lengths[self._clique] - self._top).astype(np.int32)
        self._longest = int(lengths.max(initial=0))
        self._free: tuple[object, deque[compiled.Space]] | None = None  # of the last dimension

    def add_gradient(
        self,
        W: np.ndarray,
        b: np.ndarray,
        A: np.ndarray,
        B: np.ndarray,
        workers: Workers,
        dW: np.ndarray,
        db: np.ndarray,
    ) -> float:
        """Add the seen pairs' gradient to dW and db, and return 4 times their part of J - D.

        Parameters
        ----------
        W, b : ndarray
            (n_songs, dim) and (n_songs,), float32 or float64.
        A, B : ndarray
            (n_codes,) the terms of `Objective`, times 4, by code.
        workers : Workers
            Threads to share the work.
        dW, db : ndarray
            Changed in place.
        """
        W = np.ascontiguousarray(W)
        blas, tables = compiled.blas_of(W.dtype), self._tables(A, B)
        batches = self._batches(W.shape[1])
        most = max(int(self._n_rows[batch].sum()) for batch in batches)
        shape = (most, W.shape[1])
        if self._free is None or self._free[0] != (shape, W.dtype):
            self._free = (shape, W.dtype), deque()
        free = self._free[1]

        def of_batch(batch: slice) -> tuple[float, compiled.Space]:
            try:
                space = free.pop()
            except IndexError:
                space = self._space(shape, W.dtype)
            stripes = self._clique[batch], self._top[batch]
            return compiled.seen_pairs(blas, W, b, self.cliques, tables, stripes, space), space

        loss = 0.0
        for batch, (part, space) in zip(batches, workers.map(of_batch, batches), strict=True):
            loss += part
            stripes = self._clique[batch], self._top[batch]
            compiled.add_rows(dW, db, self.cliques, stripes, space)
            free.append(space)
        return 2 * loss  # each pair as (i, j) and (j, i)

    def _tables(self, A: np.ndarray, B: np.ndarray) -> compiled.Tables:
        """Return A and B for one-byte codes and, unchanged, for those of the side list."""
        if not self.cliques.side_cells.size:
            return compiled.Tables(A, B, A, B)
        of_byte = np.zeros((2, IN_SIDE_LIST + 1), A.dtype)
        n_codes = min(A.size, IN_SIDE_LIST)
        of_byte[:, :n_codes] = A[:n_codes], B[:n_codes]
        of_byte[:, IN_SIDE_LIST] = 1, 0
        return compiled.Tables(of_byte[0], of_byte[1], A, B)

    def _batches(self, dim: int) -> list[slice]:
        """Batch the stripes so that their vectors fit into the cache, at least one per batch."""
        batch = np.cumsum(self._n_rows, dtype=np.int64) // max(1, NUMBERS_AT_ONCE // dim)
        cuts = [0, *(np.flatnonzero(np.diff(batch)) + 1).tolist(), batch.size]
        return [slice(begin, end) for begin, end in pairwise(cuts)]

    def _space(self, shape: tuple[int, int], dtype: np.dtype) -> compiled.Space:
        return compiled.Space(
            X=np.empty((self._longest, shape[1]), dtype),
            S=np.empty(compiled.SIDE**2, dtype),
            dW=np.empty(shape, dtype),
            db=np.empty(shape[0], dtype),
        )
