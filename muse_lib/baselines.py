"""What MuSE has to beat: simple scores of a pair of songs, each from training playlists alone.

A baseline is a function of the vocabulary and a seed that returns a scorer: song numbers i and
j in, one score a pair out, higher for more similar.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse
from sklearn.utils.extmath import randomized_svd

from muse_lib.cooccurrence import count_cooccurrence
from muse_lib.dataset import Vocabulary
from muse_lib.seeds import stream
from muse_lib.titles import TitleModel, as_read

Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]
Baseline = Callable[[Vocabulary, int], Scorer]


def always_similar(_vocabulary: Vocabulary, _seed: int) -> Scorer:
    """Score every pair alike: the classifier then follows the majority of the pairs."""
    return lambda i, _j: np.zeros(i.size)


def random_vectors(vocabulary: Vocabulary, seed: int) -> Scorer:
    """Return the cosine of vectors that know nothing, dim 100."""
    return _cosine(stream(seed, "random vectors").normal(size=(len(vocabulary.songs), 100)))


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


def ppmi_svd(vocabulary: Vocabulary, seed: int, dim: int = 50) -> Scorer:
    """Return the cosine of a truncated SVD of positive pointwise mutual information.

    max(0, log C_ij sum(C) / (sum_j C_ij sum_i C_ij)), then U sqrt(S) of its ``dim`` largest
    singular values (Levy and Goldberg 2014).
    """
    C = count_cooccurrence(vocabulary.playlists, len(vocabulary.songs)).tosparse().tocoo()
    total = C.sum(axis=1)
    information = np.log(C.data * total.sum() / (total[C.row] * total[C.col]))
    ppmi = scipy.sparse.csr_array((np.maximum(information, 0), (C.row, C.col)), shape=C.shape)
    n_components = min(dim, len(vocabulary.songs) - 1)
    random_state = int(stream(seed, "ppmi svd").integers(2**31))
    U, S, _ = randomized_svd(ppmi, n_components, random_state=random_state)
    return _cosine(U * np.sqrt(S))


def title_mean(vocabulary: Vocabulary, _seed: int, normalised: bool = True) -> Scorer:
    """Return the cosine of the mean title vector of each song's playlists: text alone.

    Title vectors are centred over the playlists first, since BERT finds any two titles a little
    alike. A song of playlists without a title has the zero vector.
    """
    titles = as_read(vocabulary.titles, normalised)
    vectors = TitleModel().encode(titles)
    told = np.array([bool(title) for title in titles])
    vectors = (
        np.where(told[:, None], vectors - vectors[told].mean(axis=0), 0) if told.any() else vectors
    )
    songs = np.concatenate(vocabulary.playlists)
    playlist = np.repeat(np.arange(len(titles)), [p.size for p in vocabulary.playlists])
    holds = scipy.sparse.csr_array(
        (np.ones(songs.size), (songs, playlist)), shape=(len(vocabulary.songs), len(titles))
    )
    return _cosine(holds @ vectors)  # the sum points where the mean points


def artist(vocabulary: Vocabulary, _seed: int) -> Scorer:
    """Score 1 if the two songs are by one artist, else 0."""
    of_song = vocabulary.artists
    return lambda i, j: (of_song[i] == of_song[j]).astype(float)


def _cosine(vectors: np.ndarray) -> Scorer:
    """Return a scorer by the cosine of rows; that with a zero row is 0."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.where(length > 0, length, 1)).astype(np.float32)
    return lambda i, j: np.einsum("pd,pd->p", unit[i], unit[j])


def _row_products(rows: scipy.sparse.csr_array, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the inner products of rows i and j, some hundred pairs at a time."""
    parts = np.array_split(np.arange(i.size), max(1, i.size // 500))
    return np.concatenate([rows[i[p]].multiply(rows[j[p]]).sum(axis=1) for p in parts])


BASELINES: dict[str, Baseline] = {
    "always_similar": always_similar,
    "random": random_vectors,
    "popularity": popularity,
    "cooccurrence": cooccurrence_cosine,
    "ppmi_svd": ppmi_svd,
    "title_mean": title_mean,
    "artist": artist,
}
