"""What makes two songs similar: labels of pairs, and the origin of each.

A label derived from playlists favours models that count playlists, one derived from artists
favours models that know the artist. So every label states its origin, and `label_table` reports
how often its similar and dissimilar pairs co-occur in training.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import scipy.sparse
from sklearn.preprocessing import StandardScaler

from muse_lib.seeds import stream

PLAYLISTS = "held-out playlists"
GENRES = "artists' genres"
SCENES = "planted scenes"
PLAYLIST_GENRES = "playlists' genres"
AUDIO = "audio"

AUDIO_FEATURES = (
    "danceability",
    "energy",
    "loudness",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
)
"""Audio features that Spotify computed from the recordings: columns of the songs."""

NEAR, FAR = 0.1, 0.5
"""Quantiles of the distance between random songs: pairs below the first are near, above the
second far.

Two songs rarely sound alike, so near is a narrow band; anything beyond the median is far.
"""

N_REFERENCE = 20_000
"""Random pairs of songs whose distances set these quantiles."""

Relation = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Maps song numbers i, j to which pairs are similar and which dissimilar: (n_pairs,) bool, both
False if the label is undefined."""


@dataclass(frozen=True)
class Label:
    """A kind of label of pairs.

    Attributes
    ----------
    name : str
        The name in the tables.
    comes_from : str
        Its origin.
    relation : callable, optional
        See `Relation`. None for held-out playlists, where similarity depends on the list.
    """

    name: str
    comes_from: str
    relation: Relation | None = None


def labels_of(songs: pd.DataFrame) -> dict[str, Label]:
    """Return the labels that a corpus offers, held-out playlists first.

    Parameters
    ----------
    songs : DataFrame
        The model's songs; ``genres``, ``scene`` and ``playlist_genres`` are names joined by
        ``"|"``, `AUDIO_FEATURES` are numbers. A missing column gives no label.
    """
    found = {PLAYLISTS: Label(PLAYLISTS, "held-out playlists")}
    texts = {
        "genres": (GENRES, "artists: the genres that Spotify gave the primary artist"),
        "scene": (SCENES, "the generated world: neither playlists, artists nor titles"),
        "playlist_genres": (PLAYLIST_GENRES, "genres of playlists, including training"),
    }
    for column, (name, comes_from) in texts.items():
        if column in songs:
            found[name] = Label(name, comes_from, share_a_name(songs[column]))
    if set(AUDIO_FEATURES) <= set(songs) and len(songs.dropna(subset=list(AUDIO_FEATURES))) > 1:
        sound = songs[list(AUDIO_FEATURES)].to_numpy(dtype=float)
        found[AUDIO] = Label(AUDIO, "audio features", near_in(sound))
    return found


def share_a_name(names: pd.Series) -> Relation:
    """Return the relation: similar if two songs share one of their names, else dissimilar.

    Parameters
    ----------
    names : Series of str
        (n_songs,) names joined by ``"|"``; songs without names are in no pair.
    """
    split = pd.Series(names.to_numpy(dtype=str)).str.split("|").explode()
    split = split[split != ""]
    code, _ = pd.factorize(split)
    has_name = scipy.sparse.csr_array(
        (np.ones(code.size, dtype=np.int32), (split.index.to_numpy(), code)),
        shape=(len(names), code.max(initial=0) + 1),
    )
    named = np.asarray(has_name.sum(axis=1)) > 0
    return partial(_shared_names, has_name, named)


def near_in(features: np.ndarray) -> Relation:
    """Return the relation: similar if near in standardised features, dissimilar if far.

    Parameters
    ----------
    features : ndarray
        (n_songs, n_features) float, at least two complete rows; songs with a nan are in no pair.
    """
    known = np.isfinite(features).all(axis=1)
    standard = np.zeros_like(features)
    standard[known] = StandardScaler().fit_transform(features[known])
    # the quantiles define the label, so they do not depend on the study's seed
    rng = stream(0, "random pairs of songs by their sound")
    reference = rng.choice(np.flatnonzero(known), (2, N_REFERENCE))
    near, far = np.quantile(_distance(standard, *reference), [NEAR, FAR])
    return partial(_near_or_far, standard, known, near, far)


def _shared_names(
    has_name: scipy.sparse.csr_array, named: np.ndarray, i: np.ndarray, j: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    shared = np.asarray(has_name[i].multiply(has_name[j]).sum(axis=1)) > 0
    both = named[i] & named[j]
    return shared & both, ~shared & both


def _near_or_far(
    standard: np.ndarray, known: np.ndarray, near: float, far: float, i: np.ndarray, j: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    distance, both = _distance(standard, i, j), known[i] & known[j]
    return both & (distance <= near), both & (distance >= far)


def _distance(standard: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(standard[i] - standard[j], axis=1))
