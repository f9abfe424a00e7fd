"""The interface of a model: how similar two songs are, and how to continue a playlist.

Trained vectors and baselines share it, so that one evaluation serves them all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np

Made = TypeVar("Made", covariant=True)

PAIRS, RANKING = "pairs", "ranking"

PURPOSES = (PAIRS, RANKING)
"""What models are tuned and evaluated for: classifying pairs of songs, continuing playlists."""

PAIRS_AT_ONCE = 50_000
"""Pairs whose vectors are gathered at a time."""

LARGE = 1_000_000_000
"""Bytes of vectors that a model does not keep twice unless it must."""

ROWS_AT_ONCE = 30_000
"""Rows of which a copy is held at a time."""


class Model(Protocol):
    """Scores pairs of songs and continuations; songs are numbered as in the vocabulary."""

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return (n_pairs,) finite scores of pairs of songs, higher for more similar."""

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return (n_songs,) finite scores of all songs as continuations of the songs ``given``.

        The given songs are scored too; the caller leaves them out.
        """


@runtime_checkable
class ReadsTitles(Protocol):
    """A model that can also score songs for the title of a new playlist.

    Mean title vectors of songs, for example, give the cosine of each with the vector of the
    title.
    """

    def title_scores(self, title: str, /) -> np.ndarray:
        """Return (n_songs,) finite scores of all songs for a playlist of this title, not blank.

        The title is as its owner wrote it; the model normalises it as it did in training.
        """


@dataclass(frozen=True)
class Rule:
    """A model made of two functions with the signatures of `Model`."""

    similarity: Callable[[np.ndarray, np.ndarray], np.ndarray]
    continuation_scores: Callable[[np.ndarray], np.ndarray]


class OnDemand(Mapping[str, Made]):
    """Values by name, each made when it is asked for, since together they would not fit in memory.

    Parameters
    ----------
    makers : mapping of callable
        What makes each value; called at every look-up.

    Examples
    --------
    >>> [*OnDemand({"one": lambda: 1, "two": lambda: 2}).items()]
    [('one', 1), ('two', 2)]
    """

    def __init__(self, makers: Mapping[str, Callable[[], Made]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Made:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Recent(Generic[Made]):
    """A function that keeps the values it returned last.

    Unlike `functools.lru_cache`, it makes room before it makes a value, so that never more than
    ``n_kept`` of them are in memory.

    Parameters
    ----------
    make : callable
        The function; its arguments can be hashed.
    n_kept : int, optional
        Number of values to keep, at least 1; None for all.

    Examples
    --------
    >>> double = Recent(lambda n: print("doubling", n) or 2 * n, n_kept=1)
    >>> double(1), double(1), double(2)
    doubling 1
    doubling 2
    (2, 2, 4)
    """

    def __init__(self, make: Callable[..., Made], n_kept: int | None) -> None:
        self._make, self._n_kept = make, n_kept
        self._kept: dict[tuple[Any, ...], Made] = {}  # the value used last is the last
        self._turn = RLock()  # threads that ask for the same value wait for it

    def __call__(self, *arguments: Any) -> Made:
        """Return the value for some arguments, and make it if it is not kept."""
        with self._turn:
            if arguments in self._kept:
                value = self._kept.pop(arguments)
            else:
                while len(self._kept) == self._n_kept:
                    del self._kept[next(iter(self._kept))]
                value = self._make(*arguments)
            self._kept[arguments] = value
            return value


def unit(rows: np.ndarray, length: float = 1) -> np.ndarray:
    """Return rows scaled to one length; a zero row stays zero."""
    present = lengths(rows)[:, None]
    scaled = rows / np.where(present > 0, present, 1)
    if length != 1:
        scaled *= length
    return np.asarray(scaled)


def lengths(rows: np.ndarray) -> np.ndarray:
    """Return the length of each row, (n_rows,) float; in blocks, since `norm` copies its input."""
    return np.concatenate([np.linalg.norm(rows[block], axis=1) for block in row_blocks(len(rows))])


def row_blocks(n_rows: int) -> Iterator[slice]:
    """Yield slices of at most `ROWS_AT_ONCE` rows; of no rows, an empty one."""
    for start in range(0, max(n_rows, 1), ROWS_AT_ONCE):
        yield slice(start, start + ROWS_AT_ONCE)


@dataclass(frozen=True)
class Vectors:
    """A model that compares songs by the cosine of their vectors.

    Attributes
    ----------
    vectors : ndarray
        (n_songs, dim) float.
    """

    vectors: np.ndarray

    @cached_property
    def unit(self) -> np.ndarray:
        """The vectors scaled to length 1; a zero vector stays zero, so its cosines are 0."""
        return unit(self.vectors)

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return the cosine of w_i and w_j, in [-1, 1], for arrays of song numbers."""
        # a second array of all vectors only if it is small and most of its rows are needed
        few = 2 * len(i) < len(self.vectors) or self.vectors.nbytes > LARGE
        few &= "unit" not in vars(self)
        cosine = np.empty(len(i), dtype=unit(self.vectors[:0]).dtype)
        for start in range(0, len(i), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            pairs = (i[part], j[part])
            one, other = (unit(self.vectors[s]) if few else self.unit[s] for s in pairs)
            np.einsum("pd,pd->p", one, other, out=cosine[part])
        return cosine

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the cosine of every song with the centroid of the unit vectors of ``given``."""
        return self.cosines(self.unit[given].mean(axis=0))

    def cosines(self, vector: np.ndarray, /) -> np.ndarray:
        """Return the cosine of every song with one vector, (dim,) float of any length."""
        length = np.linalg.norm(vector)
        return np.asarray(self.unit @ vector / (length if length > 0 else 1))
