"""A study whose answers are known: two scenes with strays, measured on one split or three."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.measurement import ROW, Measurement, measure
from muse_lib.evaluation.own_pairs import LabelledPairs
from muse_lib.evaluation.replica import PURPOSES, Replica
from muse_lib.models.base import Vectors
from muse_lib.models.baselines import always_similar, random_vectors
from tests.helpers.worlds import corpus_of, two_scenes

ONE = EvaluationConfig(n_pairs=400, n_pairs_per_list=20, n_resamples=200)
THREE = ONE.replace(n_splits=3)

N_PLAYLISTS = 300
CHARTS = np.arange(N_PLAYLISTS) % 7 == 0
"""Lists that are called charts, some of every test part."""


def dataset_of(number: int = 0, with_genres: bool = True) -> Dataset:
    """Return a split of the playlists of two scenes, even songs and odd ones."""
    songs = np.arange(300)
    genres = {"genres": list(map(str, songs % 2))} if with_genres else {}
    corpus = corpus_of(two_scenes(n_songs=songs.size, n_playlists=N_PLAYLISTS), **genres)
    return Dataset.of(corpus, split(np.arange(N_PLAYLISTS), 0, number=number))


def replica_of(number: int, with_genres: bool = True) -> Replica:
    """Return models that know the scenes, half know them, or know nothing."""
    dataset = dataset_of(number, with_genres)
    vocabulary = dataset.vocabulary
    scene = vocabulary.songs["song_id"].to_numpy() % 2
    known = np.stack([scene, 1 - scene], axis=1) * 1.0
    noise = np.random.default_rng(number).normal(size=known.shape)
    models = {
        "knows": Vectors(known),
        "half": Vectors(known + noise),
        "random": random_vectors(vocabulary, number),
        "constant": always_similar(vocabulary, number),
    }
    held_out = HeldOut.of(dataset)
    return Replica(number, number, vocabulary, held_out, dict.fromkeys(PURPOSES, models))


@cache
def alone() -> list[Measurement]:
    """Return what one split says."""
    return [measure(replica_of(0), ONE, CHARTS)]


@cache
def three() -> list[Measurement]:
    """Return what three splits say."""
    return [measure(replica_of(number), THREE, CHARTS) for number in range(3)]


Row = tuple[str, str, str, str]
"""Question, kind, metric and model."""


def stated(
    by_list: Mapping[Row, Mapping[int, float]],
    drawn: Mapping[Row, float] | None = None,
    charts: tuple[int, ...] = (),
) -> Measurement:
    """Return what one split of several says, stated.

    Parameters
    ----------
    by_list : mapping
        Of each row, the value of every list by its number.
    drawn : mapping, optional
        The value of every row that has none by list.
    charts : tuple of int
        Lists that are charts.
    """
    listed = [(*row, number, v) for row, values in by_list.items() for number, v in values.items()]
    values = [(*row, value, 100) for row, value in (drawn or {}).items()]
    nothing = pd.DataFrame()
    return Measurement(
        by_list=pd.DataFrame(listed, columns=[*ROW, "playlist_id", "value"]),
        drawn=pd.DataFrame(values, columns=[*ROW, "value", "n"]).astype({"value": float, "n": int}),
        resampled=np.empty((len(values), 0)),
        charts=np.array(charts, dtype=np.int64),
        labels=nothing,
        lists=nothing,
    )


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
