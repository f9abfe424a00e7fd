"""One epoch of the alternatives: gensim's skip-gram and implicit's ALS.

Both with their own defaults, except the dimension of the vectors, and with all songs, as in MuSE.
Neither is equivalent to a full-batch epoch: skip-gram samples pairs within a window of five songs,
and an iteration of ALS solves for playlists, then for songs. The times show how long one waits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from measuring import cpu_and_clock, peak_mb
from scipy import sparse
from threadpoolctl import threadpool_limits

Lists = list[np.ndarray]


def skip_gram(lists: Lists, n_songs: int, dim: int, n_threads: int) -> tuple[float, float]:
    """Return CPU and wall-clock seconds of an epoch of gensim, without building its vocabulary."""
    from gensim.models import Word2Vec

    names = [str(song) for song in range(n_songs)]  # one object per song, however often it occurs
    sentences = [[names[song] for song in songs] for songs in lists]
    model = Word2Vec(sg=1, vector_size=dim, min_count=1, workers=n_threads, seed=0)
    model.build_vocab(sentences)

    def epoch() -> None:
        model.train(sentences, total_examples=len(sentences), epochs=1)

    return cpu_and_clock(epoch)[1]


def als(lists: Lists, n_songs: int, dim: int, n_threads: int) -> tuple[float, float]:
    """Return CPU and wall-clock seconds of an iteration of implicit's ALS."""
    from implicit.als import AlternatingLeastSquares

    ends = np.cumsum([0, *map(len, lists)])
    ones = np.ones(ends[-1], dtype=np.float32)
    matrix = sparse.csr_matrix((ones, np.concatenate(lists), ends), (len(lists), n_songs))

    def fitted(iterations: int) -> tuple[float, float]:
        model = AlternatingLeastSquares(
            factors=dim, iterations=iterations, num_threads=n_threads, random_state=0
        )
        with threadpool_limits(1, user_api="blas"):  # as implicit recommends: it is multithreaded
            return cpu_and_clock(model.fit, matrix, False)[1]

    one, two = fitted(1), fitted(2)
    return two[0] - one[0], two[1] - one[1]


EPOCHS: dict[str, Callable[..., tuple[float, float]]] = {"gensim": skip_gram, "implicit": als}


def measure(name: str, lists: Lists, n_songs: int, dim: int, n_threads: int) -> dict[str, Any]:
    """Measure one of the alternatives in this process."""
    cpu, clock = EPOCHS[name](lists, n_songs, dim, n_threads)
    return {
        f"{name}_epoch_cpu": cpu,
        f"{name}_epoch_clock": clock,
        f"{name}_peak_gb": peak_mb() / 1e3,
    }
