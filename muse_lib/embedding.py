"""Song vectors and what one asks of them: neighbours, continuations, a search, a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from muse_lib.artifacts import read_frame, read_tensors, replacing, write_frame, write_tensors
from muse_lib.errors import InputError
from muse_lib.models import Vectors

VECTORS, SONGS = "vectors.safetensors", "songs.parquet"


@dataclass(frozen=True)
class Embedding(Vectors):
    """One vector and one bias a song.

    Attributes
    ----------
    vectors : ndarray
        (n_songs, dim) float: w_i of the poster.
    biases : ndarray
        (n_songs,) float: b_i.
    songs : DataFrame
        One row a song, in the order of the vectors: ``song_id``, ``track``, ``artist``.
    """

    biases: np.ndarray
    songs: pd.DataFrame

    def __post_init__(self) -> None:
        if not len(self.vectors) == len(self.biases) == len(self.songs):
            raise InputError(
                f"{len(self.vectors)} vectors, {len(self.biases)} biases and {len(self.songs)} "
                f"songs do not belong together: give one of each a song."
            )

    def beside(self, features: np.ndarray, weight: float) -> "Embedding":
        """Return the songs' unit vectors with another part beside them, of length ``weight``.

        Where both songs have features, the cosine of the joint vectors is a mean of two cosines,
        (cos(w_i, w_j) + weight^2 cos(x_i, x_j)) / (1 + weight^2).

        Parameters
        ----------
        features : ndarray
            (n_songs, n_features): x_i, of any length; a zero row adds nothing.
        weight : float
            At least 0.
        """
        joint = np.hstack([self.unit, weight * Vectors(features).unit])
        return Embedding(joint.astype(self.vectors.dtype), self.biases, self.songs)

    def neighbours(self, song: int, k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs nearest to one song by cosine, nearest first, without itself."""
        return self.continuation([song], k)

    def continuation(self, songs: Sequence[int], k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs nearest to the centroid of ``songs``: how a playlist could go on.

        Parameters
        ----------
        songs : sequence of int
            Song numbers, 0 .. n_songs - 1; they are not proposed again.
        k : int
            How many to propose; fewer come back if there are not so many.

        Returns
        -------
        DataFrame
            ``song`` (number), ``track``, ``artist`` and ``cosine``, nearest first, ties by number.

        Raises
        ------
        InputError
            If ``songs`` is empty or names a song that is not there, or ``k`` is below 1.
        """
        given = np.asarray(songs, dtype=np.int64)
        if not given.size or given.min() < 0 or given.max() >= len(self.songs) or k < 1:
            raise InputError(
                f"songs={list(songs)!r} and k={k} cannot be used: give at least one song number "
                f"from 0 to {len(self.songs) - 1}, and k of at least 1."
            )
        cosine = self.continuation_scores(given)
        cosine[given] = -np.inf
        nearest = np.argsort(-cosine, kind="stable")[
            : min(k, len(self.songs) - np.unique(given).size)
        ]
        return pd.DataFrame(
            {
                "song": nearest,
                "track": self.songs["track"].to_numpy()[nearest],
                "artist": self.songs["artist"].to_numpy()[nearest],
                "cosine": cosine[nearest],
            }
        )

    def search(self, text: str, limit: int = 10) -> pd.DataFrame:
        """Return the songs whose track or artist holds every word of ``text``, ignoring case."""
        names = (self.songs["artist"] + " - " + self.songs["track"]).str.casefold()
        found = np.ones(len(names), dtype=bool)
        for word in text.casefold().split():
            found &= names.str.contains(word, regex=False).to_numpy(dtype=bool)
        numbers = np.flatnonzero(found)[:limit]
        return self.songs.iloc[numbers][["track", "artist"]].assign(song=numbers)

    def save(self, folder: Path, pedigree: dict[str, Any]) -> None:
        """Write the vectors and the songs beside them into ``folder``, without pickle."""
        write_frame(folder / SONGS, self.songs)
        tensors = {"vectors": self.vectors, "biases": self.biases}
        tensors["song_id"] = self.songs["song_id"].to_numpy(np.int64)
        write_tensors(folder / VECTORS, tensors, pedigree)

    @classmethod
    def load(cls, folder: Path, remedy: str = "train the model again.") -> "Embedding":
        """Read what `save` wrote; raise `InputError` if it is missing, damaged or mixed up."""
        tensors, _ = read_tensors(folder / VECTORS, remedy)
        songs = read_frame(folder / SONGS, remedy)
        try:
            vectors, biases = tensors["vectors"], tensors["biases"]
            same = np.array_equal(tensors["song_id"], songs["song_id"])
        except KeyError as error:
            raise InputError(f"the model {folder.name} lacks {error}: {remedy}") from None
        if not same or vectors.ndim != 2 or biases.shape != vectors.shape[:1]:
            raise InputError(
                f"{VECTORS} and {SONGS} in {folder.name} name different songs: {remedy}"
            )
        return cls(vectors, biases, songs)

    def export_word2vec(self, path: Path) -> None:
        """Write the word2vec text format, which gensim's KeyedVectors and many tools read.

        A song's word is ``artist_-_track`` with white space as ``_``; where two songs would
        share a word, the later one gets its number behind it.
        """
        names = self.songs["artist"] + " - " + self.songs["track"]
        words = names.str.split().str.join("_")
        words = words.where(~words.duplicated(), words + "_#" + words.index.astype(str))
        with replacing(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(f"{len(words)} {self.vectors.shape[1]}\n")
            for word, vector in zip(words, self.vectors, strict=True):
                file.write(f"{word} {' '.join(f'{x:.7g}' for x in vector)}\n")
