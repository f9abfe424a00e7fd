"""Song vectors and their uses: neighbours, continuations, search, saving and exporting."""

import hashlib
import json
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from muse_lib.data.catalogue import COLUMNS, Catalogue, Song
from muse_lib.data.dataset import artist_numbers
from muse_lib.errors import InputError
from muse_lib.models.base import Vectors, unit
from muse_lib.storage.files import (
    read_json,
    read_pedigree,
    read_tensors,
    replacing,
    write_json,
    write_tensors,
)

VECTORS, SONGS = "model.safetensors", "songs.json"
"""The files of a model; the Hugging Face hub recognises the first by its name."""


@dataclass(frozen=True)
class Embedding(Vectors):
    """One vector and one bias per song.

    Methods take a song by its identifier (the column ``song`` of every table), its track, or
    ``(track, artist)``; see `Catalogue`. Only the cosines of pairs and
    `continuation_scores`, which evaluations call, take positions 0 .. n_songs - 1.

    Attributes
    ----------
    vectors : ndarray
        (n_songs, dim) float: w_i of the poster.
    biases : ndarray
        (n_songs,) float: b_i.
    songs : DataFrame
        One row per song, in the order of the vectors: ``song``, ``track``, ``artist`` and
        ``n_playlists``. If only ``track`` and ``artist`` are given, songs are identified by
        their positions.
    artist_bonus : float or None
        None: playlists are continued by cosine. A number: by dot product, see
        `continuation_scores`.
    parts : mapping of str to int
        The parts of the vectors and the number of columns of each, in order; empty if there is
        only one part.

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
    artist_bonus: float | None = None
    parts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.vectors) == len(self.biases) == len(self.songs):
            raise InputError(
                f"{len(self.vectors)} vectors, {len(self.biases)} biases and {len(self.songs)} "
                f"songs do not match: give one vector and one bias per song."
            )
        if self.parts and sum(self.parts.values()) != self.vectors.shape[1]:
            raise InputError(
                f"the parts {dict(self.parts)} do not add up to the {self.vectors.shape[1]} "
                f"columns of the vectors."
            )
        object.__setattr__(self, "songs", Catalogue.of(self.songs).table)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The songs, for look-up by identifier, track, or track and artist."""
        return Catalogue(self.songs)

    def beside(self, features: np.ndarray, weight: float) -> "Embedding":
        """Return the songs' unit vectors concatenated with features of length ``weight``.

        If both songs have features, the cosine of the joint vectors is a weighted mean of two
        cosines, (cos(w_i, w_j) + weight^2 cos(x_i, x_j)) / (1 + weight^2).

        Parameters
        ----------
        features : ndarray
            (n_songs, n_features): x_i, of any length; a zero row adds nothing.
        weight : float
            At least 0.
        """
        return replace(self, vectors=self._concatenated(self.unit, unit(features, weight)))

    def joined(self, parts: Mapping[str, np.ndarray], artist_bonus: float) -> "Embedding":
        """Return the vectors concatenated with further parts, for continuation by dot product.

        The trained part, "own", keeps its relative lengths, which carry meaning: it is divided
        by their root mean square r, and the biases by r^2. The dot product of two joint vectors
        plus their biases is then (w_i . w_j + b_i + b_j) / r^2 plus the products of the parts.

        Parameters
        ----------
        parts : mapping of str to ndarray
            (n_songs, n_features) each, weighted.
        artist_bonus : float
            See `continuation_scores`.
        """
        square = float(np.mean(np.einsum("sd,sd->s", self.vectors, self.vectors))) or 1.0
        joint = self._concatenated(self.vectors, *parts.values())
        joint[:, : self.vectors.shape[1]] /= np.sqrt(square)
        return Embedding(
            joint,
            (self.biases / square).astype(self.biases.dtype),
            self.songs,
            artist_bonus,
            {"own": self.vectors.shape[1], **{name: x.shape[1] for name, x in parts.items()}},
        )

    def _concatenated(self, *parts: np.ndarray) -> np.ndarray:
        """Return parts of vectors beside each other, (n_songs, n_columns), in one new array."""
        return np.concatenate(parts, axis=1, dtype=self.vectors.dtype, casting="same_kind")

    def followed(self, songs: pd.DataFrame, vectors: np.ndarray, biases: np.ndarray) -> "Embedding":
        """Return a copy with more songs appended.

        Parameters
        ----------
        songs : DataFrame
            The columns of `songs`, one row per song.
        vectors, biases : ndarray
            (n_more, dim) and (n_more,) float.
        """
        return replace(
            self,
            vectors=np.vstack([self.vectors, vectors.astype(self.vectors.dtype)]),
            biases=np.append(self.biases, biases.astype(self.biases.dtype)),
            songs=pd.concat([self.songs, songs], ignore_index=True),
        )

    def part(self, name: str) -> np.ndarray:
        """Return the columns of one of `parts`, (n_songs, n_columns)."""
        if name not in self.parts:
            raise InputError(f"there is no part {name!r}: choose from {', '.join(self.parts)}.")
        return self.vectors[:, self.columns(name)]

    def columns(self, name: str) -> slice:
        """Return the columns that one of `parts` occupies in a vector."""
        names = list(self.parts)
        end = sum(list(self.parts.values())[: names.index(name) + 1])
        return slice(end - self.parts[name], end)

    @cached_property
    def artists(self) -> np.ndarray:
        """(n_songs,) int: the artist of each song, see `artist_numbers`."""
        return artist_numbers(self.songs)

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the score of every song as a continuation of the songs ``given``, (n_songs,).

        Without `artist_bonus`, the cosine with the centroid of their unit vectors. With it, the
        mean over the given songs i of

            v_i . v_j + b_j + artist_bonus [i and j are by the same artist].

        The first two terms are the model's estimate of log M_ij (without b_i, which does not
        change the ranking) plus the products of the other parts; the last is the poster's artist
        augmentation. Among otherwise equal songs, popular ones come first.
        """
        near, rest = self.score_terms(self.vectors[given], self.artists[given])
        return np.asarray(near + rest)

    def score_terms(
        self, vectors: np.ndarray, artists: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the terms of every song's score, given vectors that need not belong to songs.

        Parameters
        ----------
        vectors : ndarray
            (n, dim) float: the given songs, and anything that counts as one, such as a title.
        artists : ndarray
            (at most n,) int: the artists of those that have one, as `artist_numbers` of the songs.

        Returns
        -------
        near, rest : ndarray
            (n_songs,) float each: the cosine or dot product; bias plus artist bonus, or 0.
        """
        if self.artist_bonus is None:
            return self.cosines(unit(vectors).mean(axis=0)), np.zeros(len(self.songs))
        by = np.bincount(artists, minlength=self.artists.max() + 1) / len(vectors)
        return self.vectors @ vectors.mean(axis=0), (
            self.biases + self.artist_bonus * by[self.artists]
        )

    def reduced(self, dim: int) -> "Embedding":
        """Return the songs' unit vectors in fewer dimensions, preserving cosines optimally.

        The unit vectors U are projected onto their first ``dim`` right singular vectors V: among
        all matrices of that rank, U V V' U' is nearest to the cosines U U' (Eckart and Young,
        1936).

        Parameters
        ----------
        dim : int
            At least 1; from the full dimension upwards the vectors are only rotated.

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
        vectors = projected.astype(self.vectors.dtype)
        return replace(self, vectors=vectors, artist_bonus=None, parts={})

    def halved(self) -> "Embedding":
        """Return a copy in half precision (float16), which halves the size of its files."""
        halves = {name: getattr(self, name).astype(np.float16) for name in ("vectors", "biases")}
        return replace(self, **halves)

    def neighbours(self, song: Song, k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs nearest to a song by cosine, nearest first, excluding itself.

        See `continuation` for the table and the errors raised.

        Examples
        --------
        >>> embedding = Embedding(
        ...     np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), np.zeros(3),
        ...     pd.DataFrame({"track": ["Rain", "Sun", "Mud"], "artist": ["Ana", "Bo", "Ana"]}),
        ... )
        >>> embedding.neighbours("Rain", k=1)["track"].tolist()
        ['Sun']
        """
        given = np.array([self.catalogue.position(song)])
        return self.nearest(self.unit[given[0]], k, given)

    def continuation(self, songs: Iterable[Song], k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs that best continue a playlist of ``songs``.

        Parameters
        ----------
        songs : iterable of int, str or tuple of str
            The songs of the playlist; they are not recommended again.
        k : int
            How many to recommend, at least 1; fewer are returned if the model has fewer.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and the score, best first, ties by position. The score
            column is ``cosine`` or, with `artist_bonus`, ``score``: see `continuation_scores`.

        Raises
        ------
        InputError
            If ``songs`` is empty or not a list, one of them matches no song or several, or ``k``
            is not a whole number above 0.
        """
        given = self.catalogue.positions(songs)
        scores = self.continuation_scores(given)
        return self.best(scores, given, k, self.score_name)

    def nearest(self, query: np.ndarray, k: int, given: np.ndarray) -> pd.DataFrame:
        """Return the ``k`` songs whose vectors are nearest to a query vector by cosine.

        Parameters
        ----------
        query : ndarray
            (dim,) float, of any length.
        k, given : int, ndarray
            See `best`.
        """
        return self.best(self.cosines(query), given, k, "cosine")

    @property
    def score_name(self) -> str:
        """The column name of `continuation_scores` in a table."""
        return "cosine" if self.artist_bonus is None else "score"

    def best(
        self,
        scores: np.ndarray,
        given: np.ndarray,
        k: int,
        name: str,
        order: np.ndarray | None = None,
    ) -> pd.DataFrame:
        """Return the ``k`` songs with the highest scores; see `continuation`.

        Parameters
        ----------
        scores : ndarray
            (n_songs,) float.
        given : ndarray
            Positions of songs to leave out.
        k : int
            How many.
        name : str
            The column name of the scores.
        order : ndarray, optional
            (n_songs,) float: what to rank by, if not the scores.
        """
        if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
            raise InputError(f"k={k!r} cannot be used: give a whole number of at least 1.")
        order = np.array(scores if order is None else order)
        order[given] = -np.inf
        n_others = len(self.songs) - np.unique(given).size
        best = np.argsort(-order, kind="stable")[: min(k, n_others)]
        found = self.catalogue.rows(best).drop(columns="n_playlists")
        return found.assign(**{name: scores[best]})

    def search(self, text: str, limit: int | None = 10) -> pd.DataFrame:
        """Return the songs with every word of ``text`` in track or artist.

        Case, accents and invisible characters are ignored.

        Parameters
        ----------
        text : str
            Words in any order.
        limit : int or None
            Maximum number of songs; None for all.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``n_playlists``, most popular first.
            ``.attrs["n_found"]`` is the number of matches without the limit.

        Raises
        ------
        InputError
            If ``text`` is not a string.
        """
        if not isinstance(text, str):
            raise InputError(f"text={text!r} cannot be searched for: give words as a string.")
        found = self.catalogue.search(text)
        table = self.catalogue.rows(found[:limit])
        table.attrs["n_found"] = found.size
        return table

    def save(self, folder: str | Path, pedigree: dict[str, Any]) -> None:
        """Write the vectors and the table of songs into ``folder``, without pickle."""
        folder = Path(folder)
        songs = {name: self.songs[name].tolist() for name in COLUMNS}
        write_json(folder / SONGS, songs, indent=None)
        tensors = {"vectors": self.vectors, "biases": self.biases}
        pedigree = {**pedigree, "songs": _digest(songs)}
        if self.parts or self.artist_bonus is not None:
            pedigree["made"] = {"artist_bonus": self.artist_bonus, "parts": dict(self.parts)}
        write_tensors(folder / VECTORS, tensors, pedigree)

    @classmethod
    def load(cls, folder: str | Path, remedy: str = "train the model again.") -> "Embedding":
        """Load what `save` wrote; raise `InputError` if files are missing, damaged or mixed up."""
        folder = Path(folder)
        tensors, pedigree = read_tensors(folder / VECTORS, remedy)
        songs = read_json(folder / SONGS, remedy)
        try:
            vectors, biases = (_single(tensors[name]) for name in ("vectors", "biases"))
            same = pedigree["songs"] == _digest({name: songs[name] for name in COLUMNS})
            made = pedigree.get("made", {"artist_bonus": None, "parts": {}})
            bonus, parts = made["artist_bonus"], made["parts"]
            bonus = None if bonus is None else float(bonus)
            parts = {str(name): operator.index(width) for name, width in parts.items()}
        except (KeyError, TypeError) as error:
            raise InputError(f"the model {folder.name} lacks {error}: {remedy}") from None
        except (AttributeError, ValueError) as error:
            raise InputError(f"{VECTORS} in {folder.name} is damaged ({error}): {remedy}") from None
        if not same or vectors.ndim != 2 or biases.shape != vectors.shape[:1]:
            raise InputError(
                f"{VECTORS} and {SONGS} in {folder.name} name different songs: {remedy}"
            )
        return cls(vectors, biases, pd.DataFrame(songs), bonus, parts)

    def export_word2vec(self, path: str | Path, binary: bool = False) -> None:
        """Write the word2vec format, which gensim's KeyedVectors and many other tools read.

        A song's word is its identifier if that is text, otherwise ``artist_-_track``, with white
        space as ``_``. If two songs would share a word, the later one gets its number appended.
        The format stores only vectors: cosines are the same, but the biases and `artist_bonus`,
        which continuation uses, are lost.

        Parameters
        ----------
        path : str or Path
            The file.
        binary : bool
            Write the binary format (float32) instead of text with seven digits.
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
    """Return half-precision numbers in single precision, in which we compute."""
    return numbers.astype(np.float32) if numbers.dtype == np.float16 else numbers


def changes(folder: Path, pedigree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters whose values differ between a model to be trained and a saved one.

    Parameters
    ----------
    folder : Path
        Where `Embedding.save` may have written.
    pedigree : mapping
        Every parameter of the model to be trained, by name.

    Returns
    -------
    dict
        New values by name; empty if the folder has no vectors or damaged ones.
    """
    try:
        old = read_pedigree(folder / VECTORS, "")
    except InputError:
        return {}
    return {name: value for name, value in pedigree.items() if old.get(name) != value}


def _digest(songs: dict[str, list[Any]]) -> str:
    """Return the SHA-256 of a table of songs, which links vectors to their songs."""
    return hashlib.sha256(json.dumps(songs, sort_keys=True).encode()).hexdigest()
