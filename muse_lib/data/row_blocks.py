"""Process rows of large sparse matrices in blocks: the same numbers in bounded memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse

CELLS_AT_ONCE = 4_000_000
"""Cells of a sparse matrix computed or compared at a time: about 100 MB."""


def blocks(costs: np.ndarray, at_once: int | None = None) -> Iterator[slice]:
    """Yield consecutive ranges of items with a total cost of about ``at_once``.

    Parameters
    ----------
    costs : ndarray
        (n,) non-negative numbers, such as the cells of each row.
    at_once : int, optional
        Maximum cost of a range, `CELLS_AT_ONCE` by default; a single item may exceed it.

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
    """Return how many ones rows i and j of a 0/1 matrix have in common, (n_pairs,) int64."""
    n_cells = np.diff(rows.indptr)
    found = np.zeros(i.size, dtype=np.int64)
    for part in blocks(n_cells[i] + n_cells[j]):
        found[part] = rows[i[part]].multiply(rows[j[part]]).sum(axis=1)
    return found
