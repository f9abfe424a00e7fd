"""The poster's supplementary network: from a text and an artist to a vector.

One hidden layer on the text and the mean of the artist's *other* songs. A fraction of the
examples has the artist removed (DropoutNet, Volkovs, Yu and Poutanen 2017), so that the network
also learns to do without.
"""

from collections.abc import Callable

import numpy as np
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from muse_lib.models.base import row_blocks
from muse_lib.models.unseen.known import Estimate, Known, Newcomers
from muse_lib.seeds import stream

HIDDEN = 256
EPOCHS = 8
"""More epochs do not help on validation playlists."""
ARTIST_DROPOUT = 0.3
BATCH = 128
SCALES = (6.0, 3.0, 0.5)
"""Factors on a text of length 1, a mean vector and a log count, to make features of order one."""


def fit(known: Known, seed: int) -> Estimate:
    """Learn from all known songs, as if each were new.

    Parameters
    ----------
    known : Known
        The known songs; they keep the network, since two methods use it.
    seed : int
        The same seed gives the same bytes, whatever the number of threads.
    """
    if seed not in known.networks:
        known.networks[seed] = _fit(known, seed)
    return known.networks[seed]


def _fit(known: Known, seed: int) -> Estimate:
    n_songs_of, sums = known.n_songs_of, known.sums
    others = n_songs_of[known.artist] - 1

    def mean_of_others(rows: slice) -> np.ndarray:
        rest = sums[known.artist[rows]] - known.vectors[rows]
        return np.asarray(rest / np.maximum(others[rows], 1)[:, None])

    rng = stream(seed, "supplementary network")
    net = MLPRegressor(
        hidden_layer_sizes=(HIDDEN,),
        batch_size=min(BATCH, len(others)),
        random_state=int(rng.integers(2**31)),
    )
    targets = known.vectors.astype(np.float32, copy=False)
    dim = targets.shape[1]
    with threadpool_limits(1, user_api="blas"):
        for _ in range(EPOCHS):
            kept = (rng.random(others.size) >= ARTIST_DROPOUT) & (others > 0)
            net.partial_fit(_features(known.text, mean_of_others, others * kept, dim), targets)

    def estimate(new: Newcomers) -> np.ndarray:  # without `known`, which keeps it
        if not len(new):
            return np.zeros((0, dim))
        n = n_songs_of[new.artist]
        means = sums[new.artist] / np.maximum(n, 1)[:, None]
        with threadpool_limits(1, user_api="blas"):
            vectors = net.predict(_features(new.text, means.__getitem__, n, dim))
        vectors = vectors.reshape(len(new), -1)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1)[:, None])

    return estimate


def _features(
    text: np.ndarray, mean_of: Callable[[slice], np.ndarray], n: np.ndarray, dim: int
) -> np.ndarray:
    """Return text, artist mean, log count of the artist's songs, and whether there are any.

    ``mean_of`` gives the artist means of some rows, (n_rows, dim): all of them need not fit.
    """
    of_text, of_mean, of_count = SCALES
    features = np.empty((n.size, text.shape[1] + dim + 2), dtype=np.float32)
    for rows in row_blocks(n.size):
        known = (n[rows] > 0)[:, None]
        count = of_count * np.log1p(n[rows])[:, None]
        mean = mean_of(rows) * of_mean
        mean *= known
        parts = [of_text * text[rows], mean, count, known]
        np.concatenate(parts, axis=1, out=features[rows], casting="same_kind")
    return features
