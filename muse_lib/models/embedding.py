"""Song vectors and what one asks of them: neighbours, continuations, a search, a file."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from muse_lib.data.catalogue import COLUMNS, Catalogue, Song
from muse_lib.errors import InputError
from muse_lib.models.base import Vectors
from muse_lib.storage.files import read_json, read_tensors, replacing, write_json, write_tensors

VECTORS, SONGS = "model.safetensors", "songs.json"
"""The files of a model; the first has the name by which the Hugging Face hub knows vectors."""


@dataclass(frozen=True)
class Embedding(Vectors):
    """One vector and one bias a song.

    Whoever asks names a song by its identifier (the column ``song`` of every table), by its
    track, or by ``(track, artist)``; see `Catalogue`. Only `similarity` and
    `continuation_scores`, which evaluations call, take positions 0 .. n_songs - 1.

    Attributes
    ----------
    vectors : ndarray
        (n_songs, dim) float: w_i of the poster.
    biases : ndarray
        (n_songs,) float: b_i.
    songs : DataFrame
        One row a song, in the order of the vectors: ``song``, ``track``, ``artist`` and
        ``n_playlists``. Given with ``track`` and ``artist`` alone, songs are identified by their
        positions.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from muse_lib import Embedding
    >>> songs = pd.DataFrame({"track": ["Rain", "Sun"], "artist": ["Ana", "Bo"]})
    >>> Embedding(np.eye(2), np.zeros(2), songs).neighbours("Rain")["track"].tolist()
    ['Sun']
    """

    biases: np.ndarray
    songs: pd.DataFrame

    def __post_init__(self) -> None:
        if not len(self.vectors) == len(self.biases) == len(self.songs):
            raise InputError(
                f"{len(self.vectors)} vectors, {len(self.biases)} biases and {len(self.songs)} "
                f"songs do not belong together: give one of each a song."
            )
        object.__setattr__(self, "songs", Catalogue.of(self.songs).table)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The songs, to be found by whatever somebody calls them."""
        return Catalogue(self.songs)

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

    def reduced(self, dim: int) -> "Embedding":
        """Return the songs' unit vectors in fewer dimensions, their cosines as close as can be.

        The unit vectors U are projected on their first ``dim`` right singular vectors V: of all
        matrices of that rank, U V V' U' is nearest to the cosines U U' (Eckart and Young, 1936).

        Parameters
        ----------
        dim : int
            At least 1; from the vectors' own length on, they are rotated and nothing is lost.

        Raises
        ------
        InputError
            If ``dim`` is below 1.
        """
        if dim < 1:
            raise InputError(f"dim={dim} cannot be used: give at least 1.")
        unit = self.unit.astype(np.float64)
        _, directions = np.linalg.eigh(unit.T @ unit)  # the largest last
        projected = unit @ directions[:, ::-1][:, :dim]
        return replace(self, vectors=projected.astype(self.vectors.dtype))

    def halved(self) -> "Embedding":
        """Return the same in half precision (float16), for files of half the size."""
        halves = {name: getattr(self, name).astype(np.float16) for name in ("vectors", "biases")}
        return replace(self, **halves)

    def neighbours(self, song: Song, k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs nearest to one song by cosine, nearest first, without itself.

        See `continuation` for the table and for what is refused.

        Examples
        --------
        >>> embedding = Embedding(
        ...     np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), np.zeros(3),
        ...     pd.DataFrame({"track": ["Rain", "Sun", "Mud"], "artist": ["Ana", "Bo", "Ana"]}),
        ... )
        >>> embedding.neighbours("Rain", k=1)["track"].tolist()
        ['Sun']
        """
        return self._nearest(np.array([self.catalogue.position(song)]), k)

    def continuation(self, songs: Iterable[Song], k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs nearest to the centroid of ``songs``: how a playlist could go on.

        Parameters
        ----------
        songs : iterable of int, str or tuple of str
            A list of songs; they are not proposed again.
        k : int
            How many to propose, at least 1; fewer come back if there are not so many.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``cosine``, nearest first, ties by position.

        Raises
        ------
        InputError
            If ``songs`` is empty or no list, or one of them names no song or several, or ``k``
            is not a whole number above 0.
        """
        return self._nearest(self.catalogue.positions(songs), k)

    def _nearest(self, given: np.ndarray, k: int) -> pd.DataFrame:
        """Return the songs nearest to those at some positions."""
        if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
            raise InputError(f"k={k!r} cannot be used: give a whole number of at least 1.")
        cosine = self.continuation_scores(given)
        cosine[given] = -np.inf
        n_others = len(self.songs) - np.unique(given).size
        nearest = np.argsort(-cosine, kind="stable")[: min(k, n_others)]
        found = self.catalogue.rows(nearest).drop(columns="n_playlists")
        return found.assign(cosine=cosine[nearest])

    def search(self, text: str, limit: int | None = 10) -> pd.DataFrame:
        """Return the songs whose track or artist holds every word of ``text``.

        Case, accents and invisible signs do not count.

        Parameters
        ----------
        text : str
            Words in any order.
        limit : int or None
            At most so many songs; None for all.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``n_playlists``, the most popular first.
            ``.attrs["n_found"]`` is how many there are without the limit.

        Raises
        ------
        InputError
            If ``text`` is no text.
        """
        if not isinstance(text, str):
            raise InputError(f"text={text!r} cannot be searched: give words as a string.")
        found = self.catalogue.search(text)
        table = self.catalogue.rows(found[:limit])
        table.attrs["n_found"] = found.size
        return table

    def save(self, folder: str | Path, pedigree: dict[str, Any]) -> None:
        """Write the vectors and the songs beside them into ``folder``, without pickle."""
        folder = Path(folder)
        songs = {name: self.songs[name].tolist() for name in COLUMNS}
        write_json(folder / SONGS, songs, indent=None)
        tensors = {"vectors": self.vectors, "biases": self.biases}
        write_tensors(folder / VECTORS, tensors, {**pedigree, "songs": _digest(songs)})

    @classmethod
    def load(cls, folder: str | Path, remedy: str = "train the model again.") -> "Embedding":
        """Read what `save` wrote; raise `InputError` if it is missing, damaged or mixed up."""
        folder = Path(folder)
        tensors, pedigree = read_tensors(folder / VECTORS, remedy)
        songs = read_json(folder / SONGS, remedy)
        try:
            vectors, biases = (_single(tensors[name]) for name in ("vectors", "biases"))
            same = pedigree["songs"] == _digest({name: songs[name] for name in COLUMNS})
        except (KeyError, TypeError) as error:
            raise InputError(f"the model {folder.name} lacks {error}: {remedy}") from None
        if not same or vectors.ndim != 2 or biases.shape != vectors.shape[:1]:
            raise InputError(
                f"{VECTORS} and {SONGS} in {folder.name} name different songs: {remedy}"
            )
        return cls(vectors, biases, pd.DataFrame(songs))

    def export_word2vec(self, path: str | Path, binary: bool = False) -> None:
        """Write the word2vec format, which gensim's KeyedVectors and many tools read.

        A song's word is its identifier where that is text, else ``artist_-_track``, with white
        space as ``_``; where two songs would share a word, the later one gets its number behind
        it.

        Parameters
        ----------
        path : str or Path
            The file.
        binary : bool
            Whether in the binary format, of float32, or as text of seven digits.
        """
        named = self.songs["artist"] + " - " + self.songs["track"]
        names = self.songs["song"] if isinstance(next(iter(self.songs["song"]), 0), str) else named
        words = names.str.split().str.join("_")
        words = words.where(~words.duplicated(), words + "_#" + words.index.astype(str))
        with (
            replacing(Path(path)) as draft,
            draft.open("wb") as file,
        ):
            file.write(f"{len(words)} {self.vectors.shape[1]}\n".encode())
            for word, vector in zip(words, self.vectors.astype(np.float32), strict=True):
                numbers = (
                    vector.tobytes() if binary else " ".join(f"{x:.7g}" for x in vector).encode()
                )
                file.write(word.encode() + b" " + numbers + b"\n")


def _single(numbers: np.ndarray) -> np.ndarray:
    """Return numbers kept in half precision in that in which we calculate."""
    return numbers.astype(np.float32) if numbers.dtype == np.float16 else numbers


def changes(folder: Path, pedigree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters in which a model to be trained differs from the one in a folder.

    Parameters
    ----------
    folder : Path
        Where `Embedding.save` may have written.
    pedigree : mapping
        Every parameter of the model to be trained, by name.

    Returns
    -------
    dict
        New values by name; nothing where the folder holds no vectors, or damaged ones.
    """
    try:
        _, old = read_tensors(folder / VECTORS, "")
    except InputError:
        return {}
    return {name: value for name, value in pedigree.items() if old.get(name) != value}


def _digest(songs: dict[str, list[Any]]) -> str:
    """Return the SHA-256 of a table of songs, by which vectors know theirs."""
    return hashlib.sha256(json.dumps(songs, sort_keys=True).encode()).hexdigest()
