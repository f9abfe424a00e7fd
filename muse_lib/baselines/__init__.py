"""What MuSE has to beat: simple models of songs, each from training playlists alone.

A baseline is a function of the vocabulary, a seed and its hyper-parameters, all with defaults.
"""

from collections.abc import Callable
from typing import Concatenate

from muse_lib.baselines.controls import always_similar, artist, popularity, random_vectors
from muse_lib.baselines.counts import cooccurrence_cosine, ppmi_svd
from muse_lib.baselines.texts import title_mean
from muse_lib.dataset import Vocabulary
from muse_lib.models import Model

Baseline = Callable[Concatenate[Vocabulary, int, ...], Model]

BASELINES: dict[str, Baseline] = {
    "always_similar": always_similar,
    "random": random_vectors,
    "popularity": popularity,
    "cooccurrence": cooccurrence_cosine,
    "ppmi_svd": ppmi_svd,
    "title_mean": title_mean,
    "artist": artist,
}

__all__ = ["BASELINES", "Baseline", "title_mean"]
