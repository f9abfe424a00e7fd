"""The list part of a song's vector: its row of the songs x playlists matrix, whitened and reduced.

Pair counts lose which playlists they came from. A linear autoencoder of the playlists (Steck 2019)
retains this: it recommends best where playlists resemble each other, and knows nothing about songs
that never co-occur. Here it becomes a part of the vectors, next to what the counts taught.
"""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import row_blocks
from muse_lib.models.muse.artists import Artists
from muse_lib.seeds import stream

SPARE, ROUNDS = 10, 4
"""Oversampling columns and power iterations of the subspace iteration."""

PRIOR = 2.0
"""Multiple of the mean squared length added to a song's own before normalising by it."""


class ListIncidence:
    """The matrix of songs and lists, with a smaller entry for other songs by the same artists.

    X_il = 1 if list l contains song i, plus ``artist_share`` if it contains a song by i's artist:
    the poster's artist augmentation, for lists instead of counts. X is never formed.

    Parameters
    ----------
    playlists : sequence of ndarray
        The songs of each list, int, each once.
    artists : ndarray
        (n_songs,) int, 0 .. n_artists - 1: the artist of each song.
    artist_share : float
        At least 0.
    """

    def __init__(
        self, playlists: Sequence[np.ndarray], artists: np.ndarray, artist_share: float
    ) -> None:
        self._lists = [(songs, np.unique(artists[songs])) for songs in playlists]
        self._artists, self._share = Artists(artists), artist_share
        self.n_songs, self.n_lists = artists.size, len(playlists)

    def of_songs(self, lists: np.ndarray) -> np.ndarray:
        """Return X lists, (n_songs, k) float32, for an array (n_lists, k)."""
        lists = lists.astype(np.float32)
        own = np.zeros((self.n_songs, lists.shape[1]), dtype=np.float32)
        shared = np.zeros((self._artists.n_artists, lists.shape[1]), dtype=np.float32)
        for row, (songs, artists) in zip(lists, self._lists, strict=True):
            own[songs] += row
            shared[artists] += row
        shared *= self._share
        for block in row_blocks(self.n_songs):  # with all songs at once, a second array like own
            own[block] += shared[self._artists.of_songs[block]]
        return own

    def of_lists(self, songs: np.ndarray) -> np.ndarray:
        """Return X' songs, (n_lists, k) float64, for an array (n_songs, k)."""
        shared = self._artists.sums(songs)
        lists = np.empty((self.n_lists, songs.shape[1]))
        for row, (held, artists) in zip(lists, self._lists, strict=True):
            songs[held].sum(axis=0, dtype=np.float64, out=row)
            row += self._share * shared[artists].sum(axis=0, dtype=np.float64)
        return lists

    @property
    def mean_square(self) -> float:
        """The mean squared norm of a list, |X|^2 / n_lists; its number of songs at share 0."""
        n_lists_of = np.zeros(self._artists.n_artists)
        total = 0.0
        for songs, artists in self._lists:
            total += (1 + 2 * self._share) * songs.size  # a list with a song has its artist, too
            n_lists_of[artists] += 1
        n_songs_of = np.bincount(self._artists.of_songs)
        return float(total + self._share**2 * (n_songs_of @ n_lists_of)) / self.n_lists


def list_vectors(
    vocabulary: Vocabulary, *, dim: int = 512, artist_share: float = 0.2, seed: int = 0
) -> np.ndarray:
    """Return p_i, the list part of each song: which lists contain it or its artist.

    With X of `ListIncidence`, x_i its rows, and lambda the mean squared norm of a list,

        z_i = (X'X + lambda I)^(-1/2) x_i,   p_i = z_i / sqrt(|z_i|^2 + 2 mean_j |z_j|^2).

    z_i . z_j is the weight of song i for song j in the ridge regression of X on itself: after
    whitening, a list that resembles many others counts no more than a unique one. p_i is nearly
    normalised, so that products approach cosines, but songs of few lists, with little evidence,
    stay short.

    For X = U S V', U S (S^2 + lambda)^(-1/2) is a rotation of z. With at most ``dim`` lists it is
    exact; otherwise the ``dim`` largest singular values are kept, found by subspace iteration from
    a random start (Halko, Martinsson and Tropp 2011). No array is as large as songs x songs or
    lists x lists.

    Parameters
    ----------
    vocabulary : Vocabulary
        The training playlists.
    dim : int
        Maximum length of a song's list part.
    artist_share : float
        Weight of a list that contains the artist relative to one with the song, at least 0.
    seed : int
        Seed of the random start.

    Returns
    -------
    ndarray
        (n_songs, min(dim, n_playlists)) float32, each shorter than 1.
    """
    incidence = ListIncidence(vocabulary.playlists, vocabulary.artists, artist_share)
    with threadpool_limits(1, user_api="blas"):  # or the bytes would depend on the threads
        basis = _subspace(incidence, dim, seed)
        songs = incidence.of_songs(basis)
        squares, turned = np.linalg.eigh((songs.T @ songs).astype(np.float64))
        kept = slice(None, -dim - 1, -1)  # eigh has the smallest first
        scale = 1 / np.sqrt(np.maximum(squares[kept], 0) + incidence.mean_square)
        z = songs @ (turned[:, kept] * scale).astype(np.float32)
    square = np.einsum("sd,sd->s", z, z)
    z /= np.sqrt(square + PRIOR * square.mean())[:, None]
    return np.asarray(z)


def _subspace(incidence: ListIncidence, dim: int, seed: int) -> np.ndarray:
    """Return orthonormal columns that span the largest right singular vectors of X."""
    if incidence.n_lists <= dim + SPARE:
        return np.eye(incidence.n_lists)
    basis = stream(seed, "lists").normal(size=(incidence.n_lists, dim + SPARE))
    for _ in range(ROUNDS):
        basis = np.linalg.qr(incidence.of_lists(incidence.of_songs(np.linalg.qr(basis)[0])))[0]
    return np.asarray(basis)
