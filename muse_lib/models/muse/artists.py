"""Sums over the songs of each artist, who share a part of their vectors."""

import numpy as np

FEW = 12
"""Artists with at most this many songs are summed together, one song of each at a time."""


class Artists:
    """The assignment of songs to artists.

    Parameters
    ----------
    of_songs : ndarray
        (n_songs,) int, 0 .. n_artists - 1: the artist of each song; every artist has a song.

    Examples
    --------
    >>> import numpy as np
    >>> Artists(np.array([0, 1, 0])).sums(np.array([[1.0], [2.0], [3.0]])).tolist()
    [[4.0], [2.0]]
    """

    def __init__(self, of_songs: np.ndarray) -> None:
        self.of_songs = of_songs
        songs = np.argsort(of_songs, kind="stable")
        n_songs = np.bincount(of_songs)
        first = np.cumsum(n_songs) - n_songs
        few = np.flatnonzero(n_songs <= FEW)
        having = [few[n_songs[few] > k] for k in range(FEW)]
        self._rounds = [(artists, songs[first[artists] + k]) for k, artists in enumerate(having)]
        self._many = [
            (artist, songs[first[artist] : first[artist] + n_songs[artist]])
            for artist in np.flatnonzero(n_songs > FEW)
        ]
        self.n_artists = n_songs.size

    def sums(self, rows: np.ndarray) -> np.ndarray:
        """Return the sum of the rows of each artist's songs, (n_artists, dim).

        Songs are added in their order, so the bytes are those of a plain loop. Artists with few
        songs, nearly all of them, are added together, one song of each at a time; a loop over
        artists would cost a Python call each, and `numpy.add.reduceat` takes six times as long.
        """
        total = np.zeros((self.n_artists, *rows.shape[1:]), dtype=rows.dtype)
        for artists, songs in self._rounds:
            total[artists] += rows[songs]
        for artist, songs in self._many:
            total[artist] = rows[songs].sum(axis=0)
        return total
