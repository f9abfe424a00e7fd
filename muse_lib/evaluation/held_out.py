"""The playlists of a split as a judge sees them: who shares what with whom, and where."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse

from muse_lib.data.dataset import Dataset, artist_numbers


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
    def of(cls, dataset: Dataset) -> "HeldOut":
        """Return what a judge sees of a dataset."""
        songs, titles = dataset.vocabulary.songs, dataset.playlists["title"]
        return cls(songs, dataset.memberships, dataset.parts, titles.tolist())

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
        return _common(self.in_playlist, i, j)

    def met(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return how many training playlists hold both songs, (n_pairs,) int."""
        return _common(self.in_training, i, j)

    def same_artist(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return whether two songs have one primary artist, (n_pairs,) bool."""
        return np.asarray(self.artist[i] == self.artist[j])


def _common(rows: scipy.sparse.csr_array, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the inner products of rows i and j of a matrix of 0 and 1, (n_pairs,) int."""
    return np.asarray(rows[i].multiply(rows[j]).sum(axis=1), dtype=np.int64)
