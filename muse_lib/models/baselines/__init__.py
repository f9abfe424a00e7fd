"""What MuSE has to beat: simple models of songs, each from training playlists alone.

A baseline is a function of the vocabulary, a seed and its hyper-parameters, all with defaults.
"""

from muse_lib.extras import require

require("baselines")

from collections.abc import Callable
from itertools import product
from typing import Any, Concatenate

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model
from muse_lib.models.baselines.als import als
from muse_lib.models.baselines.controls import (
    always_similar,
    artist,
    popularity,
    random_vectors,
    title_mean,
)
from muse_lib.models.baselines.cooccurrence import cooccurrence_cosine
from muse_lib.models.baselines.item2vec import item2vec
from muse_lib.models.baselines.ppmi_svd import ppmi_svd

Baseline = Callable[Concatenate[Vocabulary, int, ...], Model]

BASELINES: dict[str, Baseline] = {
    "always_similar": always_similar,
    "random": random_vectors,
    "popularity": popularity,
    "cooccurrence": cooccurrence_cosine,
    "ppmi_svd": ppmi_svd,
    "item2vec": item2vec,
    "als": als,
    "title_mean": title_mean,
    "artist": artist,
}

SEARCH: dict[str, dict[str, tuple[Any, ...]]] = {
    "ppmi_svd": {"dim": (20, 50, 300), "shift": (1, 5)},
    "item2vec": {"dim": (50, 100, 200), "sample": (0.0, 1e-4)},
    "als": {"factors": (10, 20, 50), "alpha": (1.0, 10.0)},
}
"""The values of each hyper-parameter that a grid search tries: the same number of points each."""


def search_points(name: str) -> list[dict[str, Any]]:
    """Return every combination of the hyper-parameters of a baseline that `SEARCH` names."""
    values = SEARCH[name]
    return [dict(zip(values, point, strict=True)) for point in product(*values.values())]


__all__ = ["BASELINES", "SEARCH", "Baseline", "search_points", "title_mean"]
