"""Playlists that overlap: copies and near copies, which no split may tear apart."""

import numpy as np
import pandas as pd

SHARE = 0.5
"""Two playlists overlap if they have this share of all their songs in common (Jaccard)."""

BLOCK = 1_000
"""Playlists that are compared with all others at a time, so that no n x n table is held."""


def overlapping_groups(
    memberships: pd.DataFrame, n_playlists: int, share: float = SHARE
) -> np.ndarray:
    """Return the group of every playlist: those that overlap, directly or through others.

    Playlists A and B overlap if |A n B| / |A u B| >= ``share``; the groups are the connected
    components of that relation.

    Parameters
    ----------
    memberships : DataFrame
        ``playlist_id`` (0 .. n_playlists - 1) and ``song_id``, as in `Corpus`: a song counts once
        per playlist.
    n_playlists : int
        An empty playlist overlaps with none.
    share : float
        Above 0, at most 1.

    Returns
    -------
    ndarray
        (n_playlists,) int, numbered from 0 by the first playlist of each group.
    """
    import scipy.sparse  # of the study; reading playlists does without
    from scipy.sparse.csgraph import connected_components

    playlist, song = memberships["playlist_id"].to_numpy(), memberships["song_id"].to_numpy()
    shape = (n_playlists, song.max(initial=-1) + 1)
    holds = scipy.sparse.csr_array((np.ones(song.size, np.int32), (playlist, song)), shape=shape)
    length = np.bincount(playlist, minlength=n_playlists)
    ones, others = [], []
    for start in range(0, n_playlists, BLOCK):
        common = (holds[start : start + BLOCK] @ holds.T).tocoo()
        one, other = common.row + start, common.col
        overlap = common.data >= share * (length[one] + length[other] - common.data)
        ones.append(one[overlap])
        others.append(other[overlap])
    one, other = np.concatenate([*ones, []]), np.concatenate([*others, []])
    graph = scipy.sparse.coo_array(
        (np.ones(one.size, dtype=bool), (one.astype(int), other.astype(int))),
        shape=(n_playlists, n_playlists),
    )
    groups: np.ndarray = pd.factorize(connected_components(graph, directed=False)[1])[0]
    return groups
