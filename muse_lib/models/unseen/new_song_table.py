"""New songs as a user gives them: a table, optionally with the playlists that contain them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.data.catalogue import Catalogue
from muse_lib.errors import InputError
from muse_lib.names import folded


@dataclass(frozen=True)
class NewSongTable:
    """New songs as a user gives them, and the known songs they share playlists with.

    Attributes
    ----------
    songs : DataFrame
        ``track``, ``artist``, ``n_playlists`` and, where the user has identifiers, ``song``.
    lists : dict
        As `muse_lib.models.unseen.placing.Placing.place` takes it.
    """

    songs: pd.DataFrame
    lists: dict[int, np.ndarray]

    @classmethod
    def of(cls, table: pd.DataFrame, catalogue: Catalogue) -> Self:
        """Read a table of new songs.

        Parameters
        ----------
        table : DataFrame
            ``track`` and ``artist``, one new song per row; or, with ``playlist`` as well, one row
            for each song of each playlist, known songs included.

        Raises
        ------
        InputError
            If it is not such a table, or a song has no track or artist, appears twice, or is
            already known.
        """
        if not isinstance(table, pd.DataFrame) or not {"track", "artist"} <= set(table.columns):
            raise InputError(
                "new songs must come as a table with the columns track and artist, and playlist "
                "if playlists contain them: give a DataFrame."
            )
        rows = table.reset_index(drop=True)
        if rows.empty:
            raise InputError("there are no new songs: the table has no rows.")
        for column in ("track", "artist"):
            _refuse_blank(rows, column)
        identity = rows["track"].map(folded) + "\n" + rows["artist"].map(folded)
        known = _positions(catalogue)
        position = identity.map(known)
        if "playlist" not in rows:
            _refuse_known(rows, position)
            _refuse_twice(rows, identity)
        is_new = position.isna().to_numpy()
        if not is_new.any():
            raise InputError(f"all {len(rows)} songs are already known: there is nothing to add.")
        number, first = pd.factorize(identity[is_new])[0], ~identity[is_new].duplicated()
        columns = ["track", "artist", *(["song"] if "song" in rows else [])]
        songs = rows.loc[is_new, columns][first.to_numpy()].reset_index(drop=True)
        lists, n_playlists = dict[int, np.ndarray](), np.zeros(len(songs), dtype=np.int64)
        if "playlist" in rows:
            playlist = rows["playlist"]
            members = {
                name: group.dropna().astype(int).unique()
                for name, group in position.groupby(playlist, sort=False)
            }
            for song, names in playlist[is_new].groupby(number, sort=True):
                held_by = [members[name] for name in names.unique() if name in members]
                n_playlists[int(str(song))] = len(held_by)
                lists[int(str(song))] = np.concatenate([np.empty(0, np.int64), *held_by])
        return cls(songs.assign(n_playlists=n_playlists), lists)

    def identified(self, catalogue: Catalogue) -> pd.DataFrame:
        """Return the songs with a ``song`` of the catalogue's type that it does not contain."""
        taken = catalogue.table["song"].tolist()
        used = set(taken)
        if "song" in self.songs:
            given = self.songs["song"].tolist()
            if wrong := [one for one in given if one in used]:
                raise InputError(f"the identifier {wrong[0]!r} is taken: give each song its own.")
            return self.songs
        if taken and isinstance(taken[0], int):
            start = max(taken) + 1
            return self.songs.assign(song=np.arange(start, start + len(self.songs)))
        names = (self.songs["artist"] + " - " + self.songs["track"]).tolist()
        for k, name in enumerate(names):
            twin = 1
            while names[k] in used:
                twin += 1
                names[k] = f"{name} ({twin})"
            used.add(names[k])
        return self.songs.assign(song=names)


def _positions(catalogue: Catalogue) -> dict[str, int]:
    """Return the position of every known song by name; of several, the first."""
    table = catalogue.table
    names = (table["track"].map(folded) + "\n" + table["artist"].map(folded)).tolist()
    return {name: position for position, name in reversed(list(enumerate(names)))}


def _refuse_blank(rows: pd.DataFrame, column: str) -> None:
    strange = [not isinstance(value, str) or not folded(value) for value in rows[column]]
    if any(strange):
        row = int(np.argmax(strange))
        raise InputError(
            f"row {row} has no {column} ({rows[column].iloc[row]!r}): a new song is placed by its "
            f"track and its artist, so give both as text, or leave it out."
        )


def _refuse_known(rows: pd.DataFrame, position: pd.Series) -> None:
    if position.notna().any():
        raise InputError(
            f"{named(rows, position.notna())} is already known ({position.notna().sum():,} "
            f"of these {len(rows):,} songs are): leave out known songs."
        )


def _refuse_twice(rows: pd.DataFrame, identity: pd.Series) -> None:
    if identity.duplicated().any():
        raise InputError(
            f"{named(rows, identity.duplicated())} appears twice: give it once, "
            f"or name its playlists in a column playlist."
        )


def named(songs: pd.DataFrame, which: np.ndarray | pd.Series) -> str:
    """Return the name of the first of some songs, for a message."""
    track, artist = songs.loc[np.asarray(which), ["track", "artist"]].iloc[0].tolist()
    return f"{_short(track)} by {_short(artist)}"


def _short(name: str) -> str:
    """Return a name quoted and shortened for a message."""
    return repr(name if len(name) <= 60 else name[:60] + "…")
