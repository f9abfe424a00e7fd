"""Rivals with side information, fitted once however their parts are weighed.

"als+artist" is als beside its twin on playlists of artists, "als+titles" beside the titles of
playlists, "als+artist+titles" beside both; see `muse_lib.models.baselines.side_information`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model
from muse_lib.models.baselines import RIVALS, title_mean
from muse_lib.models.baselines.side_information import (
    SIDE_INFORMATION,
    beside,
    by_artist,
    through_artists,
)
from muse_lib.tuning.chosen import Point, Value

ARTIST_WEIGHT, TITLE_WEIGHT = "artist_weight", "title_weight"

MOST_REMEMBERED = 2**25
"""Bytes of scores that are kept of one model."""


def rival_of(name: str) -> str:
    """Return the rival of a name in the tables.

    Examples
    --------
    >>> rival_of("als+artist+titles")
    'als'
    """
    return name.partition("+")[0]


def weights_of(name: str) -> tuple[str, ...]:
    """Return the weights of what stands beside a rival.

    Examples
    --------
    >>> weights_of("als+titles")
    ('title_weight',)
    """
    return SIDE_INFORMATION[name.removeprefix(rival_of(name))]


class Fusion:
    """Makes rivals with side information.

    Parameters
    ----------
    vocabulary : Vocabulary
        The training playlists.
    seed : int
        Of the fits.
    how_titles_are_read : mapping
        ``title_model`` and ``normalise_titles``.
    """

    def __init__(
        self, vocabulary: Vocabulary, seed: int, how_titles_are_read: Mapping[str, Any]
    ) -> None:
        self._vocabulary = vocabulary
        self._seed = seed
        self._how_titles_are_read = how_titles_are_read
        self._remembered: dict[tuple[object, ...], Model] = {}
        self._titles = lru_cache(1)(self._read_titles)
        self._fitted = lru_cache(2)(self._fit)  # a rival and its twin: they can be large

    def model(self, name: str, point: Point) -> Model:
        """Return a rival at a point: its own hyper-parameters, and the weights of the parts."""
        weights: dict[str, Any] = {weight: point[weight] for weight in weights_of(name)}
        own = tuple((key, value) for key, value in point.items() if key not in weights)
        rival = rival_of(name)
        return beside(
            self._once(self._fitted, rival, own, False),
            self._once(self._fitted, rival, own, True) if ARTIST_WEIGHT in weights else None,
            self._once(self._titles) if TITLE_WEIGHT in weights else None,
            **weights,
        )

    def _once(self, make: Callable[..., Model], *arguments: object) -> Model:
        """Return a model that remembers what it said in earlier trials."""
        if arguments not in self._remembered:
            self._remembered[arguments] = Remembering(partial(make, *arguments))
        return self._remembered[arguments]

    def _fit(self, rival: str, point: tuple[tuple[str, Value], ...], on_artists: bool) -> Model:
        """Fit a rival to playlists of songs, or of artists."""
        fit = RIVALS[rival].fit
        if not on_artists:
            return fit(self._vocabulary, self._seed, **dict(point))
        of_artists = fit(by_artist(self._vocabulary), self._seed, **dict(point))
        return through_artists(of_artists, self._vocabulary)

    def _read_titles(self) -> Model:
        return title_mean(self._vocabulary, self._seed, **self._how_titles_are_read)


class Remembering:
    """A model that is asked the same again and again, and computes it once.

    Parameters
    ----------
    make : callable
        Returns the model; called whenever something new is asked.
    """

    def __init__(self, make: Callable[[], Model]) -> None:
        self._make = make
        self._said: dict[tuple[bytes, ...], np.ndarray] = {}
        self._room = MOST_REMEMBERED

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return (n_pairs,) scores of pairs of songs."""
        return self._once((i.tobytes(), j.tobytes()), lambda model: model.similarity(i, j))

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return (n_songs,) scores of all songs as continuation of the songs ``given``."""
        return self._once((given.tobytes(),), lambda model: model.continuation_scores(given))

    def _once(
        self, question: tuple[bytes, ...], answer: Callable[[Model], np.ndarray]
    ) -> np.ndarray:
        if question in self._said:
            return self._said[question]
        scores = answer(self._make())
        if scores.nbytes <= self._room:
            self._room -= scores.nbytes
            self._said[question] = scores
        return scores
