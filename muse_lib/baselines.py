"""What MuSE has to beat: simple scores of a pair of songs, each from training playlists alone.

A baseline is a function of the vocabulary and a seed that returns a scorer: song numbers i and
j in, one score a pair out, higher for more similar.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse

from muse_lib.cooccurrence import count_cooccurrence
from muse_lib.dataset import Vocabulary
from muse_lib.seeds import stream

Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]
Baseline = Callable[[Vocabulary, int], Scorer]


def always_similar(_vocabulary: Vocabulary, _seed: int) -> Scorer:
    """Score every pair alike: the classifier then follows the majority of the pairs."""
    return lambda i, _j: np.zeros(i.size)


def random_vectors(vocabulary: Vocabulary, seed: int) -> Scorer:
    """Return the cosine of vectors that know nothing, dim 100."""
    vectors = stream(seed, "random vectors").normal(size=(len(vocabulary.songs), 100))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return lambda i, j: np.einsum("pd,pd->p", vectors[i], vectors[j])


def popularity(vocabulary: Vocabulary, _seed: int) -> Scorer:
    """Score a pair by how popular its songs are: log of the product of their playlist counts."""
    log_count = np.log(vocabulary.popularity)
    return lambda i, j: log_count[i] + log_count[j]


def cooccurrence_cosine(vocabulary: Vocabulary, _seed: int) -> Scorer:
    """Return the cosine of two rows of the count matrix C."""
    C = count_cooccurrence(vocabulary.playlists, len(vocabulary.songs)).tosparse()
    length = scipy.sparse.linalg.norm(C, axis=1)
    scale = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1))
    unit = scipy.sparse.csr_array(scale @ C)
    return lambda i, j: _row_products(unit, i, j)


def artist(vocabulary: Vocabulary, _seed: int) -> Scorer:
    """Score 1 if the two songs are by one artist, else 0."""
    of_song = vocabulary.artists
    return lambda i, j: (of_song[i] == of_song[j]).astype(float)


def _row_products(rows: scipy.sparse.csr_array, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the inner products of rows i and j, some hundred pairs at a time."""
    parts = np.array_split(np.arange(i.size), max(1, i.size // 500))
    return np.concatenate([rows[i[p]].multiply(rows[j[p]]).sum(axis=1) for p in parts])


BASELINES: dict[str, Baseline] = {
    "always_similar": always_similar,
    "random": random_vectors,
    "popularity": popularity,
    "cooccurrence": cooccurrence_cosine,
    "artist": artist,
}
