"""J and its gradient by the obvious method, over the n x n matrix: the reference for MuSE."""

from collections.abc import Iterator

import numpy as np

from muse_lib.models.muse.objective import Objective

ROWS_AT_ONCE = 1024
"""Rows of S and R at a time; larger blocks are no faster."""


class Dense:
    """The weights F = f(M) and the targets T = log M as n x n arrays, float32; F has diagonal 0.

    Parameters
    ----------
    objective : Objective
        The objective, with smoothing above 0.
    """

    def __init__(self, objective: Objective) -> None:
        M = objective.cooccurrence.tosparse()
        n = M.shape[0]
        self.F = np.empty((n, n), dtype=np.float32)
        self.T = np.empty((n, n), dtype=np.float32)
        for rows in self._blocks():
            smoothed = M[rows].toarray() + objective.smoothing
            self.F[rows], self.T[rows] = objective.weight(smoothed), objective.target(smoothed)
        np.fill_diagonal(self.F, 0)

    def loss_and_gradient(
        self, W: np.ndarray, b: np.ndarray
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Return J, dJ/dW and dJ/db; S and R are n x n and therefore computed in blocks of rows.

        J = sum F (S - T)^2 with S = W W' + b + b', R = F (S - T), dJ/dW = 4 R W, dJ/db = 4 R 1.
        """
        loss, dW, db = 0.0, np.empty_like(W), np.empty_like(b)
        for rows in self._blocks():
            S = W[rows] @ W.T
            S += b[rows, None]
            S += b
            S -= self.T[rows]
            R = self.F[rows] * S
            loss += float(np.vecdot(R, S).sum(dtype=np.float64))
            np.matmul(R, W, out=dW[rows])
            R.sum(axis=1, out=db[rows])
        dW *= 4
        db *= 4
        return loss, dW, db

    def _blocks(self) -> Iterator[slice]:
        for start in range(0, len(self.F), ROWS_AT_ONCE):
            yield slice(start, start + ROWS_AT_ONCE)
