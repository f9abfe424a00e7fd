"""Fold in a new song: move its vector towards the playlists that contain it, without training."""

from collections.abc import Sequence

import numpy as np

from muse_lib.models.base import Vectors

CONTEXT_WEIGHT = 2.0
"""Weight of the playlists relative to the estimate from artist and text."""


def centroids(vectors: np.ndarray, lists: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean vector of the known songs of every list, (n_lists, dim); zero if none.

    Parameters
    ----------
    vectors : ndarray
        (n_songs, dim) float, of length 1.
    lists : sequence of ndarray
        Numbers of songs, int. The playlist to be continued must not be among them: the song
        would be found only because it was put there.
    """
    means = np.zeros((len(lists), vectors.shape[1]))
    for number, songs in enumerate(lists):
        if len(songs):
            means[number] = vectors[songs].mean(axis=0)
    return means


def fold_in(
    estimates: np.ndarray, context: np.ndarray, weight: float = CONTEXT_WEIGHT
) -> np.ndarray:
    """Return (v/|v| + weight c/|c|) / (1 + weight), or v without context.

    Parameters
    ----------
    estimates : ndarray
        (n_new, dim) float: v, zero if nothing but its playlists is known about a song.
    context : ndarray
        (n_new, dim) float: c, the mean of the songs that share a playlist with it, zero if none.
    """
    v, c = Vectors(estimates).unit, Vectors(context).unit
    has_context = c.any(axis=1, keepdims=True)
    return np.where(has_context, (v + weight * c) / (1 + weight), estimates)


def fold_into_objective(
    W: np.ndarray,
    b: np.ndarray,
    lists: Sequence[np.ndarray],
    *,
    smoothing: float,
    alpha: float,
    penalty: float = 1.0,
) -> np.ndarray:
    """Return for each new song the vector that minimises J with all others fixed.

    Its part of J, sum_j f(M_j) (w.w_j + x + b_j - log M_j)^2 with M_j = C_j + smoothing and
    f(M) = M^alpha, is quadratic in (w, x): a weighted ridge regression. All unseen cells share
    one weight and one target, so their sum needs the Gram matrix of W alone, once for all songs.

    Parameters
    ----------
    W, b : ndarray
        (n_songs, dim) and (n_songs,) float, as trained.
    lists : sequence of ndarray
        For each new song, the songs of the one playlist that contains it, int, each once: C_j = 1.
    smoothing, alpha : float
        As in `ObjectiveConfig`; the smoothing must be above 0.
    penalty : float
        Of |w|^2, above 0.

    Returns
    -------
    ndarray
        (n_lists, dim) float64.
    """
    Z = np.hstack([W, np.ones((len(W), 1))]).astype(np.float64)
    dim, unseen, met = W.shape[1], smoothing**alpha, (1 + smoothing) ** alpha
    gram = unseen * (Z.T @ Z)
    gram[np.diag_indices(dim)] += penalty
    right = unseen * (Z.T @ (np.log(smoothing) - b))
    vectors = np.empty((len(lists), dim))
    for number, songs in enumerate(lists):
        seen = Z[songs]
        of_seen = met * (np.log(1 + smoothing) - b[songs]) - unseen * (np.log(smoothing) - b[songs])
        folded = np.linalg.solve(gram + (met - unseen) * seen.T @ seen, right + seen.T @ of_seen)
        vectors[number] = folded[:dim]
    return vectors
