"""Models by their names in the tables; their parts are fitted once, whatever the weights.

"als+artist" is als combined with its counterpart on playlists of artists, "als+titles" with the
titles of playlists, "als+artist+titles" with both; see
`muse_lib.models.baselines.side_information`.
"""

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Recent
from muse_lib.models.baselines import BASELINES, title_mean
from muse_lib.models.baselines.side_information import (
    SIDE_INFORMATION,
    beside,
    by_artist,
    through_artists,
)

ARTIST_WEIGHT, TITLE_WEIGHT = "artist_weight", "title_weight"

CACHE_BYTES = 2**25
"""Most bytes of scores cached per model."""


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
        self._vocabulary = vocabulary
        self._seed = seed
        self._how_titles_are_read = how_titles_are_read
        self._models: dict[tuple[object, ...], CachedScores] = {}
        self._titles = lru_cache(1)(self._read_titles)
        self._fitted = Recent(self._fit, n_kept)

    def model(self, name: str, point: Mapping[str, Any]) -> Model:
        """Return a model at a point: its own hyper-parameters, and the weights of the parts.

        Fitting is lazy, and nothing is fitted twice while it is kept in memory.
        """
        parts = weights_of(name)
        weights = {weight: point[weight] for weight in parts if weight in point}
        own = tuple(sorted(_without_weights(point).items()))
        rival = rival_of(name)
        return beside(
            self._cached(self._fitted, rival, own, False),
            self._cached(self._fitted, rival, own, True) if ARTIST_WEIGHT in parts else None,
            self._cached(self._titles) if TITLE_WEIGHT in parts else None,
            **weights,
        )

    def too_large(self, name: str, point: Mapping[str, Any]) -> str:
        """Return why a model cannot be fitted at a point, or "" if it can. See `Rival.too_large`.

        Its counterpart on artists is smaller.
        """
        rival = BASELINES[rival_of(name)]
        return rival.too_large(self._vocabulary, **_without_weights(point))

    def _cached(self, make: Callable[..., Model], *arguments: object) -> Model:
        """Return a model that caches its scores, so that combinations can share them."""
        return self._models.setdefault(arguments, CachedScores(partial(make, *arguments)))

    def _fit(self, rival: str, point: tuple[tuple[str, Any], ...], on_artists: bool) -> Model:
        """Fit a rival to playlists of songs, or of artists."""
        fit = BASELINES[rival].fit
        if not on_artists:
            return fit(self._vocabulary, self._seed, **dict(point))
        of_artists = fit(self._by_artist, self._seed, **dict(point))
        return through_artists(of_artists, self._vocabulary)

    def _read_titles(self) -> Model:
        return title_mean(self._vocabulary, self._seed, **self._how_titles_are_read)

    @cached_property
    def _by_artist(self) -> Vocabulary:
        return by_artist(self._vocabulary)


def _without_weights(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyper-parameters of the rival itself."""
    return {key: at for key, at in point.items() if key not in (ARTIST_WEIGHT, TITLE_WEIGHT)}


class CachedScores:
    """A model that caches its scores.

    Parameters
    ----------
    make : callable
        Returns the model; called for every score not in the cache.
    max_bytes : int
        Bytes of scores to keep; when the cache is full, it is cleared.
    """

    def __init__(self, make: Callable[[], Model], max_bytes: int = CACHE_BYTES) -> None:
        self._make = make
        self._max_bytes = max_bytes
        self._cache: dict[tuple[bytes, ...], np.ndarray] = {}
        self._free_bytes = max_bytes

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return (n_pairs,) scores of pairs of songs."""
        return self._scores((i.tobytes(), j.tobytes()), lambda model: model.similarity(i, j))

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return (n_songs,) scores of all songs as continuations of the songs ``given``."""
        return self._scores((given.tobytes(),), lambda model: model.continuation_scores(given))

    def _scores(self, key: tuple[bytes, ...], compute: Callable[[Model], np.ndarray]) -> np.ndarray:
        if key in self._cache:
            return self._cache[key]
        scores = compute(self._make())
        if scores.nbytes > self._free_bytes:
            self._cache.clear()
            self._free_bytes = self._max_bytes
        self._free_bytes -= scores.nbytes
        self._cache[key] = scores
        return scores
