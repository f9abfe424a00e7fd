"""The playlists of a split as a judge sees them: who shares what with whom, and where."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse

from muse_lib.data.dataset import Dataset, artist_numbers
from muse_lib.data.row_blocks import common
from muse_lib.seeds import stream

NOT_ASKED = "not asked"
"""The part of held-out playlists that are left out of the questions, for there are many."""


class HeldOut:
    """All playlists of a split, as far as training knows their songs.

    Parameters
    ----------
    songs : DataFrame
        The model's songs, with ``song_id`` and ``artist``, in the model's numbering.
    memberships : DataFrame
        ``playlist_id`` and ``song_id`` of the whole sample; songs that no training playlist
        holds are left out, since the model has no vector for them.
    parts : ndarray
        (n_playlists,) the part of every playlist.
    titles : sequence of str, optional
        What the playlists are called.
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
        """Return what a judge sees of a dataset.

        Parameters
        ----------
        dataset : Dataset
            All of its playlists say who shares what with whom.
        n_lists : int
            At most so many validation, and as many test, playlists are asked about, drawn from
            the seed; 0 for all. The others become of the part `NOT_ASKED`.
        seed : int
            Of the split.
        """
        songs, titles = dataset.vocabulary.songs, dataset.playlists["title"]
        parts = dataset.parts.astype("<U10")
        for part in ("validation", "test"):
            lists = np.flatnonzero(parts == part)
            if 0 < n_lists < lists.size:
                drawn = stream(seed, f"{part} playlists that are asked about").permutation(lists)
                parts[drawn[n_lists:]] = NOT_ASKED
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
        """Return how many playlists of any part hold both songs, (n_pairs,) int."""
        return common(self.in_playlist, i, j)

    def met(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return how many training playlists hold both songs, (n_pairs,) int."""
        return common(self.in_training, i, j)

    def same_artist(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return whether two songs have one primary artist, (n_pairs,) bool."""
        return np.asarray(self.artist[i] == self.artist[j])
