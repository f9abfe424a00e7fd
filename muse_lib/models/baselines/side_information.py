"""Side information beside a method: whose a song is, and what its playlists are called.

MuSE's variants see artists and titles; a rival that saw playlists alone would lose to what it was
not shown. So every method is also tried with either and with both, in one way for all: by late
fusion, the sum of standardised scores. It takes nothing of a method but its answers, so it
serves one that has no vectors and no loss to extend, and whatever the weights, a higher score of
the method alone is still a higher score where the side information says the same of both songs.

The artist's part is the method itself, on playlists of artists: songs give way to their artists.
The titles' part is the cosine of mean title vectors, `controls.title_mean`.
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
"""What follows the name of a method in the tables, and the weights of `beside` that it has."""

SAMPLED_PAIRS = 10_000
"""Random pairs of songs from which the mean and the deviation of a part's scores are taken."""


def by_artist(vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary of artists: each playlist holds the artists of its songs, once.

    Artist a has number a, as in `Vocabulary.artists`; a song without an artist is its own.
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
    """Return a model of songs that answers for them as one of their artists does.

    An artist of two given songs is given twice; what that means is for the method to say.

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

    The scores of pairs are standardised by their mean and deviation over a fixed random sample
    of pairs of songs, those of a continuation over the catalogue. A part that says the same of
    all adds nothing. If all weights are 0, the method is returned as it is.

    Parameters
    ----------
    own : Model
        The method on playlists of songs.
    by_artist : Model, optional
        Of songs, as `through_artists` returns it.
    titles : Model, optional
        Of songs, such as `controls.title_mean`.
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

    @cache  # not before it is needed: what ranks alone has no pairs
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
    """Return scores with mean 0 and deviation 1; 0 where they do not differ but by rounding."""
    if deviation <= 1e-6 * abs(mean):
        return np.zeros(scores.shape)
    return np.asarray((scores - mean) / deviation)
