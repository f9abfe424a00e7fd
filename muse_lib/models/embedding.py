"""Song vectors and what one asks of them: neighbours, continuations, a search, a file."""

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
    artist_bonus : float or None
        None: a list is continued by cosine. A number: by product, see `continuation_scores`.
    parts : mapping of str to int
        What the vectors are made of, by the number of columns of each part, in their order; empty
        where it is one.

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
                f"songs do not belong together: give one of each a song."
            )
        if self.parts and sum(self.parts.values()) != self.vectors.shape[1]:
            raise InputError(
                f"the parts {dict(self.parts)} have other columns than the vectors, which have "
                f"{self.vectors.shape[1]}."
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
        joint = np.hstack([self.unit, weight * unit(features)])
        return replace(self, vectors=joint.astype(self.vectors.dtype))

    def joined(self, parts: Mapping[str, np.ndarray], artist_bonus: float) -> "Embedding":
        """Return the vectors with parts beside them, by whose product lists are continued.

        The songs' own part, "own", keeps its lengths, which training has given a meaning: it is
        divided by their root mean square r, and the biases by r^2, so that the product of two
        joint vectors and the biases is (w_i . w_j + b_i + b_j) / r^2 and what the parts add.

        Parameters
        ----------
        parts : mapping of str to ndarray
            (n_songs, n_features) each, weighted.
        artist_bonus : float
            See `continuation_scores`.
        """
        square = float(np.mean(np.einsum("sd,sd->s", self.vectors, self.vectors))) or 1.0
        joint = np.hstack([self.vectors / np.sqrt(square), *parts.values()])
        return Embedding(
            joint.astype(self.vectors.dtype),
            (self.biases / square).astype(self.biases.dtype),
            self.songs,
            artist_bonus,
            {"own": self.vectors.shape[1], **{name: x.shape[1] for name, x in parts.items()}},
        )

    def followed(self, songs: pd.DataFrame, vectors: np.ndarray, biases: np.ndarray) -> "Embedding":
        """Return the same with more songs behind those that there are.

        Parameters
        ----------
        songs : DataFrame
            The columns of `songs`, one row a song.
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
        """Return where one of `parts` stands in a vector."""
        names = list(self.parts)
        end = sum(list(self.parts.values())[: names.index(name) + 1])
        return slice(end - self.parts[name], end)

    @cached_property
    def artists(self) -> np.ndarray:
        """(n_songs,) int: the artist of each song, see `artist_numbers`."""
        return artist_numbers(self.songs)

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the score of every song as continuation of the songs ``given``, (n_songs,).

        Without `artist_bonus`, the cosine with the centroid of their unit vectors. With it, the
        mean over the given songs i of

            v_i . v_j + b_j + artist_bonus [i and j are by one artist].

        The first two terms are how often i and j should meet, as far as the model can say (its
        log M_ij less b_i, which ranks nothing), and what other parts of the vectors add; the last
        is the poster's artist augmentation. So popular songs come first among equals.
        """
        near, rest = self.score_terms(self.vectors[given], self.artists[given])
        return np.asarray(near + rest)

    def score_terms(
        self, vectors: np.ndarray, artists: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the terms of every song's score beside vectors that need be no song's.

        Parameters
        ----------
        vectors : ndarray
            (n, dim) float: those of the given songs, and of whatever counts as one.
        artists : ndarray
            (at most n,) int: the artists of those that have one, as `artist_numbers` of the songs.

        Returns
        -------
        near, rest : ndarray
            (n_songs,) float each: the cosine or the product; bias and artist bonus, or 0.
        """
        if self.artist_bonus is None:
            return self.cosines(unit(vectors).mean(axis=0)), np.zeros(len(self.songs))
        by = np.bincount(artists, minlength=self.artists.max() + 1) / len(vectors)
        return self.vectors @ vectors.mean(axis=0), (
            self.biases + self.artist_bonus * by[self.artists]
        )

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
        vectors = projected.astype(self.vectors.dtype)
        return replace(self, vectors=vectors, artist_bonus=None, parts={})

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
        given = np.array([self.catalogue.position(song)])
        return self.nearest(self.unit[given[0]], k, given)

    def continuation(self, songs: Iterable[Song], k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs with which a playlist of ``songs`` could best go on.

        Parameters
        ----------
        songs : iterable of int, str or tuple of str
            A list of songs; they are not proposed again.
        k : int
            How many to propose, at least 1; fewer come back if there are not so many.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and the score, the best first, ties by position. It
            is called ``cosine``, or ``score`` where it is none: see `continuation_scores`.

        Raises
        ------
        InputError
            If ``songs`` is empty or no list, or one of them names no song or several, or ``k``
            is not a whole number above 0.
        """
        given = self.catalogue.positions(songs)
        scores = self.continuation_scores(given)
        return self.best(scores, given, k, self.score_name)

    def nearest(self, query: np.ndarray, k: int, given: np.ndarray) -> pd.DataFrame:
        """Return the ``k`` songs whose vectors are nearest to another one by cosine.

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
        """What `continuation_scores` are called in a table."""
        return "cosine" if self.artist_bonus is None else "score"

    def best(
        self,
        scores: np.ndarray,
        given: np.ndarray,
        k: int,
        name: str,
        order: np.ndarray | None = None,
    ) -> pd.DataFrame:
        """Return the ``k`` songs of the highest scores; see `continuation`.

        Parameters
        ----------
        scores : ndarray
            (n_songs,) float.
        given : ndarray
            Positions of songs that are left out.
        k : int
            How many.
        name : str
            What the scores are called in the table.
        order : ndarray, optional
            (n_songs,) float: what songs are ordered by, if it is not the scores.
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
        pedigree = {**pedigree, "songs": _digest(songs)}
        if self.parts or self.artist_bonus is not None:
            pedigree["made"] = {"artist_bonus": self.artist_bonus, "parts": dict(self.parts)}
        write_tensors(folder / VECTORS, tensors, pedigree)

    @classmethod
    def load(cls, folder: str | Path, remedy: str = "train the model again.") -> "Embedding":
        """Read what `save` wrote; raise `InputError` if it is missing, damaged or mixed up."""
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
        """Write the word2vec format, which gensim's KeyedVectors and many tools read.

        A song's word is its identifier where that is text, else ``artist_-_track``, with white
        space as ``_``; where two songs would share a word, the later one gets its number behind
        it. The format holds vectors alone: cosines are the same, but the biases and
        `artist_bonus`, by which lists are continued, are lost.

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
