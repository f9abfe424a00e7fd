"""Overlapping playlists: copies and near copies, which no split may separate."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from muse_lib.data.row_blocks import blocks, common
from muse_lib.progress import reporter

if TYPE_CHECKING:
    import scipy.sparse

SHARE = 0.5
"""Two playlists overlap if their Jaccard index is at least this."""

ROUNDING = 1e-9
"""How much bounds are lowered, so that rounding never excludes a pair that must be compared."""

WORDS = 8
"""Length of a signature in words of 64 bits: enough to tell apart lists of some 300 songs."""


def overlapping_groups(
    memberships: pd.DataFrame, n_playlists: int, share: float = SHARE
) -> np.ndarray:
    """Return the group of every playlist: playlists that overlap, directly or through others.

    Playlists A and B overlap if |A n B| / |A u B| >= ``share``; the groups are the connected
    components of that relation.

    Not all pairs are compared. If the songs of all playlists are sorted from rarest to most
    frequent, overlapping lists share a song among the first |A| - ceil(share |A|) + 1 of the
    longer and the first |B| - ceil(2 share / (1 + share) |B|) + 1 of the shorter (prefix
    filtering, as in PPJoin: Xiao, Wang, Lin, Yu and Wang 2011, "Efficient similarity joins for
    near-duplicate detection"). Pairs that share none of these cannot overlap, nor can pairs whose
    `_signatures` differ too much; the overlap of all others is counted, so the result is exact.

    Parameters
    ----------
    memberships : DataFrame
        ``playlist_id`` (0 .. n_playlists - 1) and ``song_id``, as in `Corpus`: a song counts once
        per playlist.
    n_playlists : int
        Number of playlists; an empty playlist overlaps with none.
    share : float
        Minimum Jaccard index, above 0 and at most 1.

    Returns
    -------
    ndarray
        (n_playlists,) int, numbered from 0 in the order of each group's first playlist.
    """
    import scipy.sparse  # for the study; reading playlists does not need it
    from scipy.sparse.csgraph import connected_components

    playlist, song = memberships["playlist_id"].to_numpy(), memberships["song_id"].to_numpy()
    length = np.bincount(playlist, minlength=n_playlists)
    number = np.empty_like(length)  # by length, so that a candidate partner is never longer
    number[np.argsort(length, kind="stable")] = np.arange(n_playlists)
    length = np.sort(length)
    rarity = np.argsort(np.argsort(np.bincount(song), kind="stable")).astype(np.int64)
    playlist, song = number[playlist], rarity[song]
    order = np.lexsort((song, playlist))
    playlist, song = playlist[order], song[order]
    place = np.arange(song.size) - (np.cumsum(length) - length)[playlist]
    shape = (n_playlists, rarity.size)

    def first(share: float) -> "scipy.sparse.csr_array":
        """Return the prefix of each list's rarest songs that filtering at ``share`` needs."""
        least = np.ceil(share * length * (1 - ROUNDING))
        return _incidence(playlist, song, place < (length - least + 1)[playlist], shape)

    holds = _incidence(playlist, song, np.ones(song.size, dtype=bool), shape)
    signatures = _signatures(playlist, song, n_playlists)
    of_longer, of_shorter = first(share), first(2 * share / (1 + share))
    ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for one, other in _candidates(of_longer, of_shorter, length, share):
        one, other = _alike(one, other, signatures, length, share)
        shared = common(holds, one, other)
        overlap = shared >= share * (length[one] + length[other] - shared)
        ones.append(one[overlap])
        others.append(other[overlap])
    one, other = np.concatenate(ones), np.concatenate(others)
    graph = scipy.sparse.coo_array(
        (np.ones(one.size, dtype=bool), (one, other)), shape=(n_playlists, n_playlists)
    )
    component = connected_components(graph, directed=False)[1]
    groups: np.ndarray = pd.factorize(component[number])[0]
    return groups


def _incidence(
    playlist: np.ndarray, song: np.ndarray, chosen: np.ndarray, shape: tuple[int, int]
) -> "scipy.sparse.csr_array":
    """Return the chosen memberships, ordered by playlist, as a matrix of ones."""
    import scipy.sparse

    ones = np.ones(np.count_nonzero(chosen), dtype=np.int32)
    return scipy.sparse.csr_array((ones, (playlist[chosen], song[chosen])), shape=shape)


def _candidates(
    of_longer: "scipy.sparse.csr_array",
    of_shorter: "scipy.sparse.csr_array",
    length: np.ndarray,
    share: float,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs of playlists that may overlap, the longer or later one first."""
    by_song = of_shorter.T.tocsr()
    cells = of_longer @ np.diff(by_song.indptr)  # cost of each row of the product
    with reporter(length.size, "looking for copies, playlists") as report:
        for rows in blocks(cells):
            report(rows.start)
            met = (of_longer[rows] @ by_song).tocoo()
            one, other = met.row.astype(np.int64) + rows.start, met.col.astype(np.int64)
            kept = (other < one) & (length[other] >= share * length[one] * (1 - ROUNDING))
            yield one[kept], other[kept]


def _signatures(playlist: np.ndarray, song: np.ndarray, n_playlists: int) -> np.ndarray:
    """Return a bit vector for every playlist, in which each of its songs sets a bit.

    Two playlists that differ in d bits differ in at least d songs.

    Returns
    -------
    ndarray
        (`WORDS`, n_playlists) uint64.
    """
    signatures = np.zeros((WORDS, n_playlists), dtype=np.uint64)
    word, bit = np.divmod(song % (64 * WORDS), 64)
    np.bitwise_or.at(signatures, (word, playlist), np.uint64(1) << bit.astype(np.uint64))
    return signatures


def _alike(
    one: np.ndarray, other: np.ndarray, signatures: np.ndarray, length: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs whose signatures allow a Jaccard index of ``share``.

    At that index, (1 - share) / (1 + share) (|A| + |B|) songs are in only one of A and B, which is
    the most bits that may differ.
    """
    differing = np.zeros(one.size, dtype=np.int64)
    for word in signatures:
        differing += np.bitwise_count(word[one] ^ word[other])
    most = (1 - share) / (1 + share) * (length[one] + length[other])
    kept = differing <= most * (1 + ROUNDING)
    return one[kept], other[kept]
