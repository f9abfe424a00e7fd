"""Convert a user's playlists, held in Python, to what a model is trained on."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from muse_lib.data.catalogue import Song
from muse_lib.data.corpus import Corpus
from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.errors import InputError
from muse_lib.names import folded

Playlists = Iterable[Iterable[Song]] | pd.DataFrame | Corpus


def vocabulary_of(playlists: Playlists, titles: Sequence[str] | None = None) -> Vocabulary:
    """Return the vocabulary of some playlists: their songs, numbered by first appearance.

    Parameters
    ----------
    playlists : iterable of iterables, DataFrame or Corpus
        See `muse_lib.MuSE.fit`.
    titles : sequence of str, optional
        One title per playlist, where the playlists are lists.

    Raises
    ------
    InputError
        If this is not a collection of playlists, an entry is not a song, or no playlist has two
        songs.
    """
    if isinstance(playlists, Corpus | pd.DataFrame) and titles is not None:
        raise InputError("titles are for lists of songs; a table has them in its column title.")
    if isinstance(playlists, Corpus):
        parts = np.full(len(playlists.playlists), "train")
        return Dataset.of(playlists, parts).vocabulary
    if isinstance(playlists, pd.DataFrame):
        return _of_table(playlists)
    return _of_lists(playlists, titles)


def _of_lists(playlists: Iterable[Iterable[Song]], titles: Sequence[str] | None) -> Vocabulary:
    if isinstance(playlists, str | bytes | dict) or not isinstance(playlists, Iterable):
        raise InputError(
            f"{type(playlists).__name__} is not a collection of playlists: pass a list of lists "
            f"of songs, or a table with the columns playlist and track."
        )
    lists, keys = [], list[tuple[int, Any]]()
    for number, playlist in enumerate(playlists):
        if isinstance(playlist, str | bytes | dict) or not isinstance(playlist, Iterable):
            raise InputError(
                f"playlist {number} is {playlist!r} ({type(playlist).__name__}): pass each "
                f"playlist as a list of songs."
            )
        songs = [_song(song, number) for song in playlist]
        keys += [(number, song) for song in songs]
        lists.append(songs)
    named = ["" for _ in lists] if titles is None else list(titles)
    if len(named) != len(lists):
        raise InputError(f"{len(lists)} playlists have {len(named)} titles: pass one for each.")
    if invalid := [title for title in named if not isinstance(title, str)]:
        raise InputError(
            f"the title {invalid[0]!r} is not a string: pass '' for a playlist without a title."
        )
    kinds = {type(song) for _, song in keys}
    if len(kinds) > 1:
        raise InputError(
            f"songs are named by {' and by '.join(sorted(kind.__name__ for kind in kinds))}: use "
            f"one kind for all of them, strings, integers or (track, artist)."
        )
    given = [song for _, song in keys]
    if kinds == {tuple}:
        names = pd.DataFrame(given, columns=["track", "artist"])
        identity = pd.Series([*map(folded, names["track"])]) + "\n" + names["artist"].map(folded)
        return _numbered(np.array([number for number, _ in keys]), identity, names, named)
    table = pd.DataFrame({"song": given, "track": given if kinds == {str} else "", "artist": ""})
    return _numbered(np.array([number for number, _ in keys]), table["song"], table, named)


def _song(song: object, playlist: int) -> str | int | tuple[str, str]:
    """Return a song as a Python object; reject anything else."""
    match song:
        case bool() | np.bool_():
            pass
        case int() | np.integer():
            return int(song)
        case str() if song.strip():
            return str(song)
        case (str() as track, str() as artist) if track.strip():
            return str(track), str(artist)
    raise InputError(
        f"playlist {playlist} holds {song!r} ({type(song).__name__}), which is not a song: name "
        f"songs by strings, integers or (track, artist)."
    )


def _of_table(table: pd.DataFrame) -> Vocabulary:
    if "playlist" not in table or not {"track", "song"} & {*table}:
        columns = ", ".join(map(str, table.columns))
        raise InputError(
            f"the table has the columns {columns}: it needs playlist and track (or song, your own "
            f"identifier), and may have artist and title."
        )
    rows = table.reset_index(drop=True)
    for column in [name for name in ("playlist", "song", "track") if name in rows]:
        empty = rows[column].isna() | (rows[column].astype(str).str.strip() == "")
        if empty.any():
            raise InputError(
                f"row {int(np.flatnonzero(empty)[0])} has no {column}: remove such rows, for "
                f"example with table[table[{column!r}].notna()]."
            )
    texts = {name: _texts(rows, name) for name in ("track", "artist", "title")}
    playlist, _ = pd.factorize(rows["playlist"])
    first = pd.Series(playlist).drop_duplicates().index
    titles = texts["title"].iloc[first].tolist()
    names = pd.DataFrame({name: texts[name] for name in ("track", "artist")})
    if "song" in rows:
        rows_of = zip(rows["song"].tolist(), playlist.tolist(), strict=True)
        songs = [_song(song, number) for song, number in rows_of]
        return _numbered(playlist, rows["song"], names.assign(song=pd.Series(songs)), titles)
    identity = names["track"].map(folded) + "\n" + names["artist"].map(folded)
    return _numbered(playlist, identity, names, titles)


def _texts(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as strings, empty where the column or a value is missing."""
    if column not in rows:
        return pd.Series("", index=rows.index, dtype="str")
    filled = rows[column].fillna("")
    invalid = [value for value in filled.unique().tolist() if not isinstance(value, str | int)]
    if invalid:
        raise InputError(
            f"the {column} {invalid[0]!r} is not a string: convert the column to strings."
        )
    return filled.astype(str)


def _numbered(
    playlist: np.ndarray, identity: pd.Series, songs: pd.DataFrame, titles: list[str]
) -> Vocabulary:
    """Make a vocabulary from rows (playlist, song); songs of equal ``identity`` are merged."""
    number, _ = pd.factorize(identity)
    first = np.flatnonzero(~pd.Series(number).duplicated())
    members = pd.DataFrame({"playlist": playlist, "song": number.astype(np.int32)})
    members = members.drop_duplicates().sort_values(["playlist", "song"])
    sizes = np.bincount(members["playlist"], minlength=len(titles))
    if not (sizes > 1).any():
        raise InputError("no playlist has two songs: there is nothing to learn from.")
    return Vocabulary(
        songs=songs.iloc[first].reset_index(drop=True),
        playlists=np.split(members["song"].to_numpy(), np.cumsum(sizes)[:-1]),
        titles=titles,
    )
