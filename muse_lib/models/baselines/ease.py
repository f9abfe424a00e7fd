"""EASE: the linear model in which no song may predict itself, solved over playlists."""

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_limits

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.errors import InputError
from muse_lib.models.base import Model, Rule, Vectors

COMPARE = ("predictions", "weights")


def ease(
    vocabulary: Vocabulary,
    _seed: int,
    regularization: float = 1000.0,
    compare: str = "predictions",
) -> Model:
    """Return the linear autoencoder with a zero diagonal (Steck 2019).

    B minimises |X - X B|^2 + lambda |B|^2 with diag(B) = 0, where X (n_playlists, n_songs) says
    who holds what: B_ij = -P_ij / P_jj off the diagonal, with P = (X'X + lambda I)^-1. There are
    far fewer playlists than songs, so P is never formed. By Woodbury,

        P = (I - Z'Z) / lambda,   Z = L^-1 X,   L L' = X X' + lambda I  (n_playlists^2),

    so that B_ij = z_i . z_j / (1 - z_j . z_j), with z_i the column of Z that belongs to song i,
    and X B = X - lambda (X X' + lambda I)^-1 X diag(1 / (1 - z_j . z_j)). A continuation is
    scored by the sum of the rows of B that belong to the given songs.

    Parameters
    ----------
    regularization : float
        lambda > 0.
    compare : str
        What a pair is scored by. ``weights`` is (B_ij + B_ji) / 2, which explains away: of two
        songs that never met, those with playlists that overlap get the lower weight.
        ``predictions`` is the cosine of columns i and j of X B: songs are alike if the same
        playlists are predicted to hold them.

    Raises
    ------
    InputError
        If ``compare`` is neither.
    """
    if compare not in COMPARE:
        raise InputError(f"compare={compare!r} is unknown: choose from {', '.join(COMPARE)}.")
    X = incidence(vocabulary.playlists, len(vocabulary.songs)).T.toarray().astype(np.float64)
    with threadpool_limits(1, user_api="blas"):
        L = np.linalg.cholesky(X @ X.T + regularization * np.eye(X.shape[0]))
        Z = scipy.linalg.solve_triangular(L, X, lower=True)
        itself = np.einsum("ms,ms->s", Z, Z)  # below 1, as lambda > 0
        scale = 1 / (1 - itself)
        smooth = scipy.linalg.solve_triangular(L, Z, lower=True, trans="T")
    predicted = Vectors((X - regularization * scale * smooth).T)
    z = Z.T.copy()

    def weight(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        product = np.einsum("pm,pm->p", z[i], z[j])
        return np.asarray(np.where(i == j, 0, product * (scale[i] + scale[j]) / 2))

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        n_given = np.bincount(given, minlength=scale.size)
        with threadpool_limits(1, user_api="blas"):
            return np.asarray((z @ z[given].sum(axis=0) - n_given * itself) * scale)

    return Rule(weight if compare == "weights" else predicted.similarity, continuation_scores)
