"""From many dimensions to two: t-SNE of songs, and what it keeps of the neighbourhoods."""

import numpy as np
from scipy.linalg import orthogonal_procrustes
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from muse_lib.errors import InputError
from muse_lib.seeds import stream

MOST_MAPPED = 100_000
"""Songs of a map of the whole catalogue: the most popular, where there are more."""


def tsne(vectors: np.ndarray, *, perplexity: float, seed: int) -> np.ndarray:
    """Return t-SNE coordinates of unit vectors (van der Maaten and Hinton 2008).

    Parameters
    ----------
    vectors : ndarray
        (n_points, dim) float, of length 1: then Euclidean neighbours are cosine neighbours.
    perplexity : float
        Effective number of neighbours, below a third of the points.
    seed : int
        The study's seed.

    Returns
    -------
    ndarray
        (n_points, 2) float32.
    """
    if 3 * perplexity >= len(vectors):
        raise InputError(
            f"perplexity={perplexity:g} is too large for {len(vectors)} songs: lower it below "
            f"{len(vectors) / 3:g}, or draw more songs (n_popular)."
        )
    model = TSNE(
        n_components=2,
        perplexity=perplexity,
        early_exaggeration=12.0,
        learning_rate="auto",
        max_iter=1000,
        init="pca",
        metric="euclidean",
        method="barnes_hut",
        angle=0.5,
        random_state=int(stream(seed, "tsne").integers(2**31)),
    )
    # with two OpenMP threads its short loops mostly wait for each other: one is three times
    # faster here; and BLAS with two would start it from other roundings, which t-SNE blows up
    with threadpool_limits(1):
        return np.asarray(model.fit_transform(vectors))


def aligned(coordinates: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Turn and mirror ``coordinates`` to lie as ``reference`` does (orthogonal Procrustes).

    t-SNE knows no up and no left; without this, two maps of the same songs cannot be compared.
    """
    centred = coordinates - coordinates.mean(axis=0)
    rotation, _ = orthogonal_procrustes(centred, reference - reference.mean(axis=0))
    return np.asarray(centred @ rotation)
