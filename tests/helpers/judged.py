"""A study whose answers are known: two scenes with strays, measured with one seed or three."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation.benchmark import Measurement, measure
from muse_lib.evaluation.own_pairs import LabelledPairs
from muse_lib.evaluation.pairs import HeldOut
from muse_lib.evaluation.replica import Replica
from muse_lib.models.base import Vectors
from muse_lib.models.baselines import always_similar, random_vectors
from tests.helpers.worlds import corpus_of, two_scenes

ONE = EvaluationConfig(n_pairs=400, n_resamples=200)
THREE = ONE.replace(n_splits=3)
SHARE = 0.68


def replica_of(seed: int, with_genres: bool = True) -> Replica:
    """Return models that know the scenes, half know them, or know nothing."""
    songs = np.arange(200)
    genres = {"genres": list(map(str, songs % 2))} if with_genres else {}
    corpus = corpus_of(two_scenes(n_songs=songs.size, n_playlists=300), **genres)
    dataset = Dataset.of(corpus, split(np.arange(300), 0, number=seed))
    vocabulary = dataset.vocabulary
    scene = vocabulary.songs["song_id"].to_numpy() % 2
    known = np.stack([scene, 1 - scene], axis=1) * 1.0
    noise = np.random.default_rng(seed).normal(size=known.shape)
    models = {
        "knows": Vectors(known),
        "half": Vectors(known + noise),
        "random": random_vectors(vocabulary, seed),
        "constant": always_similar(vocabulary, seed),
    }
    held_out = HeldOut(vocabulary.songs, dataset.memberships, dataset.parts)
    return Replica(seed, vocabulary, held_out, models)


@cache
def alone() -> list[Measurement]:
    """Return what one seed says."""
    return [measure(replica_of(0), ONE)]


@cache
def three() -> list[Measurement]:
    """Return what three seeds say."""
    return [measure(replica_of(seed), THREE) for seed in range(3)]


def own_pairs(replica: Replica, folder: Path) -> LabelledPairs:
    """Return a user's file of 60 pairs, similar if they are of one scene."""
    songs = np.random.default_rng(0).permutation(replica.vocabulary.songs["song_id"])[:120]
    one, other = songs.reshape(2, 60)
    pairs = pd.DataFrame(
        {
            "track": [f"track {song}" for song in one],
            "artist": [f"artist {song}" for song in one],
            "other_track": [f"track {song}" for song in other],
            "other_artist": [f"artist {song}" for song in other],
            "similar": (one % 2 == other % 2).astype(int),
        }
    )
    pairs.to_csv(folder / "mine.csv", index=False)
    return LabelledPairs.read(str(folder / "mine.csv"))
