"""The playlists of a split as evaluation sees them: which songs share which playlists."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse

from muse_lib.data.dataset import Dataset, artist_numbers
from muse_lib.data.row_blocks import common
from muse_lib.seeds import stream

NOT_ASKED = "not asked"
"""The part of held-out playlists that are not evaluated, if there are too many."""


class HeldOut:
    """All playlists of a split, restricted to songs known from training.

    Parameters
    ----------
    songs : DataFrame
        The model's songs, with ``song_id`` and ``artist``, in the model's numbering.
    memberships : DataFrame
        ``playlist_id`` and ``song_id`` of the whole sample; songs in no training playlist are
        left out, since the model has no vectors for them.
    parts : ndarray
        (n_playlists,) the part of every playlist.
    titles : sequence of str, optional
        The titles of the playlists.
    """

    def __init__(
        self,
        songs: pd.DataFrame,
        memberships: pd.DataFrame,
        parts: np.ndarray,
        titles: Sequence[str] | None = None,
    ) -> None:
        number = pd.Series(np.arange(len(songs)), index=songs["song_id"])
        known = memberships[memberships["song_id"].isin(songs["song_id"])]
        rows = number[known["song_id"]].to_numpy()
        columns = known["playlist_id"].to_numpy()
        ones = np.ones(rows.size, dtype=np.int32)
        shape = (len(songs), parts.size)
        self.songs = songs
        self.parts = parts
        self.titles = [""] * parts.size if titles is None else list(titles)
        self.in_playlist = scipy.sparse.csr_array((ones, (rows, columns)), shape=shape)
        self.in_training = scipy.sparse.csr_array(self.in_playlist[:, parts == "train"])
        self.artist = artist_numbers(songs)

    @classmethod
    def of(cls, dataset: Dataset, n_lists: int = 0, seed: int = 0) -> "HeldOut":
        """Return the held-out view of a dataset.

        Parameters
        ----------
        dataset : Dataset
            All of its playlists determine which songs share a playlist.
        n_lists : int
            Maximum number of validation playlists, and of test playlists, to evaluate, drawn by
            the seed; 0 for all. The others are assigned to the part `NOT_ASKED`.
        seed : int
            The split's seed.
        """
        songs, titles = dataset.vocabulary.songs, dataset.playlists["title"]
        parts = parts_asked(dataset, n_lists, seed)
        return cls(songs, dataset.memberships, parts, titles.tolist())

    def playlists(self, part: str) -> dict[int, np.ndarray]:
        """Return the known songs, sorted, of every playlist of a part that has any."""
        columns = self.in_playlist.tocsc()
        songs = {
            int(playlist): np.sort(columns.indices[slice(*columns.indptr[playlist : playlist + 2])])
            for playlist in np.flatnonzero(self.parts == part)
        }
        return {playlist: known for playlist, known in songs.items() if known.size}

    def shared(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return how many playlists of any part contain both songs, (n_pairs,) int."""
        return common(self.in_playlist, i, j)

    def met(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return how many training playlists contain both songs, (n_pairs,) int."""
        return common(self.in_training, i, j)

    def same_artist(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return whether two songs have the same primary artist, (n_pairs,) bool."""
        return np.asarray(self.artist[i] == self.artist[j])


def parts_asked(dataset: Dataset, n_lists: int, seed: int) -> np.ndarray:
    """Return the part of every playlist, `NOT_ASKED` for those not drawn: see `HeldOut.of`."""
    parts = dataset.parts.astype("<U10")
    for part in ("validation", "test"):
        lists = np.flatnonzero(parts == part)
        if 0 < n_lists < lists.size:
            drawn = stream(seed, f"{part} playlists that are asked about").permutation(lists)
            parts[drawn[n_lists:]] = NOT_ASKED
    return parts
