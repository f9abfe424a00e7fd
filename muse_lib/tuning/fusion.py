"""Rivals with side information, fitted once however their parts are weighed.

"als+artist" is als beside its twin on playlists of artists, "als+titles" beside the titles of
playlists, "als+artist+titles" beside both; see `muse_lib.models.baselines.side_information`.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
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

MOST_REMEMBERED = 2**28
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
        self._fitted: dict[tuple[str, tuple[tuple[str, Value], ...], bool], Model] = {}

    def model(self, name: str, point: Point) -> Model:
        """Return a rival at a point: its own hyper-parameters, and the weights of the parts."""
        weights: dict[str, Any] = {weight: point[weight] for weight in weights_of(name)}
        own = {key: value for key, value in point.items() if key not in weights}
        rival = rival_of(name)
        return beside(
            self._fit(rival, own),
            self._fit(rival, own, on_artists=True) if ARTIST_WEIGHT in weights else None,
            self._titles if TITLE_WEIGHT in weights else None,
            **weights,
        )

    def _fit(self, rival: str, point: Point, *, on_artists: bool = False) -> Model:
        key = (rival, tuple(point.items()), on_artists)
        if key not in self._fitted:
            if any(fitted[:2] != key[:2] for fitted in self._fitted):
                self._fitted.clear()  # the trials of a point come one after the other
            fit = RIVALS[rival].fit
            model = (
                through_artists(fit(self._artists, self._seed, **point), self._vocabulary)
                if on_artists
                else fit(self._vocabulary, self._seed, **point)
            )
            self._fitted[key] = Remembering(model)
        return self._fitted[key]

    @cached_property
    def _artists(self) -> Vocabulary:
        return by_artist(self._vocabulary)

    @cached_property
    def _titles(self) -> Model:
        return Remembering(title_mean(self._vocabulary, self._seed, **self._how_titles_are_read))


class Remembering:
    """A model that is asked the same again and again, and computes it once.

    Parameters
    ----------
    model : Model
        Whose scores these are.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._said: dict[tuple[bytes, ...], np.ndarray] = {}
        self._room = MOST_REMEMBERED

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return (n_pairs,) scores of pairs of songs."""
        return self._once((i.tobytes(), j.tobytes()), lambda: self._model.similarity(i, j))

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return (n_songs,) scores of all songs as continuation of the songs ``given``."""
        return self._once((given.tobytes(),), lambda: self._model.continuation_scores(given))

    def _once(self, question: tuple[bytes, ...], answer: Callable[[], np.ndarray]) -> np.ndarray:
        if question in self._said:
            return self._said[question]
        scores = answer()
        if scores.nbytes <= self._room:
            self._room -= scores.nbytes
            self._said[question] = scores
        return scores
