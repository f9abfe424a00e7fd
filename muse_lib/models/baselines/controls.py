"""Baselines that learn nothing: what a model must beat to have learned anything."""

from dataclasses import dataclass

import numpy as np

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.models.base import Model, Rule, Vectors
from muse_lib.models.baselines.weighting import row_products
from muse_lib.seeds import stream
from muse_lib.titles.encoder import EMBEDDED_MODEL
from muse_lib.titles.songs import TitlesOfSongs


def always_similar(vocabulary: Vocabulary, _seed: int) -> Model:
    """Give all pairs and all continuations the same score.

    A classifier then predicts the majority class, and a ranking is the random tie-breaking.
    """
    return Rule(lambda i, _j: np.zeros(i.size), lambda _given: np.zeros(len(vocabulary.songs)))


def random_vectors(vocabulary: Vocabulary, seed: int, dim: int = 100) -> Model:
    """Return uninformative vectors: ``dim`` normal random numbers per song."""
    shape = (len(vocabulary.songs), dim)
    return Vectors(stream(seed, "random vectors").normal(size=shape).astype(np.float32))


def popularity(vocabulary: Vocabulary, _seed: int) -> Model:
    """Score a pair by the log of the product of its songs' playlist counts, a song by its log."""
    log_count = np.log(vocabulary.popularity)
    return Rule(lambda i, j: log_count[i] + log_count[j], lambda _given: log_count)


def artist(vocabulary: Vocabulary, _seed: int) -> Model:
    """Score 1 if two songs are by the same artist, else 0; summed over the songs of a playlist."""
    of_song = vocabulary.artists
    return Rule(
        lambda i, j: (of_song[i] == of_song[j]).astype(float),
        lambda given: np.bincount(of_song[given], minlength=of_song.size)[of_song].astype(float),
    )


def met(vocabulary: Vocabulary, _seed: int) -> Model:
    """Score 1 if two songs share a training playlist, else 0: co-occurrence as a single bit.

    A continuation is scored by the number of given songs with which a song co-occurs.
    """
    playlists = incidence(vocabulary.playlists, len(vocabulary.songs))
    return Rule(
        lambda i, j: (row_products(playlists, i, j) > 0).astype(float),
        lambda given: ((playlists @ playlists[given].T) > 0).sum(axis=1).astype(float),
    )


@dataclass(frozen=True)
class TitleMean(Vectors):
    """Each song as the mean of its playlists' title vectors, comparable with other titles.

    Attributes
    ----------
    titles : TitlesOfSongs
        The source of the vectors; it encodes other titles.
    """

    titles: TitlesOfSongs

    def title_scores(self, title: str, /) -> np.ndarray:
        """Return the cosine of every song with a title, (n_songs,) float."""
        return self.cosines(self.titles.title(title))


def title_mean(
    vocabulary: Vocabulary,
    _seed: int,
    title_model: str = EMBEDDED_MODEL,
    normalise_titles: bool = True,
) -> TitleMean:
    """Return the mean title vector of each song's playlists: text only, by `TitleModel`."""
    titles = TitlesOfSongs(vocabulary, title_model, normalise_titles)
    return TitleMean(titles.vectors, titles)
