"""Rows of large sparse matrices, some at a time: the same numbers, and bounded memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse

CELLS_AT_ONCE = 4_000_000
"""Cells of a sparse matrix that are made or compared at a time: some 100 MB."""


def blocks(costs: np.ndarray, at_once: int | None = None) -> Iterator[slice]:
    """Yield consecutive ranges of items that cost about so much together.

    Parameters
    ----------
    costs : ndarray
        (n,) numbers of at least 0, such as the cells of each row.
    at_once : int, optional
        What a range may cost; `CELLS_AT_ONCE` by default. One item may cost more.

    Examples
    --------
    >>> [(part.start, part.stop) for part in blocks(np.array([1, 1, 5, 1]), at_once=2)]
    [(0, 2), (2, 3), (3, 4)]
    """
    most = CELLS_AT_ONCE if at_once is None else at_once
    total = np.cumsum(costs)
    start = 0
    while start < total.size:
        done = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, done + most, side="right")))
        yield slice(start, stop)
        start = stop


def common(rows: "scipy.sparse.csr_array", i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return how many ones rows i and j of a matrix of 0 and 1 have in common, (n_pairs,) int64."""
    n_cells = np.diff(rows.indptr)
    found = np.zeros(i.size, dtype=np.int64)
    for part in blocks(n_cells[i] + n_cells[j]):
        found[part] = rows[i[part]].multiply(rows[j[part]]).sum(axis=1)
    return found
