"""Count how often two songs share a playlist, without ever forming the n x n matrix.

Every playlist is a clique: all of its pairs co-occur. The matrix C is kept as its cliques, each
an L x L block of small integers that say, through a table, what C is there. A pair that occurs
in several cliques is owned by the first; in the others its code is 0, "not here", as on the
diagonal. So each seen cell of C stands in exactly one place, and a sum over the seen cells is a
sum over blocks, which is what BLAS is fast at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from muse_lib.config import CountingConfig
from muse_lib.data.dataset import Vocabulary
from muse_lib.errors import InputError

if TYPE_CHECKING:
    import scipy.sparse

PAIRS_AT_ONCE = 4_000_000
"""Pairs sorted at once while counting; bounds the memory of the set-up to a few hundred MB."""


@dataclass(frozen=True)
class Cooccurrence:
    """The matrix C of co-occurrence counts as cliques of songs.

    Attributes
    ----------
    n_songs : int
        C is n_songs x n_songs, symmetric, with an empty diagonal.
    counts : ndarray
        (n_codes,) float64: the distinct values of C; ``counts[0]`` is 0, "not here".
    cliques : list of ndarray
        Each (L,) int32: the songs of a clique, sorted.
    codes : list of ndarray
        Each (L, L) uint8, uint16 or uint32, symmetric: where this clique owns the pair, the
        index of its count in ``counts``; elsewhere 0.
    """

    n_songs: int
    counts: np.ndarray
    cliques: list[np.ndarray]
    codes: list[np.ndarray]

    @property
    def max_count(self) -> float:
        """The largest value of C; 0 if no two songs share a playlist."""
        return float(self.counts.max())

    @property
    def cells_per_code(self) -> np.ndarray:
        """How many ordered pairs (i, j), i != j, hold each of ``counts[1:]``, (n_codes - 1,)."""
        total = np.zeros(self.counts.size, dtype=np.int64)
        for codes in self.codes:
            total += np.bincount(codes.ravel(), minlength=self.counts.size)
        return total[1:]

    @property
    def n_seen(self) -> int:
        """Number of ordered pairs (i, j), i != j, with C_ij > 0."""
        return int(self.cells_per_code.sum())

    def tosparse(self) -> "scipy.sparse.csr_array":
        """Return C as a sparse array, float64 (8 to 16 bytes a seen cell)."""
        import scipy.sparse  # of the baselines; MuSE does without

        rows, columns, values = [], [], []
        for songs, codes in zip(self.cliques, self.codes, strict=True):
            i, j = np.nonzero(codes)
            rows.append(songs[i])
            columns.append(songs[j])
            values.append(self.counts[codes[i, j]])
        shape = (self.n_songs, self.n_songs)
        if not rows:
            return scipy.sparse.csr_array(shape)
        cells = (np.concatenate(rows), np.concatenate(columns))
        return scipy.sparse.csr_array((np.concatenate(values), cells), shape=shape)


def count_cooccurrence(
    playlists: Sequence[np.ndarray],
    n_songs: int,
    *,
    weights: Sequence[float] | np.ndarray | None = None,
    artists: Sequence[object] | np.ndarray | None = None,
) -> Cooccurrence:
    """Count the playlists that every two songs share.

    C_ij = sum of weight(p) over the playlists p that hold both i and j, plus 1 if i and j are by
    the same artist (poster, "Artist Playlist Augmentation"): an artist is one more playlist.

    Parameters
    ----------
    playlists : sequence of ndarray
        Each (L,) int: the songs of a playlist, numbers in 0 .. n_songs - 1, in any order; a song
        named twice counts once.
    n_songs : int
        Number of songs, at least 1.
    weights : sequence of float, optional
        What each playlist adds to each of its pairs, finite and above 0; default 1.
    artists : sequence, optional
        (n_songs,) the artist of each song; default: no augmentation.

    Raises
    ------
    InputError
        If a song number is out of range, or a weight is not a positive finite number.
    """
    cliques = [np.unique(playlist).astype(np.int32) for playlist in playlists]
    for songs in cliques:
        if songs.size and not (songs[0] >= 0 and songs[-1] < n_songs):
            raise InputError(
                f"a playlist names song {songs[-1] if songs[0] >= 0 else songs[0]}, but songs are "
                f"numbered 0 to {n_songs - 1}: number the songs of the playlists from 0."
            )
    per_clique = np.ones(len(cliques)) if weights is None else np.asarray(weights, dtype=float)
    if per_clique.shape != (len(cliques),) or not (
        np.isfinite(per_clique).all() and (per_clique > 0).all()
    ):
        raise InputError(
            f"{len(cliques)} playlists need as many weights, each finite and above 0; "
            f"given were {per_clique.size}, from {per_clique.min(initial=np.inf):g} to "
            f"{per_clique.max(initial=-np.inf):g}."
        )
    if artists is not None:
        of_artists = artist_playlists(artists)
        cliques += of_artists
        per_clique = np.concatenate([per_clique, np.ones(len(of_artists))])
    several = [songs.size > 1 for songs in cliques]
    cliques = [songs for songs in cliques if songs.size > 1]
    return _assign_owners(cliques, per_clique[np.array(several, dtype=bool)], n_songs)


def training_cooccurrence(vocabulary: Vocabulary, config: CountingConfig) -> Cooccurrence:
    """Count the training playlists of a study as its configuration says."""
    weights = None
    if config.playlist_weight == "inverse_length":
        # then every song of a playlist gives away one count in all, however long the playlist
        weights = [1 / max(playlist.size - 1, 1) for playlist in vocabulary.playlists]
    return count_cooccurrence(
        vocabulary.playlists,
        len(vocabulary.songs),
        weights=weights,
        artists=vocabulary.artists if config.artist_augmentation else None,
    )


def artist_playlists(artists: Sequence[object] | np.ndarray) -> list[np.ndarray]:
    """Return one playlist an artist: the sorted songs of every artist who has two or more."""
    _, artist = np.unique(np.asarray(artists), return_inverse=True)
    songs = np.argsort(artist, kind="stable").astype(np.int32)
    ends = np.cumsum(np.bincount(artist))[:-1]
    return [group for group in np.split(songs, ends) if group.size > 1]


def _assign_owners(cliques: list[np.ndarray], weights: np.ndarray, n_songs: int) -> Cooccurrence:
    """Give every pair to the first clique that holds it, with its count over all of them.

    Pairs i < j are taken a block of songs i at a time, sorted by (i, j, clique) and added up in
    runs, so memory is bounded by the block and not by the number of pairs.
    """
    length = np.array([songs.size for songs in cliques], dtype=np.int64)
    first_song = np.cumsum(length) - length
    first_cell = np.cumsum(length**2) - length**2
    songs = np.concatenate([*cliques, np.empty(0, np.int32)]).astype(np.int64)
    codes = np.zeros((length**2).sum(), dtype=np.uint32)
    tables = [np.zeros(1)]
    for members in _blocks_of_songs(songs, length):
        clique = np.searchsorted(first_song, members, side="right") - 1
        row = members - first_song[clique]
        n_later = length[clique] - row - 1
        member = np.repeat(np.arange(members.size), n_later)
        first = np.repeat(np.cumsum(n_later) - n_later, n_later)
        column = row[member] + 1 + np.arange(member.size) - first
        k = clique[member]
        pair = songs[members[member]] * n_songs + songs[first_song[k] + column]
        order = np.argsort(pair * length.size + k)
        starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
        if not starts.size:
            continue
        owner = order[starts]
        values, code = np.unique(np.add.reduceat(weights[k[order]], starts), return_inverse=True)
        cell = first_cell[k] + row[member] * length[k] + column
        codes[cell[owner]] = code + sum(table.size for table in tables)
        tables.append(values)
    counts, final_code = np.unique(np.concatenate(tables), return_inverse=True)
    final_code = final_code.astype(np.min_scalar_type(counts.size))
    blocks = []
    for size, first in zip(length, first_cell, strict=True):
        upper = final_code[codes[first : first + size**2]].reshape(size, size)
        blocks.append(upper + upper.T)
    return Cooccurrence(n_songs=n_songs, counts=counts, cliques=cliques, codes=blocks)


def _blocks_of_songs(songs: np.ndarray, length: np.ndarray) -> Iterator[np.ndarray]:
    """Yield places in ``songs``, all those of a song together, few pairs at a time."""
    n_later = np.concatenate([np.empty(0, int), *(np.arange(size)[::-1] for size in length)])
    order = np.argsort(songs, kind="stable")
    starts = np.flatnonzero(np.diff(songs[order], prepend=-1))
    block = np.cumsum(n_later[order])[starts] // PAIRS_AT_ONCE if starts.size else starts
    yield from np.split(order, starts[1:][np.diff(block) > 0])
