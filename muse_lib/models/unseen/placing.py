"""Place songs that nobody has put on a list yet beside those that a model knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.data.catalogue import Catalogue
from muse_lib.errors import InputError
from muse_lib.models.embedding import Embedding
from muse_lib.models.unseen.confidence import confidence
from muse_lib.models.unseen.fold_in import centroids, fold_in
from muse_lib.models.unseen.known import NOBODY, Known
from muse_lib.models.unseen.methods import Affine, ridge, shrunken
from muse_lib.models.unseen.scale import Scale
from muse_lib.names import folded
from muse_lib.seeds import stream

MOST_READ = 4_000
"""Artists of whom a name is read; more of them gain little on validation playlists."""

ESTIMATED = ["song", "estimated_from", "n_artist_songs", "confidence"]
"""What is told of an estimated song, beside what every song has."""


def learn_names(embedding: Embedding, title_model: str) -> Affine:
    """Return the regression of artists' mean vectors on names, see `methods.artists_regression`.

    The encoder reads the best known song of each artist, of at most `MOST_READ` drawn artists.
    """
    known = _known(embedding)
    order = stream(0, "artists whose names are read").permutation(known.best_known.size)
    artists = np.sort(order[:MOST_READ])
    songs = embedding.songs.iloc[known.best_known[artists]]
    names = tuple(zip(songs["track"], songs["artist"], strict=True))
    return ridge(_read(names, title_model), known.means[artists])


@lru_cache(maxsize=1)  # the variants of a study have the same songs, and reading takes long
def _read(names: tuple[tuple[str, str], ...], title_model: str) -> np.ndarray:
    from muse_lib.titles.names import name_vectors  # of the extra for text

    return name_vectors(pd.DataFrame(names, columns=["track", "artist"]), title_model)


@dataclass(frozen=True)
class Placed:
    """New songs in the space of a model.

    Attributes
    ----------
    vectors, biases : ndarray
        (n_new, dim) and (n_new,) float, see `Scale`.
    artists : ndarray
        (n_new,) int: the number of the artist among those of the trained songs, or `NOBODY`.
    told : DataFrame
        ``estimated_from``, ``n_artist_songs`` and ``confidence``, see
        `muse_lib.models.unseen.confidence`.
    """

    vectors: np.ndarray
    biases: np.ndarray
    artists: np.ndarray
    told: pd.DataFrame


@dataclass(frozen=True)
class Placing:
    """What places new songs in the space of one model.

    Attributes
    ----------
    embedding : Embedding
        The trained songs.
    names : Affine, optional
        `learn_names`; without it an artist and playlists are all that a song is placed by.
    title_model : str
        What reads names.
    """

    embedding: Embedding
    names: Affine | None = None
    title_model: str = ""

    @cached_property
    def known(self) -> Known:
        """The trained songs, without texts."""
        return _known(self.embedding)

    def place(self, songs: pd.DataFrame, lists: Mapping[int, np.ndarray] | None = None) -> "Placed":
        """Estimate new songs.

        Parameters
        ----------
        songs : DataFrame
            ``track`` and ``artist`` (str), numbered from 0.
        lists : mapping, optional
            By the number of a new song, the positions of the known songs that share a playlist
            with it, int.

        Raises
        ------
        InputError
            If nothing at all is known of one of them.
        """
        known = self.known
        artist = np.array(
            [known.names.get(folded(name), NOBODY) for name in songs["artist"]], dtype=np.int64
        )
        has_artist = artist != NOBODY
        from_text = np.zeros((len(songs), known.vectors.shape[1]))
        if self.names is not None:
            from muse_lib.titles.names import name_vectors

            from_text = self.names(name_vectors(songs, self.title_model))
        estimated = shrunken(known, artist, from_text)
        given = [(lists or {}).get(number, np.empty(0, int)) for number in range(len(songs))]
        context = centroids(known.vectors, given)
        has_lists = np.asarray(context.any(axis=1))
        vectors = fold_in(estimated, context)
        if (nothing := np.asarray(~vectors.any(axis=1))).any():
            raise InputError(
                f"nothing is known of {_named(songs, nothing)}: no song "
                f"of the artist, no playlist, and names are not read; give playlists that hold "
                f"it, or install muse-lib[text]."
            )
        named = np.full(len(songs), self.names is not None)
        parts = zip(has_artist, named, has_lists, strict=True)
        told = pd.DataFrame(
            {
                "estimated_from": [
                    ", ".join(
                        word
                        for word, used in zip(("artist", "name", "playlists"), one, strict=True)
                        if used
                    )
                    for one in parts
                ],
                "n_artist_songs": known.n_songs_of[artist],
                "confidence": confidence(known.evidence(estimated), has_lists),
            }
        )
        scale = Scale.of(self.embedding)
        return Placed(scale.vectors(vectors), scale.biases(len(songs)), artist, told)


@dataclass(frozen=True)
class Asked:
    """New songs as a user gives them, and the known songs that they share playlists with.

    Attributes
    ----------
    songs : DataFrame
        ``track``, ``artist``, ``n_playlists`` and, where the user has identifiers, ``song``.
    lists : dict
        As `Placing.place` takes it.
    """

    songs: pd.DataFrame
    lists: dict[int, np.ndarray]

    @classmethod
    def of(cls, table: pd.DataFrame, catalogue: Catalogue) -> Self:
        """Read a table of new songs.

        Parameters
        ----------
        table : DataFrame
            ``track`` and ``artist``, one new song a row; or with ``playlist`` too a row for each
            song of each playlist, the known ones among them.

        Raises
        ------
        InputError
            If it is no such table, a song has no track or no artist, is there twice, or is known.
        """
        if not isinstance(table, pd.DataFrame) or not {"track", "artist"} <= set(table.columns):
            raise InputError(
                "new songs come in a table with the columns track and artist, and playlist where "
                "playlists hold them: give a DataFrame."
            )
        rows = table.reset_index(drop=True)
        if rows.empty:
            raise InputError("there is no new song: the table has no row.")
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
            raise InputError(f"all {len(rows)} songs are known already: there is nothing to add.")
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
        """Return the songs with a ``song`` that is of the catalogue's kind and new in it."""
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


def _known(embedding: Embedding) -> Known:
    return Known.of(
        Scale.of(embedding).known(embedding), embedding.songs, np.empty((len(embedding.songs), 0))
    )


def _positions(catalogue: Catalogue) -> dict[str, int]:
    """Return the position of every known song by its name, the first of several."""
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
            f"{_named(rows, position.notna())} is known already ({position.notna().sum():,} "
            f"of these {len(rows):,} songs are): leave out what is known."
        )


def _refuse_twice(rows: pd.DataFrame, identity: pd.Series) -> None:
    if identity.duplicated().any():
        raise InputError(
            f"{_named(rows, identity.duplicated())} is there twice: give it once, "
            f"or name its playlists in a column playlist."
        )


def _named(songs: pd.DataFrame, which: np.ndarray | pd.Series) -> str:
    """Return the first of some songs as a message names it."""
    track, artist = songs.loc[np.asarray(which), ["track", "artist"]].iloc[0].tolist()
    return f"{_short(track)} by {_short(artist)}"


def _short(name: str) -> str:
    """Return a name as a message quotes it."""
    return repr(name if len(name) <= 60 else name[:60] + "…")
