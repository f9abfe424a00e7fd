"""Collect the rows of a source, block by block, and build a corpus from them.

A row states that a playlist contains a song. Each distinct text is stored once and rows hold its
code, so that millions of rows fit in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import pandas as pd

from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.names import folded

WITHOUT_SONGS = "playlist without songs"
OF_ROWS = ("empty track", "empty artist", "song repeated in its playlist")
"""Reasons why a row yields no membership."""


@dataclass(frozen=True)
class Coded:
    """A block of strings, stored as codes that index a list of texts.

    Attributes
    ----------
    codes : ndarray
        (n_rows,) int.
    texts : sequence of str
        Not necessarily distinct.
    """

    codes: np.ndarray
    texts: Sequence[str] | np.ndarray

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Self:
        """Return strings as codes; None becomes an empty string.

        Raises
        ------
        TypeError, UnicodeEncodeError
            If a value is not a string, or contains half of a surrogate pair.
        """
        given = np.empty(len(values), dtype=object)
        given[:] = ["" if text is None else text for text in values]
        coded = cls(*pd.factorize(given, use_na_sentinel=False))
        "".join(coded.texts).encode()  # raises for numbers and half surrogate pairs
        return coded


ROWS_AT_ONCE = 4_000_000
"""Rows processed at a time; when looking for repeated songs, rounded to whole playlists."""

ROLES = ("playlist", "title", "track", "artist")
"""The columns of a row."""

Text: TypeAlias = Sequence[str | None] | Coded
"""A block of strings, one per row."""


class Rows:
    """The rows of one source, and a report of those dropped.

    Parameters
    ----------
    key : tuple of str
        The columns that identify a playlist: ``("playlist",)``, or ``("playlist", "title")`` if
        ``playlist`` names only the owner.

    Attributes
    ----------
    playlists : Series
        Once the corpus is built, the value of ``playlist`` for each of its playlists.
    """

    playlists: pd.Series

    def __init__(self, key: tuple[str, ...] = ("playlist",)) -> None:
        self._key = key
        self._columns = {name: _Codes() for name in ROLES}
        self._numbers: list[np.ndarray] = []
        self._where: list[str] = []
        self._dropped: dict[str, tuple[int, str]] = {}
        self._notes: list[str] = []

    def add(
        self,
        where: str,
        numbers: Sequence[int] | np.ndarray,
        *,
        playlist: Text,
        title: Text,
        track: Text,
        artist: Text,
    ) -> None:
        """Add a block of rows.

        Parameters
        ----------
        where, numbers : str, sequence of int
            The origin of each row, for the report: ``"my.csv, line"`` and the line numbers.
        playlist, title, track, artist : sequence of str
            One value per row; None becomes an empty string. ``playlist`` identifies the playlist
            and is not shown; ``title`` is.
        """
        columns = {"playlist": playlist, "title": title, "track": track, "artist": artist}
        for name, values in columns.items():
            self._columns[name].add(values)
        self._numbers.append(np.asarray(numbers, dtype=np.int32))
        self._where.append(where)

    def drop(self, reason: str, example: str, count: int = 1) -> None:
        """Report something dropped; the first example of each reason is kept."""
        before, first = self._dropped.get(reason, (0, ""))
        self._dropped[reason] = (before + count, first or _short(example))

    def note(self, sentence: str) -> None:
        """Add a sentence to the notes of the corpus."""
        self._notes.append(sentence)

    def corpus(self, name: str, source: str) -> Corpus:
        """Build the corpus; the rows are consumed.

        A song is identified by its folded track and artist, and counts once per playlist. Tracks
        and artists keep the spelling of their first appearance. Playlists and songs are numbered
        by first appearance.

        Parameters
        ----------
        name : str
            The corpus's name in the registry.
        source : str
            The file or folder, for the message if it contains no songs.

        Raises
        ------
        InputError
            If no row has both a track and an artist.
        """
        columns = {name: self._columns.pop(name).column() for name in ROLES}
        row_playlist = _numbers_of(
            *((columns[part].codes, columns[part].size) for part in self._key)
        )
        n_playlists = int(row_playlist.max(initial=-1)) + 1
        playlist_rows = _first_rows(row_playlist, n_playlists)
        # free each column of millions of rows as soon as it is no longer needed
        of_playlists = {name: columns.pop(name).at(playlist_rows) for name in ROLES[:2]}
        track, artist = columns["track"].folded(), columns["artist"].folded()
        no_track, no_artist = track.is_empty(), artist.is_empty()

        def report(reason: str, rows: np.ndarray) -> None:
            if len(rows):
                texts = " by ".join(repr(column.at(rows[:1])[0]) for column in columns.values())
                self.drop(reason, f"{self._place(rows[0])}: {texts}", len(rows))

        report(OF_ROWS[0], np.flatnonzero(no_track))
        report(OF_ROWS[1], np.flatnonzero(no_artist & ~no_track))
        rows = np.flatnonzero(~(no_track | no_artist))
        del no_track, no_artist

        song = _numbers_of((track.codes[rows], track.size), (artist.codes[rows], artist.size))
        del track
        n_songs = int(song.max(initial=-1)) + 1
        repeated = _repeated(row_playlist[rows], song)
        report(OF_ROWS[2], rows[repeated])
        rows, song = rows[~repeated], song[~repeated]

        kept = np.bincount(row_playlist[rows], minlength=n_playlists) > 0
        for number in np.flatnonzero(~kept)[:1]:
            text = f"{self._place(playlist_rows[number])}: {of_playlists['title'][number]!r}"
            self.drop(WITHOUT_SONGS, text, int((~kept).sum()))
        if not len(rows):
            why = "".join(f" ({reason}: {first})" for reason, (_, first) in self._dropped.items())
            raise InputError(f"{source} holds no playlist with a song{why}: name another source.")

        self._check_sum(len(row_playlist), len(rows))
        playlist = (np.cumsum(kept) - 1).astype(np.int32)[row_playlist[rows]]
        of_playlists = {name: at[kept].reset_index(drop=True) for name, at in of_playlists.items()}
        self.playlists = of_playlists["playlist"]
        song_rows = rows[_first_rows(song, n_songs)]
        artist_rows = rows[_first_rows(artist.codes[rows], artist.size)]
        playlists = _table(playlist_id=np.arange(kept.sum()), title=of_playlists["title"])
        songs = _table(
            song_id=np.arange(n_songs),
            track=columns["track"].at(song_rows),
            artist=columns["artist"].at(artist_rows[artist.codes[song_rows]]),
        )
        columns.clear()
        self._numbers.clear()
        del artist, rows, row_playlist
        order = np.argsort(playlist, kind="stable")
        return Corpus(
            name=name,
            playlists=playlists,
            songs=songs,
            memberships=_table(playlist_id=playlist[order], song_id=song[order]),
            dropped=self.dropped(),
            notes=tuple(self._notes),
        )

    def _check_sum(self, n_rows: int, n_kept: int) -> None:
        """Raise if a row is neither kept nor reported: no row may be lost silently."""
        n_reported = sum(self._dropped.get(reason, (0, ""))[0] for reason in OF_ROWS)
        if n_kept + n_reported != n_rows:
            raise InputError(
                f"of {n_rows} rows {n_kept} were kept and {n_reported} reported: this is a bug in "
                f"the reader; please report it."
            )

    def dropped(self) -> pd.DataFrame:
        """Return the report of what was dropped: ``reason``, ``count``, ``example``."""
        dropped = [(reason, count, first) for reason, (count, first) in self._dropped.items()]
        report = pd.DataFrame(dropped, columns=["reason", "count", "example"])
        return report.astype({"reason": "str", "count": "int64", "example": "str"})

    def _place(self, row: int) -> str:
        """Return the origin of a row, such as ``"my.csv, line 7"``."""
        ends = np.cumsum([len(numbers) for numbers in self._numbers])
        block = int(np.searchsorted(ends, row, side="right"))
        return f"{self._where[block]} {self._numbers[block][row - ends[block]]}"


class _Codes:
    """A column under construction: the code of every text so far, and of every row."""

    def __init__(self) -> None:
        self._code: dict[str, int] = {}
        self._blocks: list[np.ndarray] = []

    def add(self, values: Text) -> None:
        """Add a block; raise `TypeError` or `UnicodeEncodeError` if a value is not a string."""
        if not isinstance(values, Coded):
            values = Coded.of(values)
        code = [self._code.setdefault(text, len(self._code)) for text in values.texts]
        self._blocks.append(np.array(code, dtype=np.int32)[values.codes])

    def column(self) -> "_Column":
        """Return the whole column."""
        codes = np.concatenate([*self._blocks, np.empty(0, np.int32)])
        return _Column(codes, np.array([*self._code, None], dtype=object)[:-1])


@dataclass(frozen=True)
class _Column:
    """A column of text: one code per row (int32), indexing the distinct strings (object)."""

    codes: np.ndarray
    texts: np.ndarray

    @property
    def size(self) -> int:
        """The number of distinct strings."""
        return len(self.texts)

    def folded(self) -> Self:
        """Return the column with one spelling per name."""
        spelt = np.array([*map(folded, self.texts), None], dtype=object)[:-1]
        codes, distinct = pd.factorize(spelt)
        return type(self)(codes.astype(np.int32)[self.codes], distinct)

    def is_empty(self) -> np.ndarray:
        """Return for each row whether its text is empty (bool)."""
        return np.asarray((self.texts == "")[self.codes], dtype=bool)

    def at(self, rows: np.ndarray) -> pd.Series:
        """Return the texts of some rows."""
        return pd.Series(self.texts[self.codes[rows]], dtype="str")


def _numbers_of(*parts: tuple[np.ndarray, int]) -> np.ndarray:
    """Return one number per distinct combination of codes, by first appearance (int32).

    Parameters
    ----------
    parts : (ndarray, int)
        The codes of a column, and the number of possible codes.
    """
    combined = np.zeros(len(parts[0][0]), dtype=np.int64)
    for codes, size in parts:
        combined *= size
        combined += codes
    return pd.factorize(combined)[0].astype(np.int32)


def _repeated(playlist: np.ndarray, song: np.ndarray) -> np.ndarray:
    """Return for each row whether an earlier one has the same playlist and song (bool).

    A few playlists are compared at a time: a table of all rows would take more memory than the
    rows themselves.

    Parameters
    ----------
    playlist, song : ndarray
        (n_rows,) int32, from 0.
    """
    order = np.argsort(playlist, kind="stable")
    ends = np.cumsum(np.bincount(playlist))
    cuts = np.unique(ends[np.searchsorted(ends, np.arange(0, order.size, ROWS_AT_ONCE))])
    repeated = np.zeros(order.size, dtype=bool)
    for rows in np.split(order, cuts):
        key = playlist[rows].astype(np.int64) << 32 | song[rows]
        repeated[rows] = pd.Series(key).duplicated()
    return repeated


def _first_rows(codes: np.ndarray, n_codes: int) -> np.ndarray:
    """Return the row at which each code first appears, (n_codes,); 0 for one that does not."""
    first = np.zeros(n_codes, dtype=np.int64)
    for start in range(0, len(codes), ROWS_AT_ONCE)[::-1]:
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(codes)))
        # NumPy keeps the last of several values assigned to an index, hence the reverse order
        first[codes[rows[::-1]]] = rows[::-1]
    return first


def _table(**columns: np.ndarray | pd.Series) -> pd.DataFrame:
    """Return a table in which every id is int32."""
    return pd.DataFrame(
        {
            name: column.astype(np.int32) if name.endswith("_id") else column
            for name, column in columns.items()
        }
    )


def _short(example: str, limit: int = 160) -> str:
    return example if len(example) <= limit else example[: limit - 1] + "…"
