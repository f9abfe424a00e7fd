"""Combine a method with side information: the artists of songs and the titles of playlists.

MuSE's variants see artists and titles; a rival that saw only playlists would lose for lack of
data. So every method is also tried with either and with both, in the same way for all: by late
fusion, the sum of standardised scores. Late fusion needs only a method's scores, so it works for
methods without vectors or a loss to extend. Where the side information does not distinguish two
songs, the method's own order is preserved, whatever the weights.

The artist part is the method itself on playlists of artists, in which artists replace their
songs. The title part is the cosine of mean title vectors, `controls.title_mean`.
"""

from functools import cache

import numpy as np
import pandas as pd

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Rule
from muse_lib.seeds import stream

SIDE_INFORMATION = {
    "": (),
    "+artist": ("artist_weight",),
    "+titles": ("title_weight",),
    "+artist+titles": ("artist_weight", "title_weight"),
}
"""The suffixes of a method's name in the tables, and the weights of `beside` each one uses."""

SAMPLED_PAIRS = 10_000
"""Random pairs of songs that give the mean and standard deviation of a part's scores."""


def by_artist(vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary of artists: each playlist lists the artists of its songs, once.

    Artist a has number a, as in `Vocabulary.artists`; a song without an artist is its own artist.
    """
    of_song = vocabulary.artists
    _, first = np.unique(of_song, return_index=True)
    names = vocabulary.songs["artist"].iloc[first].to_numpy()
    return Vocabulary(
        songs=pd.DataFrame({"track": names, "artist": names}),
        playlists=[np.unique(of_song[songs]).astype(np.int32) for songs in vocabulary.playlists],
        titles=vocabulary.titles,
    )


def through_artists(of_artists: Model, vocabulary: Vocabulary) -> Model:
    """Return a model of songs that scores them by their artists.

    An artist of two given songs is given twice; how that counts depends on the method.

    Parameters
    ----------
    of_artists : Model
        Fitted to `by_artist` of the vocabulary.
    """
    artist = vocabulary.artists
    return Rule(
        lambda i, j: of_artists.similarity(artist[i], artist[j]),
        lambda given: of_artists.continuation_scores(artist[given])[artist],
    )


def beside(
    own: Model,
    by_artist: Model | None = None,
    titles: Model | None = None,
    artist_weight: float = 0.5,
    title_weight: float = 0.5,
) -> Model:
    """Return own + a artist + t titles, each part standardised.

    Scores of pairs are standardised by their mean and standard deviation over a fixed random
    sample of pairs of songs, scores of a continuation by those over the catalogue. A part with
    constant scores adds nothing. If all weights are 0, the method is returned unchanged.

    Parameters
    ----------
    own : Model
        The method on playlists of songs.
    by_artist : Model, optional
        The artist part, as `through_artists` returns it.
    titles : Model, optional
        The title part, such as `controls.title_mean`.
    artist_weight, title_weight : float
        a and t, at least 0.
    """
    parts = [
        (part, weight)
        for part, weight in ((by_artist, artist_weight), (titles, title_weight))
        if part is not None and weight
    ]
    if not parts:
        return own
    parts.insert(0, (own, 1.0))

    @cache  # lazy: a method that only ranks does not score pairs
    def scales() -> list[tuple[float, float]]:
        n_songs = own.continuation_scores(np.array([0])).size
        i, j = stream(0, "pairs that set a scale").integers(n_songs, size=(2, SAMPLED_PAIRS))
        sampled = [part.similarity(i[i != j], j[i != j]) for part, _ in parts]
        return [(float(s.mean()), float(s.std())) if s.size else (0.0, 0.0) for s in sampled]

    def similarity(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        scored = [
            weight * _standardised(part.similarity(i, j), *scale)
            for (part, weight), scale in zip(parts, scales(), strict=True)
        ]
        return np.asarray(sum(scored))

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        scored = [(part.continuation_scores(given), weight) for part, weight in parts]
        return np.asarray(sum(w * _standardised(s, s.mean(), s.std()) for s, w in scored))

    return Rule(similarity, continuation_scores)


def _standardised(scores: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """Return scores with mean 0 and standard deviation 1; 0 if they differ only by rounding."""
    if deviation <= 1e-6 * abs(mean):
        return np.zeros(scores.shape)
    return np.asarray((scores - mean) / deviation)
