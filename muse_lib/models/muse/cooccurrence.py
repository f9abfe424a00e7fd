"""Count how often two songs share a playlist, without ever forming the n x n matrix.

Every playlist is a clique: all of its pairs co-occur. The matrix C is stored as cliques, each a
triangle of small integers that index a table of the values of C. A pair that occurs in several
cliques is owned by the first; in the others its code is 0, "not here". So each seen pair is
stored exactly once, and a sum over the seen cells of C is a sum over cliques, which is what BLAS
is fast at.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import psutil

from muse_lib.config import CountingConfig
from muse_lib.data.dataset import Vocabulary
from muse_lib.errors import InputError
from muse_lib.extras import installed
from muse_lib.workers import Workers

if TYPE_CHECKING:
    import scipy.sparse

IN_SIDE_LIST = 255
"""The code of a pair whose actual code does not fit into a byte and is in the side list."""

PAIRS_AT_ONCE = 4_000_000
"""Pairs sorted at once while counting without numba: some hundred bytes each."""

CODES_AT_ONCE = 1 << 20
"""Codes counted at once; NumPy takes eight bytes for each."""

N_BLOCKS = 64
"""Blocks of songs that threads share while counting: enough to balance their load."""


@dataclass(frozen=True)
class Cooccurrence:
    """The matrix C of co-occurrence counts as cliques of songs.

    A clique of songs s_0 < s_1 < ... has a code for each of its pairs, row by row: (0, 1),
    (0, 2), ..., (1, 2), ...; the codes of all cliques are in one array.

    Attributes
    ----------
    n_songs : int
        C is n_songs x n_songs, symmetric, with an empty diagonal.
    counts : ndarray
        (n_codes,) float64: the distinct values of C, ascending; ``counts[0]`` is 0, "not here".
    songs : ndarray
        (n_memberships,) int32: the songs of the cliques one after the other, each clique sorted.
    start : ndarray
        (n_cliques + 1,) int64: clique k is ``songs[start[k] : start[k + 1]]``, at least two songs.
    codes : ndarray
        (n_pairs,) uint8, uint16 or uint32: if the clique owns the pair, the index of its count in
        ``counts``; otherwise 0. With a side list, `IN_SIDE_LIST` refers to it.
    side_cells, side_codes : ndarray
        (n_side,) int64: the side list: positions in ``codes``, ascending, and the codes there. It
        has the unweighted counts above 254, which are few, so that codes take one byte per pair.
    """

    n_songs: int
    counts: np.ndarray
    songs: np.ndarray
    start: np.ndarray
    codes: np.ndarray
    side_cells: np.ndarray
    side_codes: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Number of songs of each clique, (n_cliques,) int64."""
        return np.diff(self.start)

    @cached_property
    def cell(self) -> np.ndarray:
        """Where each clique's codes begin, and where the last ones end, (n_cliques + 1,) int64."""
        return _ends(self.lengths * (self.lengths - 1) // 2)

    @property
    def nbytes(self) -> int:
        """Memory of C in bytes."""
        arrays = (self.songs, self.start, self.cell, self.codes, self.side_cells, self.side_codes)
        return sum(array.nbytes for array in arrays)

    @property
    def max_count(self) -> float:
        """The largest value of C; 0 if no two songs share a playlist."""
        return float(self.counts.max())

    @cached_property
    def cells_per_code(self) -> np.ndarray:
        """Number of ordered pairs (i, j), i != j, with each of ``counts[1:]``, (n_codes - 1,)."""
        total = _histogram(self.codes, max(self.counts.size, IN_SIDE_LIST + 1))
        if self.side_cells.size:
            total[IN_SIDE_LIST] = 0
            total += np.bincount(self.side_codes, minlength=total.size)
        return 2 * total[1 : self.counts.size]

    @property
    def n_seen(self) -> int:
        """Number of ordered pairs (i, j), i != j, with C_ij > 0."""
        return int(self.cells_per_code.sum())

    def clique(self, k: int) -> np.ndarray:
        """Return the songs of clique k, (L,) int32, sorted."""
        return self.songs[self.start[k] : self.start[k + 1]]

    def square(self, k: int) -> np.ndarray:
        """Return the codes of clique k as an (L, L) symmetric array of unsigned integers."""
        begin, end = self.cell[k : k + 2]
        codes = self.codes[begin:end].astype(np.min_scalar_type(self.counts.size))
        if self.side_cells.size:
            beyond = slice(*np.searchsorted(self.side_cells, (begin, end)))
            codes[self.side_cells[beyond] - begin] = self.side_codes[beyond]
        length = self.clique(k).size
        square = np.zeros((length, length), dtype=codes.dtype)
        square[np.triu_indices(length, 1)] = codes
        return square + square.T

    def tosparse(self) -> "scipy.sparse.csr_array":
        """Return C as a sparse array, float64 (8 to 16 bytes per seen cell)."""
        import scipy.sparse  # for the baselines; MuSE does not need it

        cells = np.flatnonzero(self.codes)
        codes = self.codes[cells].astype(np.int64)
        codes[np.searchsorted(cells, self.side_cells)] = self.side_codes
        first = _ends(_n_later(self.lengths))  # where the pairs of each song of a clique begin
        place = np.searchsorted(first, cells, side="right") - 1
        i, j = self.songs[place], self.songs[place + 1 + cells - first[place]]
        shape = (self.n_songs, self.n_songs)
        upper = scipy.sparse.csr_array((self.counts[codes], (i, j)), shape=shape)
        return scipy.sparse.csr_array(upper + upper.T)


def count_cooccurrence(
    playlists: Sequence[np.ndarray],
    n_songs: int,
    *,
    weights: Sequence[float] | np.ndarray | None = None,
    artists: Sequence[object] | np.ndarray | None = None,
    n_threads: int | None = None,
    fast: bool | None = None,
) -> Cooccurrence:
    """Count the playlists that each pair of songs shares.

    C_ij = sum of weight(p) over the playlists p that contain both i and j, plus 1 if i and j are
    by the same artist (poster, "Artist Playlist Augmentation"): an artist is one more playlist.

    Parameters
    ----------
    playlists : sequence of ndarray
        Each (L,) int: the songs of a playlist, numbers in 0 .. n_songs - 1, in any order; a
        repeated song counts once.
    n_songs : int
        Number of songs, at least 1.
    weights : sequence of float, optional
        What each playlist adds to each of its pairs, finite and above 0; default 1.
    artists : sequence, optional
        (n_songs,) the artist of each song; default: no augmentation.
    n_threads : int, optional
        Default: all cores. The result is bit for bit the same with any number.
    fast : bool, optional
        Whether to count with numba, with the same result; default: if it is installed. Weighted
        counts are always computed in NumPy.

    Raises
    ------
    InputError
        If a song number is out of range, a weight is not a positive finite number, or the counts
        would not fit into memory.
    """
    per_clique = np.ones(len(playlists)) if weights is None else np.asarray(weights, dtype=float)
    if per_clique.shape != (len(playlists),) or not (
        np.isfinite(per_clique).all() and (per_clique > 0).all()
    ):
        raise InputError(
            f"{len(playlists)} playlists need as many weights, each finite and above 0; "
            f"got {per_clique.size}, from {per_clique.min(initial=np.inf):g} to "
            f"{per_clique.max(initial=-np.inf):g}."
        )
    of_artists = [] if artists is None else artist_playlists(artists)
    per_clique = np.append(per_clique, np.ones(len(of_artists)))
    songs, start, several = _cliques([*playlists, *of_artists], n_songs)
    fast = installed("fast") if fast is None else fast
    whole = bool((per_clique == 1).all())
    with Workers(n_threads) as workers:
        _refuse_what_cannot_fit(start, n_songs, fast and whole, workers.n_threads)
        if not whole:
            return _weighed(songs, start, per_clique[several], n_songs)
        raw = _added_up if fast else _sorted
        return _numbered(songs, start, n_songs, *raw(songs, start, n_songs, workers))


def training_cooccurrence(vocabulary: Vocabulary, config: CountingConfig) -> Cooccurrence:
    """Count the training playlists of a study according to its configuration."""
    weights = None
    if config.playlist_weight == "inverse_length":
        # so each song of a playlist has a total count of 1, whatever the playlist's length
        weights = [1 / max(playlist.size - 1, 1) for playlist in vocabulary.playlists]
    return count_cooccurrence(
        vocabulary.playlists,
        len(vocabulary.songs),
        weights=weights,
        artists=vocabulary.artists if config.artist_augmentation else None,
    )


def artist_playlists(artists: Sequence[object] | np.ndarray) -> list[np.ndarray]:
    """Return one playlist per artist: the sorted songs of every artist with two or more."""
    _, artist = np.unique(np.asarray(artists), return_inverse=True)
    songs = np.argsort(artist, kind="stable").astype(np.int32)
    ends = np.cumsum(np.bincount(artist))[:-1]
    return [group for group in np.split(songs, ends) if group.size > 1]


def memory_to_count(lengths: np.ndarray, n_songs: int, n_threads: int, *, fast: bool = True) -> int:
    """Return the peak memory of counting in bytes, excluding the playlists themselves.

    Parameters
    ----------
    lengths : ndarray
        (n_cliques,) number of songs of each playlist and, with augmentation, of each artist.
    n_songs, n_threads : int
        Number of songs, and of threads that count.
    fast : bool
        Whether numba counts; NumPy also needs memory for the pairs that it sorts.
    """
    lengths = np.asarray(lengths, dtype=np.int64)
    n_members, n_pairs = int(lengths.sum()), int((lengths * (lengths - 1) // 2).sum())
    rows = 4 * n_members + 24 * lengths.size + n_pairs
    if fast:
        a_thread = 5 * n_songs + 4 * lengths.size
        return rows + 4 * n_members + 24 * n_songs + a_thread * n_threads
    return rows + 24 * n_members + 110 * min(n_pairs, PAIRS_AT_ONCE)


def _refuse_what_cannot_fit(start: np.ndarray, n_songs: int, fast: bool, n_threads: int) -> None:
    """Raise `InputError` if counting needs more memory than is free, naming what to lower."""
    held = 4 * int(start[-1])  # the songs of the cliques, already in memory
    needed = memory_to_count(np.diff(start), n_songs, n_threads, fast=fast) - held
    free = psutil.virtual_memory().available
    if needed > free:
        raise InputError(
            f"counting the pairs of {start.size - 1:,} playlists, the longest of "
            f"{int(np.diff(start).max(initial=0)):,} songs, needs about {needed / 1e9:.1f} GB, but "
            f"only {free / 1e9:.1f} GB are free: lower n_playlists or max_playlist_length."
        )


def _cliques(
    playlists: Sequence[np.ndarray], n_songs: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the songs of all playlists with at least two, where each starts, and a mask of these.

    Playlists are sorted and repeated songs removed.
    """
    lists = [np.asarray(playlist, dtype=getattr(playlist, "dtype", int)) for playlist in playlists]
    lengths = np.array([songs.size for songs in lists], dtype=np.int64)
    songs = np.concatenate([*lists, np.empty(0, np.int32)])
    if songs.size and not (songs.min() >= 0 and songs.max() < n_songs):
        wrong = songs[(songs < 0) | (songs >= n_songs)][0]
        raise InputError(
            f"a playlist names song {wrong}, but songs are numbered 0 to {n_songs - 1}: number the "
            f"songs of the playlists from 0."
        )
    songs = songs.astype(np.int32, copy=False)
    start = _ends(lengths)
    opens = np.zeros(songs.size + 1, dtype=bool)
    opens[start] = True
    falls = np.flatnonzero((np.diff(songs) <= 0) & ~opens[1:-1])
    for k in np.unique(np.searchsorted(start, falls, side="right") - 1):
        songs[start[k] : start[k + 1]].sort()
    if falls.size:
        again = np.flatnonzero((np.diff(songs) == 0) & ~opens[1:-1]) + 1
        lengths -= np.bincount(np.searchsorted(start, again, side="right") - 1, None, lengths.size)
        songs = np.delete(songs, again)
    several = lengths > 1
    if not several.all():
        songs = songs[np.repeat(several, lengths)]
    return songs, _ends(lengths[several]), several


def _ends(sizes: np.ndarray) -> np.ndarray:
    """Return where consecutive parts of given sizes begin, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _n_later(lengths: np.ndarray) -> np.ndarray:
    """Return how many songs of its clique follow each song, (n_memberships,) int64."""
    last = np.repeat(np.cumsum(lengths), lengths) - 1
    return np.asarray(last - np.arange(last.size))


def _histogram(codes: np.ndarray, size: int) -> np.ndarray:
    """Return how often each code occurs, (size,) int64, without widening all codes at once."""
    total = np.zeros(size, dtype=np.int64)
    for begin in range(0, codes.size, CODES_AT_ONCE):
        total += np.bincount(codes[begin : begin + CODES_AT_ONCE], minlength=size)
    return total


def _added_up(
    songs: np.ndarray, start: np.ndarray, n_songs: int, workers: Workers
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count with numba, a block of songs a thread: `compiled.count_block`."""
    from muse_lib.models.muse import compiled

    lengths = np.diff(start)
    cell = _ends(lengths * (lengths - 1) // 2)
    codes = np.zeros(cell[-1], dtype=np.uint8)
    first, cliques = compiled.transposed(songs, start, n_songs)
    n_pairs = np.cumsum(compiled.pairs_by_song(songs, start, n_songs))
    bounds = np.searchsorted(n_pairs, np.linspace(0, cell[-1], N_BLOCKS + 1)[1:-1])
    bounds = np.concatenate([[0], bounds, [n_songs]])
    free: deque[tuple[np.ndarray, np.ndarray]] = deque()

    def count(block: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        try:
            row = free.pop()
        except IndexError:
            row = np.zeros(n_songs, dtype=np.uint8), np.zeros(n_songs, dtype=np.int32)
        side: tuple[np.ndarray, np.ndarray] = compiled.count_block(
            songs, start, cell, first, cliques, block, *row, codes
        )
        free.append(row)
        return side

    sides = list(workers.map(count, pairwise(bounds)))
    cells, counts = (np.concatenate(part) for part in zip(*sides, strict=True))
    order = np.argsort(cells)
    return codes, cells[order], counts[order]


def _sorted(
    songs: np.ndarray, start: np.ndarray, n_songs: int, _workers: Workers
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count by sorting pairs: the same result without numba."""
    lengths = np.diff(start)
    codes = np.zeros((lengths * (lengths - 1) // 2).sum(), dtype=np.uint8)
    side_cells, side_counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for cells, values in _owned_pairs(songs, start, np.ones(lengths.size), n_songs):
        counts = values.astype(np.int64)
        codes[cells] = np.minimum(counts, IN_SIDE_LIST)
        side_cells.append(cells[counts >= IN_SIDE_LIST])
        side_counts.append(counts[counts >= IN_SIDE_LIST])
    cells, counts = np.concatenate(side_cells), np.concatenate(side_counts)
    order = np.argsort(cells)
    return codes, cells[order], counts[order]


def _numbered(
    songs: np.ndarray,
    start: np.ndarray,
    n_songs: int,
    codes: np.ndarray,
    side_cells: np.ndarray,
    side_counts: np.ndarray,
) -> Cooccurrence:
    """Replace the counts by their codes: 1, 2, ... for the counts that occur."""
    low = np.flatnonzero(_histogram(codes, IN_SIDE_LIST + 1)[1:IN_SIDE_LIST]) + 1
    counts = np.concatenate([[0], low, np.unique(side_counts)])
    if low.size and low[-1] != low.size:  # some counts do not occur
        code_of = np.full(IN_SIDE_LIST + 1, IN_SIDE_LIST, dtype=np.uint8)
        code_of[np.append(0, low)] = np.arange(low.size + 1)
        for begin in range(0, codes.size, CODES_AT_ONCE):
            part = codes[begin : begin + CODES_AT_ONCE]
            np.take(code_of, part, out=part)
    side_codes = np.searchsorted(counts, side_counts)
    return Cooccurrence(n_songs, counts.astype(float), songs, start, codes, side_cells, side_codes)


def _weighed(
    songs: np.ndarray, start: np.ndarray, weights: np.ndarray, n_songs: int
) -> Cooccurrence:
    """Sum the weights; all sums may differ, so codes are as wide as needed."""
    lengths = np.diff(start)
    codes = np.zeros((lengths * (lengths - 1) // 2).sum(), dtype=np.uint32)
    tables, n_values = [np.zeros(1)], 1
    for cells, sums in _owned_pairs(songs, start, weights, n_songs):
        values, code = np.unique(sums, return_inverse=True)
        codes[cells] = code + n_values
        tables.append(values)
        n_values += values.size
    counts, final_code = np.unique(np.concatenate(tables), return_inverse=True)
    codes = final_code.astype(np.min_scalar_type(counts.size))[codes]
    none = np.empty(0, np.int64)
    return Cooccurrence(n_songs, counts, songs, start, codes, none, none)


def _owned_pairs(
    songs: np.ndarray, start: np.ndarray, weights: np.ndarray, n_songs: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each pair's position among the codes of the first clique with it, and its count.

    Pairs i < j are processed in blocks of songs i, sorted by (i, j, clique) and summed in runs,
    so memory is bounded by the block and not by the number of pairs.
    """
    lengths = np.diff(start)
    n_later = _n_later(lengths)
    first_cell = _ends(n_later)
    for members in _blocks_of_songs(songs, n_later):
        later = n_later[members]
        member = np.repeat(np.arange(members.size), later)
        step = np.arange(member.size) - np.repeat(np.cumsum(later) - later, later)
        place = members[member]
        clique = np.searchsorted(start, members, side="right")[member] - 1
        pair = songs[place].astype(np.int64) * n_songs + songs[place + 1 + step]
        order = np.lexsort((clique, pair))
        starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
        if starts.size:
            owner = order[starts]
            cells = first_cell[place[owner]] + step[owner]
            yield cells, np.add.reduceat(weights[clique[order]], starts)


def _blocks_of_songs(songs: np.ndarray, n_later: np.ndarray) -> Iterator[np.ndarray]:
    """Yield positions in ``songs``, all those of a song together, few pairs at a time."""
    order = np.argsort(songs, kind="stable")
    starts = np.flatnonzero(np.diff(songs[order], prepend=-1))
    block = np.cumsum(n_later[order])[starts] // PAIRS_AT_ONCE if starts.size else starts
    yield from np.split(order, starts[1:][np.diff(block) > 0])
