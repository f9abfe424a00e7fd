"""Cut the cliques of seen pairs into blocks that suit matrix products."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from muse_lib.models.muse.cooccurrence import Cooccurrence

SHORT = 64
"""Cliques of at most this many songs are stacked with others of the same length."""


ROWS_AT_ONCE = 1024
"""Rows of W, or of a clique, per product: 2 MB at d = 500, which fits into the cache."""


@dataclass(frozen=True)
class Tile:
    """Rows of k cliques of the same length L that have no song in common.

    Attributes
    ----------
    songs : ndarray
        (k, L) int32: the songs of each clique.
    rows : slice
        Which R of the L songs of a clique are rows; all are columns.
    codes : ndarray
        (k, R, L) unsigned: rows of the cliques' `Cooccurrence.square`.
    """

    songs: np.ndarray
    rows: slice
    codes: np.ndarray


def tiles_of(cooccurrence: Cooccurrence) -> Iterator[Tile]:
    """Cut long cliques into stripes and stack short ones, of which artists produce thousands.

    A stack takes a dozen NumPy calls in all, separate cliques a dozen each. No song appears twice
    in a stack, so that sums can be added to all its rows at once.
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
    """Return the tiles of all cliques in batches of about a thousand rows of vectors."""
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
    """Cut a sequence of cliques of one length before a song repeats or a stack is full."""
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
