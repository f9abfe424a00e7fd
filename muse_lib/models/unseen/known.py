"""The songs that a model knows, and new ones, as the methods see both: artist and text."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.data.dataset import artist_numbers
from muse_lib.models.muse.artists import Artists
from muse_lib.names import folded

NOBODY = -1
"""The artist of a new song, if no known song is by that artist."""


@dataclass(frozen=True)
class Newcomers:
    """New songs: all that a method may see of them.

    Attributes
    ----------
    artist : ndarray
        (n_new,) int: the number of the artist among the known ones, or `NOBODY`.
    text : ndarray
        (n_new, n_features) float: what the sentence encoder makes of "track by artist".
    """

    artist: np.ndarray
    text: np.ndarray

    def __len__(self) -> int:
        return self.artist.size


Estimate = Callable[[Newcomers], np.ndarray]
"""Takes new songs, returns (n_new, dim) float vectors, none longer than known ones are."""


@dataclass(frozen=True, eq=False)  # so that it can be the key of a cache
class Known:
    """Known songs, their vectors and artists.

    Attributes
    ----------
    vectors : ndarray
        (n_songs, dim) float: u, all parts of the variant together, at the lengths of `Scale`:
        1, or about 1 (zero where a song has none).
    artist : ndarray
        (n_songs,) int, 0 .. n_artists - 1.
    names : dict
        The number of every artist that has a name, by its folded name.
    popularity : ndarray
        (n_songs,) int: training playlists that hold each.
    text : ndarray
        (n_songs, n_features) float: as of `Newcomers`.
    """

    vectors: np.ndarray
    artist: np.ndarray
    names: dict[str, int]
    popularity: np.ndarray
    text: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray, songs: pd.DataFrame, text: np.ndarray) -> Self:
        """Return what is known of some songs.

        Parameters
        ----------
        vectors : ndarray
            (n_songs, dim) float: `Scale.known`.
        songs : DataFrame
            ``artist``, and ``n_playlists`` if it is known.
        text : ndarray
            (n_songs, n_features) float.
        """
        artist = artist_numbers(songs)
        folded_names = songs["artist"].map(folded).tolist()
        names = {name: int(one) for name, one in zip(folded_names, artist, strict=True) if name}
        popularity = songs.get("n_playlists", pd.Series(1, index=songs.index)).to_numpy()
        return cls(vectors, artist, names, popularity, text)

    def newcomers(self, songs: pd.DataFrame, text: np.ndarray) -> Newcomers:
        """Return new songs, a table with ``artist``, as the methods see them."""
        return Newcomers(self.artists_of(songs), text)

    def artists_of(self, songs: pd.DataFrame) -> np.ndarray:
        """Return the number of the artist of new songs, or `NOBODY`, (n_new,) int."""
        artist = [self.names.get(name, NOBODY) for name in songs["artist"].map(folded)]
        return np.array(artist, dtype=np.int64)

    @cached_property
    def n_songs_of(self) -> np.ndarray:
        """The number of known songs of every artist, and 0 last: that of `NOBODY`."""
        return np.append(np.bincount(self.artist), 0)

    @cached_property
    def sums(self) -> np.ndarray:
        """The sum of the vectors of every artist's songs, and zeros last: that of `NOBODY`."""
        of_artists = Artists(self.artist).sums(self.vectors)
        return np.vstack([of_artists, np.zeros_like(self.vectors[:1])])

    @cached_property
    def means(self) -> np.ndarray:
        """The mean vector of every artist's songs, and zeros last."""
        return np.asarray(self.sums / np.maximum(self.n_songs_of, 1)[:, None])

    def evidence(self, estimates: np.ndarray) -> np.ndarray:
        """Return how far estimates lie from the middle of all songs, (n,) float, at least 0.

        As a share of how far known songs lie (root mean square): about 1 for an estimate that is
        as definite as a song, 0 for one that says nothing but where songs are.

        Parameters
        ----------
        estimates : ndarray
            (n, dim) float, as an `Estimate` returns them.
        """
        middle = self.vectors.mean(axis=0)
        spread = np.sqrt(((self.vectors - middle) ** 2).sum(axis=1).mean())
        away = np.linalg.norm(estimates - middle, axis=1)
        return np.asarray(away / spread if spread > 1e-6 else np.zeros(len(estimates)))

    @cached_property
    def best_known(self) -> np.ndarray:
        """The song of every artist that most training playlists hold, ties by number."""
        order: np.ndarray = np.lexsort((-self.popularity, self.artist))
        first = np.unique(self.artist[order], return_index=True)[1]
        return np.asarray(order[first])
