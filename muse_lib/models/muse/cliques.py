"""Cut the cliques of seen pairs into blocks that matrix products like."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from muse_lib.models.muse.cooccurrence import Cooccurrence

SHORT = 64
"""Songs of a clique that is stacked with others of its length rather than taken by itself."""


ROWS_AT_ONCE = 1024
"""Rows of W, or of a clique, in one product: 2 MB at d = 500, so that they stay in the cache."""


@dataclass(frozen=True)
class Tile:
    """Rows of k cliques of one length L that have no song in common.

    Attributes
    ----------
    songs : ndarray
        (k, L) int32: the songs of each clique.
    rows : slice
        Which R of the L songs of a clique are rows here; all are columns.
    codes : ndarray
        (k, R, L) unsigned: rows of the cliques' `Cooccurrence.square`.
    """

    songs: np.ndarray
    rows: slice
    codes: np.ndarray


def tiles_of(cooccurrence: Cooccurrence) -> Iterator[Tile]:
    """Cut long cliques into stripes, and stack short ones, of which artists make thousands.

    A stack costs what its longest loop in NumPy costs, where each clique alone would cost a dozen
    calls from Python. A song stands in a stack once, so that sums can be added to it at once.
    """
    lengths = cooccurrence.lengths
    for k in np.flatnonzero(lengths > SHORT).tolist():
        songs, square = cooccurrence.clique(k), cooccurrence.square(k)
        for start in range(0, songs.size, ROWS_AT_ONCE):
            rows = slice(start, min(start + ROWS_AT_ONCE, songs.size))
            yield Tile(songs[None], rows, square[None, rows])
    for length in np.unique(lengths[lengths <= SHORT]).tolist():
        for stack in _disjoint(np.flatnonzero(lengths == length).tolist(), cooccurrence, length):
            yield Tile(
                np.stack([cooccurrence.clique(k) for k in stack]),
                slice(length),
                np.stack([cooccurrence.square(k) for k in stack]),
            )


def batches_of(cooccurrence: Cooccurrence) -> list[list[Tile]]:
    """Return the tiles of all cliques, some thousand rows of vectors a batch."""
    batches: list[list[Tile]] = [[]]
    n_rows = 0
    for tile in tiles_of(cooccurrence):
        if n_rows >= ROWS_AT_ONCE:
            batches.append([])
            n_rows = 0
        batches[-1].append(tile)
        n_rows += tile.songs[:, tile.rows].size
    return batches


def _disjoint(cliques: list[int], cooccurrence: Cooccurrence, length: int) -> Iterator[list[int]]:
    """Cut a sequence of cliques of a length where a song would come again, or it is long enough."""
    stack: list[int] = []
    together = np.zeros(cooccurrence.n_songs, dtype=bool)
    for k in cliques:
        songs = cooccurrence.clique(k)
        if stack and (len(stack) >= ROWS_AT_ONCE // length or together[songs].any()):
            yield stack
            for of_stack in stack:
                together[cooccurrence.clique(of_stack)] = False
            stack = []
        stack.append(k)
        together[songs] = True
    if stack:
        yield stack
