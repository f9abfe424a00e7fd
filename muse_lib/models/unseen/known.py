"""Known and new songs as the methods see them: artist and text."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.data.dataset import artist_numbers
from muse_lib.models.base import row_blocks
from muse_lib.models.muse.artists import Artists
from muse_lib.names import folded

NO_KNOWN_ARTIST = -1
"""The artist of a new song, if no known song is by that artist."""


@dataclass(frozen=True)
class Newcomers:
    """New songs: everything a method may see of them.

    Attributes
    ----------
    artist : ndarray
        (n_new,) int: the number of the artist among the known ones, or `NO_KNOWN_ARTIST`.
    text : ndarray
        (n_new, n_features) float: the sentence encoder's vector of "track by artist".
    """

    artist: np.ndarray
    text: np.ndarray

    def __len__(self) -> int:
        return self.artist.size


Estimate = Callable[[Newcomers], np.ndarray]
"""Maps new songs to (n_new, dim) float vectors, none longer than those of known songs."""


@dataclass(frozen=True, eq=False)
class Known:
    """Known songs, their vectors and artists.

    Attributes
    ----------
    vectors : ndarray
        (n_songs, dim) float: u, all parts of the variant together, scaled by `Scale` to length 1
        or about 1 (zero if a song has no vector).
    artist : ndarray
        (n_songs,) int, 0 .. n_artists - 1.
    names : dict
        The number of every artist that has a name, by its folded name.
    popularity : ndarray
        (n_songs,) int: number of training playlists that contain each.
    text : ndarray
        (n_songs, n_features) float: as in `Newcomers`.
    networks : dict
        `muse_lib.models.unseen.network.fit` by seed, once fitted.
    """

    vectors: np.ndarray
    artist: np.ndarray
    names: dict[str, int]
    popularity: np.ndarray
    text: np.ndarray
    networks: dict[int, Estimate] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, vectors: np.ndarray, songs: pd.DataFrame, text: np.ndarray) -> Self:
        """Return the known songs of a table.

        Parameters
        ----------
        vectors : ndarray
            (n_songs, dim) float: `Scale.known`.
        songs : DataFrame
            ``artist``, and ``n_playlists`` if available.
        text : ndarray
            (n_songs, n_features) float.
        """
        artist = artist_numbers(songs)
        folded_names = songs["artist"].map(folded).tolist()
        names = {name: int(one) for name, one in zip(folded_names, artist, strict=True) if name}
        popularity = songs.get("n_playlists", pd.Series(1, index=songs.index)).to_numpy()
        return cls(vectors, artist, names, popularity, text)

    def newcomers(self, songs: pd.DataFrame, text: np.ndarray) -> Newcomers:
        """Return new songs, given as a table with ``artist``, as the methods see them."""
        return Newcomers(self.artists_of(songs), text)

    def artists_of(self, songs: pd.DataFrame) -> np.ndarray:
        """Return the number of the artist of new songs, or `NO_KNOWN_ARTIST`, (n_new,) int."""
        artist = [self.names.get(name, NO_KNOWN_ARTIST) for name in songs["artist"].map(folded)]
        return np.array(artist, dtype=np.int64)

    @cached_property
    def n_songs_of(self) -> np.ndarray:
        """The number of known songs by every artist, with a last entry 0 for `NO_KNOWN_ARTIST`."""
        return np.append(np.bincount(self.artist), 0)

    @cached_property
    def sums(self) -> np.ndarray:
        """The sum of every artist's song vectors, with a last row 0 for `NO_KNOWN_ARTIST`."""
        of_artists = Artists(self.artist).sums(self.vectors)
        return np.vstack([of_artists, np.zeros_like(self.vectors[:1])])

    @property
    def means(self) -> np.ndarray:
        """The mean vector of every artist's songs, with a last row 0; computed at every use."""
        return np.asarray(self.sums / np.maximum(self.n_songs_of, 1)[:, None])

    def evidence(self, estimates: np.ndarray) -> np.ndarray:
        """Return the distance of estimates from the centre of all songs, (n,) float, at least 0.

        Relative to the root mean square distance of known songs: about 1 for an estimate as
        definite as a known song, 0 for an estimate at the centre, which says nothing.

        Parameters
        ----------
        estimates : ndarray
            (n, dim) float, as an `Estimate` returns them.
        """
        middle = self.vectors.mean(axis=0)
        blocks = (self.vectors[block] - middle for block in row_blocks(len(self.vectors)))
        spread = np.sqrt(np.concatenate([(block**2).sum(axis=1) for block in blocks]).mean())
        away = np.linalg.norm(estimates - middle, axis=1)
        return np.asarray(away / spread if spread > 1e-6 else np.zeros(len(estimates)))

    @cached_property
    def best_known(self) -> np.ndarray:
        """Every artist's song in the most training playlists, ties by number."""
        order: np.ndarray = np.lexsort((-self.popularity, self.artist))
        first = np.unique(self.artist[order], return_index=True)[1]
        return np.asarray(order[first])
