"""The poster's supplementary network: from a text and an artist to a vector.

One hidden layer on the text and the mean of the artist's *other* songs. A fraction of the
examples has the artist removed (DropoutNet, Volkovs, Yu and Poutanen 2017), so that the network
also learns to do without.
"""

from functools import lru_cache

import numpy as np
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from muse_lib.models.unseen.known import Estimate, Known, Newcomers
from muse_lib.seeds import stream

HIDDEN = 256
EPOCHS = 8
"""More epochs do not help on validation playlists."""
ARTIST_DROPOUT = 0.3
BATCH = 128
SCALES = (6.0, 3.0, 0.5)
"""Factors on a text of length 1, a mean vector and a log count, to make features of order one."""


@lru_cache(maxsize=1)  # two methods use the same network
def fit(known: Known, seed: int) -> Estimate:
    """Learn from all known songs, as if each were new.

    Parameters
    ----------
    known : Known
        The known songs.
    seed : int
        The same seed gives the same bytes, whatever the number of threads.
    """
    others = known.n_songs_of[known.artist] - 1
    mean = (known.sums[known.artist] - known.vectors) / np.maximum(others, 1)[:, None]
    rng = stream(seed, "supplementary network")
    net = MLPRegressor(
        hidden_layer_sizes=(HIDDEN,),
        batch_size=min(BATCH, len(others)),
        random_state=int(rng.integers(2**31)),
    )
    targets = known.vectors.astype(np.float32)
    with threadpool_limits(1, user_api="blas"):
        for _ in range(EPOCHS):
            kept = (rng.random(others.size) >= ARTIST_DROPOUT) & (others > 0)
            net.partial_fit(_features(known.text, mean, others * kept), targets)

    def estimate(new: Newcomers) -> np.ndarray:
        if not len(new):
            return np.zeros((0, targets.shape[1]))
        with threadpool_limits(1, user_api="blas"):
            n = known.n_songs_of[new.artist]
            vectors = net.predict(_features(new.text, known.means[new.artist], n))
        vectors = vectors.reshape(len(new), -1)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1)[:, None])

    return estimate


def _features(text: np.ndarray, mean: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return text, artist mean, log count of the artist's songs, and whether there are any."""
    of_text, of_mean, of_count = SCALES
    known = (n > 0)[:, None]
    count = of_count * np.log1p(n)[:, None]
    parts = [of_text * text, of_mean * mean * known, count, known]
    return np.hstack(parts, dtype=np.float32)
