"""The songs that a model knows, and how to look them up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from muse_lib.errors import InputError
from muse_lib.names import folded, searchable

Song = int | str | tuple[str, str]
"""How a user names a song: by identifier, by track, or by track and artist."""

COLUMNS = ["song", "track", "artist", "n_playlists"]
N_CANDIDATES = 5
"""Maximum number of songs listed in an error message."""


@dataclass(frozen=True)
class Catalogue:
    """The songs of a model, at positions 0 .. n_songs - 1.

    Positions index arrays. Users refer to a song by its identifier, an integer or a string, which
    every table shows as ``song``.

    Attributes
    ----------
    table : DataFrame
        One row per song, in the order of the positions: ``song`` (the identifiers, all of one
        type), ``track``, ``artist`` (str) and ``n_playlists`` (int, how many training playlists
        contain the song).
    """

    table: pd.DataFrame

    @classmethod
    def of(cls, songs: pd.DataFrame) -> "Catalogue":
        """Return the catalogue of a table that has at least ``track`` and ``artist``.

        Without a column ``song``, positions serve as identifiers; without ``n_playlists``, it is
        set to 0. Other columns are dropped.

        Raises
        ------
        InputError
            If identifiers are neither all integers nor all strings, or are not unique.
        """
        table = songs.reset_index(drop=True)
        if "song" not in table:
            table = table.assign(song=np.arange(len(table)))
        if "n_playlists" not in table:
            table = table.assign(n_playlists=0)
        identifiers = table["song"].tolist()
        types = {type(identifier) for identifier in identifiers}
        if not (types <= {int} or types <= {str}):
            kinds = " and ".join(sorted(one.__name__ for one in types))
            raise InputError(
                f"song identifiers have the types {kinds}: use only integers or only strings."
            )
        if len(set(identifiers)) < len(identifiers):
            twice = table.loc[table["song"].duplicated(), "song"].tolist()[0]
            raise InputError(f"two songs have the identifier {twice!r}: make identifiers unique.")
        return cls(table[COLUMNS])

    def __len__(self) -> int:
        return len(self.table)

    def position(self, song: Song) -> int:
        """Return the position of one song.

        Parameters
        ----------
        song : int, str or tuple of str
            Its identifier; or its track and artist, ``("Blinding Lights", "The Weeknd")``; or its
            track alone, if no other song has that name. Names are compared in folded form
            (`muse_lib.names.folded`); an identifier takes precedence over a name.

        Raises
        ------
        InputError
            If there is no such song, if several songs have the name (the message lists them, most
            popular first), or if ``song`` has another type, such as 2.0, True or nan.
        """
        match song:
            case bool() | np.bool_():
                raise self._refused(song)
            case int() | np.integer():
                found = self._positions.get(int(song))
            case str():
                found = self._positions.get(str(song))
                found = self._named(str(song)) if found is None else found
            case (str(), str()):
                found = self._named(*song)
            case _:
                raise self._refused(song)
        if found is None:
            raise InputError(
                f"there is no song {song!r}: {self._how_named}, by (track, artist), or by track "
                f"alone; search(text) finds songs by the words of their names."
            )
        return found

    def positions(self, songs: Iterable[Song]) -> np.ndarray:
        """Return the positions of several songs, (n,) int64, in their order.

        Parameters
        ----------
        songs : iterable of int, str or tuple of str
            A list, an array or a Series of songs, each as `position` takes it.

        Raises
        ------
        InputError
            If ``songs`` is a single song, a set, a mapping, a boolean mask or empty, or if one of
            them is unknown.
        """
        return np.array([self.position(song) for song in self.listed(songs)], dtype=np.int64)

    def listed(self, songs: Iterable[Song]) -> list[Song]:
        """Return songs as a list, known or not.

        Raises
        ------
        InputError
            As `positions`, except that unknown songs are accepted.
        """
        if isinstance(songs, str | bytes | dict | set | frozenset | np.generic) or (
            isinstance(songs, tuple) and len(songs) == 2 and all(isinstance(s, str) for s in songs)
        ):
            raise InputError(
                f"songs={songs!r} is not a list of songs: put even a single song in a list, such "
                f"as [{next(iter(self.table['song']), 0)!r}] or [('track', 'artist')]."
            )
        try:
            listed = list(songs)
        except TypeError:
            raise InputError(
                f"songs={songs!r} is not a list of songs: put even a single song in a list."
            ) from None
        if not listed:
            raise InputError("songs is empty: name at least one song.")
        if all(isinstance(song, bool | np.bool_) for song in listed):
            raise InputError(
                f"songs is a boolean mask of length {len(listed)}: pass the songs themselves, such "
                f"as songs['song'][mask]."
            )
        return listed

    def lacks(self, song: Song) -> bool:
        """Return whether ``song`` is a (track, artist) pair that matches no known song."""
        match song:
            case (str() as track, str() as artist) if folded(track) and folded(artist):
                fits = self._names["track"] == folded(track)
                return not (fits & (self._names["artist"] == folded(artist))).any()
        return False

    def search(self, text: str) -> np.ndarray:
        """Return the positions of the songs whose track or artist contains every word of ``text``.

        Case, accents and invisible characters are ignored. The most popular songs come first, ties
        by position; an empty text matches all songs.
        """
        found = np.ones(len(self), dtype=bool)
        for word in searchable(text).split():
            found &= self._searchable.str.contains(word, regex=False).to_numpy(dtype=bool)
        return self._by_popularity(np.flatnonzero(found))

    def rows(self, positions: np.ndarray) -> pd.DataFrame:
        """Return ``song, track, artist, n_playlists`` for some positions, indexed from 0."""
        return self.table.iloc[positions].reset_index(drop=True)

    @cached_property
    def _positions(self) -> dict[Any, int]:
        """The position of each identifier."""
        return {song: position for position, song in enumerate(self.table["song"].tolist())}

    @cached_property
    def _names(self) -> pd.DataFrame:
        """The folded track and artist of each song."""
        return self.table[["track", "artist"]].map(folded)

    @cached_property
    def _searchable(self) -> pd.Series:
        return (self.table["artist"] + " - " + self.table["track"]).map(searchable)

    def _named(self, track: str, artist: str | None = None) -> int | None:
        """Return the position of the only song with a name; None if there is none."""
        fits = self._names["track"] == folded(track)
        if artist is not None:
            fits &= self._names["artist"] == folded(artist)
        found = self._by_popularity(np.flatnonzero(fits))
        if found.size > 1:
            candidates = self.rows(found[:N_CANDIDATES])
            listed = ", ".join(
                f"{row.song!r} ({row.track!r} by {row.artist!r})" for row in candidates.itertuples()
            )
            more = f" and {found.size - N_CANDIDATES} more" if found.size > N_CANDIDATES else ""
            raise InputError(
                f"{found.size} songs are called {track!r}: {listed}{more}; choose one by its "
                f"identifier or by (track, artist)."
            )
        return int(found[0]) if found.size else None

    def _by_popularity(self, positions: np.ndarray) -> np.ndarray:
        popularity = self.table["n_playlists"].to_numpy()[positions]
        return positions[np.argsort(-popularity, kind="stable")]

    @property
    def _how_named(self) -> str:
        """How to refer to a song of this catalogue, for messages."""
        identifiers: Sequence[Any] = self.table["song"].tolist()
        if not identifiers or isinstance(identifiers[0], str):
            return "name a song by its identifier"
        if identifiers == [*range(len(identifiers))]:
            return f"name a song by its number, 0 to {len(identifiers) - 1}"
        return "name a song by its number"

    def _refused(self, song: object) -> InputError:
        return InputError(
            f"{song!r} ({type(song).__name__}) is not a song: {self._how_named} or by "
            f"(track, artist)."
        )
