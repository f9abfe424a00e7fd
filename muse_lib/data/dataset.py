"""The playlists that the notebooks of a study share: a sample, split into parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from muse_lib.data.corpus import Corpus
from muse_lib.data.makers import is_chart
from muse_lib.errors import InputError
from muse_lib.names import folded
from muse_lib.storage.results import Results

if TYPE_CHECKING:
    import scipy.sparse

MADE_BY = "01_data"


def incidence(playlists: Sequence[np.ndarray], n_songs: int) -> "scipy.sparse.csr_array":
    """Return the song-playlist incidence matrix, (n_songs, n_playlists) sparse float32, 0 and 1."""
    import scipy.sparse  # for titles, rivals and the evaluation; MuSE itself does not need it

    songs = np.concatenate(playlists)
    playlist = np.repeat(np.arange(len(playlists)), [held.size for held in playlists])
    ones = np.ones(songs.size, dtype=np.float32)
    return scipy.sparse.csr_array((ones, (songs, playlist)), shape=(n_songs, len(playlists)))


def artist_numbers(songs: pd.DataFrame) -> np.ndarray:
    """Return the artist of every song, (n_songs,) int: equal for all spellings of a name.

    A song without an artist gets a number of its own.
    """
    written, distinct = pd.factorize(songs["artist"])  # fold each distinct name only once
    spelt, names = pd.factorize(np.array([*map(folded, distinct), None], dtype=object)[:-1])
    number = spelt[written].astype(np.int64)
    unknown = number == np.append(np.flatnonzero(names == ""), -1)[0]
    number[unknown] = names.size + np.arange(unknown.sum())
    return pd.factorize(number)[0]


@dataclass(frozen=True)
class Vocabulary:
    """The songs a model knows, numbered 0 .. n_songs - 1: those of the training playlists.

    Attributes
    ----------
    songs : DataFrame
        One row per song, in the model's numbering: ``track``, ``artist`` (empty if unknown), and
        where available ``song`` (the user's own identifier), ``song_id`` in the sample,
        ``genre``, ``genres`` and other columns of `Corpus`.
    playlists : list of ndarray
        The training playlists, each a sorted array of the model's song numbers, int32.
    titles : list of str
        Their titles, as written by their owners.
    """

    songs: pd.DataFrame
    playlists: list[np.ndarray]
    titles: list[str]

    @property
    def artists(self) -> np.ndarray:
        """The artist of every song, (n_songs,) int: equal for all spellings of a name."""
        return artist_numbers(self.songs)

    @property
    def popularity(self) -> np.ndarray:
        """The number of training playlists that contain each song, (n_songs,) int."""
        songs = np.concatenate([*self.playlists, np.empty(0, np.int32)])
        return np.bincount(songs, minlength=len(self.songs))

    @property
    def catalogue(self) -> pd.DataFrame:
        """The songs as shown to users: ``track``, ``artist``, ``n_playlists``, ``song``."""
        shown = [name for name in ("song", "track", "artist") if name in self.songs]
        return self.songs[shown].assign(n_playlists=self.popularity)

    @property
    def has_artists(self) -> bool:
        """Whether the artist of any song is known."""
        return bool((self.songs["artist"] != "").any())

    @property
    def has_titles(self) -> bool:
        """Whether any playlist has a title."""
        return any(title.strip() for title in self.titles)

    def most_popular(self, k: int) -> np.ndarray:
        """Return the ``k`` songs that are in the most training playlists, ties by number."""
        return np.argsort(-self.popularity, kind="stable")[:k]


@dataclass(frozen=True)
class Dataset:
    """A sample of a corpus, with each playlist assigned to a part.

    Attributes
    ----------
    playlists : DataFrame
        ``playlist_id``, ``title``, ``part`` ("train", "validation" or "test"), ``group`` (int,
        the same for playlists that overlap by half or more), ``chart`` (bool, whether the title is
        that of a country's chart), and any other columns of the corpus.
    songs, memberships : DataFrame
        As in `Corpus`.
    """

    playlists: pd.DataFrame
    songs: pd.DataFrame
    memberships: pd.DataFrame

    @classmethod
    def of(
        cls,
        corpus: Corpus,
        parts: np.ndarray,
        groups: np.ndarray | None = None,
        min_song_count: int = 1,
    ) -> "Dataset":
        """Join a sampled corpus with one of its splits.

        Parameters
        ----------
        corpus : Corpus
            As `sample` returned it.
        parts : ndarray
            (n_playlists,) str.
        groups : ndarray, optional
            (n_playlists,) int. By default, each playlist is a group of its own.
        min_song_count : int
            Songs in fewer training playlists are removed from them. Held-out playlists have no
            influence here: they keep these songs, as songs unknown to training.

        Raises
        ------
        InputError
            If no song is in ``min_song_count`` training playlists.
        """
        playlists = corpus.playlists.assign(
            part=parts,
            group=np.arange(len(parts)) if groups is None else groups,
            chart=is_chart(corpus.playlists["title"]),
        )
        held = corpus.memberships
        if min_song_count > 1:
            in_training = np.asarray(parts == "train")[held["playlist_id"]]
            count = np.bincount(held["song_id"][in_training], minlength=len(corpus.songs))
            kept = ~in_training | (count[held["song_id"]] >= min_song_count)
            held = held[kept].reset_index(drop=True)
            if not (in_training & kept).any():
                raise InputError(
                    f"no song is in min_song_count={min_song_count} training playlists or more: "
                    f"lower it; the most popular one is in {count.max(initial=0)}."
                )
        return cls(playlists, corpus.songs, held)

    @property
    def parts(self) -> np.ndarray:
        """The part of every playlist, (n_playlists,) str."""
        return self.playlists["part"].to_numpy(dtype=str)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The songs and playlists of the training part, in the model's numbering.

        Songs are numbered by first appearance in the training playlists. The order of the corpus
        would leak information: it depends on held-out playlists, and a song's initial vector
        depends on its number.
        """
        training = self.memberships[self.parts[self.memberships["playlist_id"]] == "train"]
        number, known = pd.factorize(training["song_id"].to_numpy())
        training = training.assign(number=number.astype(np.int32))
        training = training.sort_values(["playlist_id", "number"])
        ends = np.flatnonzero(np.diff(training["playlist_id"])) + 1
        return Vocabulary(
            songs=self.songs.iloc[np.asarray(known)].reset_index(drop=True),
            playlists=np.split(training["number"].to_numpy(), ends),
            titles=self.playlists["title"].iloc[training["playlist_id"].unique()].tolist(),
        )

    def save(self, results: Results) -> None:
        """Write the three tables for later notebooks."""
        results.save_frame("playlists", self.playlists)
        results.save_frame("songs", self.songs)
        results.save_frame("memberships", self.memberships)

    @classmethod
    def load(cls, results: Results) -> "Dataset":
        """Read what `save` wrote; raise `InputError` naming its notebook if it is missing."""
        names = ("playlists", "songs", "memberships")
        return cls(*(results.load_frame(name, MADE_BY) for name in names))
