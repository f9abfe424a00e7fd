"""Models by their names in the tables; their parts are fitted once, whatever the weights.

"als+artist" is als combined with its counterpart on playlists of artists, "als+titles" with the
titles of playlists, "als+artist+titles" with both; see
`muse_lib.models.baselines.side_information`.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Recent
from muse_lib.models.baselines import BASELINES, title_mean
from muse_lib.models.baselines.controls import TitleMean
from muse_lib.models.baselines.side_information import (
    SIDE_INFORMATION,
    beside,
    by_artist,
    through_artists,
)

ARTIST_WEIGHT, TITLE_WEIGHT = "artist_weight", "title_weight"

CACHE_BYTES = 2**27
"""Most bytes of scores cached for all models of a training set together."""


def rival_of(name: str) -> str:
    """Return the rival that a name in the tables refers to.

    Examples
    --------
    >>> rival_of("als+artist+titles")
    'als'
    """
    return name.partition("+")[0]


def weights_of(name: str) -> tuple[str, ...]:
    """Return the names of the weights of a rival's side information.

    Examples
    --------
    >>> weights_of("als+titles")
    ('title_weight',)
    """
    return SIDE_INFORMATION[name.removeprefix(rival_of(name))]


class Fusion:
    """Builds rivals and controls for one training set, plain and with side information.

    Parameters
    ----------
    vocabulary : Vocabulary
        The training playlists.
    seed : int
        The seed of the fits.
    how_titles_are_read : mapping
        ``title_model`` and ``normalise_titles``.
    n_kept : int, optional
        Fitted models to keep in memory, by default a rival and its counterpart on artists; None
        for all.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        seed: int,
        how_titles_are_read: Mapping[str, Any],
        n_kept: int | None = 2,
    ) -> None:
        # nothing refers back to the fusion, so its gigabytes are freed as soon as it is dropped
        parts = _Parts(vocabulary, seed, how_titles_are_read)
        self._parts = parts
        self._scores = ScoreCache()
        self._title_part = CachedScores(lambda: parts.titles, "titles", self._scores)
        self._fitted = Recent(parts.fit, n_kept)

    def model(self, name: str, point: Mapping[str, Any]) -> Model:
        """Return a model at a point: its own hyper-parameters, and the weights of the parts.

        Fitting is lazy, and nothing is fitted twice while it is kept in memory.
        """
        parts = weights_of(name)
        weights = {weight: point[weight] for weight in parts if weight in point}
        own = tuple(sorted(_without_weights(point).items()))
        rival = rival_of(name)
        return beside(
            self._cached(rival, own, False),
            self._cached(rival, own, True) if ARTIST_WEIGHT in parts else None,
            self._title_part if TITLE_WEIGHT in parts else None,
            **weights,
        )

    def too_large(self, name: str, point: Mapping[str, Any]) -> str:
        """Return why a model cannot be fitted at a point, or "" if it can. See `Rival.too_large`.

        Its counterpart on artists is smaller.
        """
        rival = BASELINES[rival_of(name)]
        return rival.too_large(self._parts.vocabulary, **_without_weights(point))

    @property
    def titles(self) -> TitleMean:
        """The title part of all models."""
        return self._parts.titles

    def _cached(self, *fit: object) -> Model:
        """Return a model that is fitted on use and caches its scores for its combinations."""
        return CachedScores(partial(self._fitted, *fit), fit, self._scores)


@dataclass(frozen=True)
class _Parts:
    """Fits the parts that `Fusion` combines; its arguments, by name."""

    vocabulary: Vocabulary
    seed: int
    how_titles_are_read: Mapping[str, Any]

    @cached_property
    def titles(self) -> TitleMean:
        """The title part of all models, kept: with many songs it is large, so there is only one."""
        return title_mean(self.vocabulary, self.seed, **self.how_titles_are_read)

    def fit(self, rival: str, point: tuple[tuple[str, Any], ...], on_artists: bool) -> Model:
        """Fit a rival to playlists of songs, or of artists."""
        fit = BASELINES[rival].fit
        if fit is title_mean and dict(point) == self.how_titles_are_read:
            return self.titles
        if not on_artists:
            return fit(self.vocabulary, self.seed, **dict(point))
        of_artists = fit(self._by_artist, self.seed, **dict(point))
        return through_artists(of_artists, self.vocabulary)

    @cached_property
    def _by_artist(self) -> Vocabulary:
        return by_artist(self.vocabulary)


def _without_weights(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyper-parameters of the rival itself."""
    return {key: at for key, at in point.items() if key not in (ARTIST_WEIGHT, TITLE_WEIGHT)}


class ScoreCache:
    """Scores of several models, up to a number of bytes; when it is full, it is cleared.

    Parameters
    ----------
    max_bytes : int
        The limit.
    """

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._scores: dict[Hashable, np.ndarray] = {}
        self._max_bytes = self._free_bytes = max_bytes

    def scores(self, key: Hashable, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """Return the scores of a key, computed if they are not in the cache."""
        if key in self._scores:
            return self._scores[key]
        scores = compute()
        if scores.nbytes > self._free_bytes:
            self._scores.clear()
            self._free_bytes = self._max_bytes
        self._free_bytes -= scores.nbytes
        self._scores[key] = scores
        return scores


@dataclass(frozen=True)
class CachedScores:
    """A model that caches its scores.

    Attributes
    ----------
    make : callable
        Returns the model; called for all scores not in the cache.
    key : hashable
        Identifies the model in the cache.
    cache : ScoreCache
        Other models may share it.
    """

    make: Callable[[], Model]
    key: Hashable
    cache: ScoreCache

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return (n_pairs,) scores of pairs of songs."""
        key = (self.key, i.tobytes(), j.tobytes())
        return self.cache.scores(key, lambda: self.make().similarity(i, j))

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return (n_songs,) scores of all songs as continuations of the songs ``given``."""
        key = (self.key, given.tobytes())
        return self.cache.scores(key, lambda: self.make().continuation_scores(given))
