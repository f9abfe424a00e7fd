"""EASE: the linear model in which no song may predict itself, solved over playlists."""

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_limits

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.errors import InputError
from muse_lib.models.base import Model, Rule, Vectors
from muse_lib.models.baselines.rival import MOST_BYTES

COMPARE = ("predictions", "weights")


def ease(
    vocabulary: Vocabulary,
    _seed: int,
    regularization: float = 300.0,
    compare: str = "predictions",
) -> Model:
    """Return the linear autoencoder with a zero diagonal (Steck 2019).

    B minimises |X - X B|^2 + lambda |B|^2 with diag(B) = 0, where X (n_playlists, n_songs) says
    who holds what: B_ij = -P_ij / P_jj off the diagonal, with P = (X'X + lambda I)^-1. There are
    mostly far fewer playlists than songs, so P is never formed. By Woodbury,

        P = (I - Z'Z) / lambda,   Z = L^-1 X,   L L' = X X' + lambda I  (n_playlists^2),

    so that B_ij = z_i . z_j / (1 - z_j . z_j), with z_i the column of Z that belongs to song i,
    and X B = X - lambda (X X' + lambda I)^-1 X diag(1 / (1 - z_j . z_j)). A continuation is
    scored by the sum of the rows of B that belong to the given songs. The formula of B_ij also
    scores a given song for itself. That song is no candidate; but where artists stand for their
    songs, it says that a list may hold another song by an artist whom it holds.

    Where there are too many playlists for that and few enough songs, as with a ``min_song_count``,
    P is formed (`_over_songs`). The answers are the same but for rounding.

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
    over = _over_playlists if _n_over_playlists(vocabulary) <= MOST_BYTES else _over_songs
    return over(vocabulary, regularization, compare)


def ease_needs(vocabulary: Vocabulary, **_: object) -> float:
    """Return about how many bytes a fit takes, over playlists or over songs."""
    return min(_n_over_playlists(vocabulary), 5 * 8 * len(vocabulary.songs) ** 2)


def _n_over_playlists(vocabulary: Vocabulary) -> int:
    n_playlists = len(vocabulary.playlists)
    return 8 * n_playlists * (5 * len(vocabulary.songs) + 2 * n_playlists)


def _over_playlists(vocabulary: Vocabulary, regularization: float, compare: str) -> Model:
    """Solve by Woodbury: matrices of playlists and songs."""
    X = incidence(vocabulary.playlists, len(vocabulary.songs)).T.toarray().astype(np.float64)
    with threadpool_limits(1, user_api="blas"):
        L = np.linalg.cholesky(X @ X.T + regularization * np.eye(X.shape[0]))
        Z = scipy.linalg.solve_triangular(L, X, lower=True)
        scale = 1 / (1 - np.einsum("ms,ms->s", Z, Z))  # z_j . z_j is below 1, as lambda > 0
        smooth = scipy.linalg.solve_triangular(L, Z, lower=True, trans="T")
    predicted = Vectors((X - regularization * scale * smooth).T)
    z = Z.T.copy()

    def weight(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("pm,pm->p", z[i], z[j]) * (scale[i] + scale[j]) / 2)

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        with threadpool_limits(1, user_api="blas"):
            return np.asarray((z @ z[given].sum(axis=0)) * scale)

    return Rule(weight if compare == "weights" else predicted.similarity, continuation_scores)


def _over_songs(vocabulary: Vocabulary, regularization: float, compare: str) -> Model:
    """Solve as it is written: matrices of songs and songs.

    With G = X'X, columns i and j of X B have the product (B'G B)_ij.
    """
    X = incidence(vocabulary.playlists, len(vocabulary.songs)).astype(np.float64)
    G = (X @ X.T).toarray()
    with threadpool_limits(1, user_api="blas"):
        P = np.linalg.inv(G + regularization * np.eye(len(G)))
        scale = 1 / np.diag(P)
        P *= -scale
        B = P  # but for its diagonal, which no two songs ask for
        np.fill_diagonal(B, 0)
        if compare == "predictions":
            predicted = B.T @ (G @ B)
            length = np.sqrt(np.maximum(np.diag(predicted), 0))
            length = np.where(length > 0, length, 1)
    np.fill_diagonal(B, scale / regularization - 1)

    def weight(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.asarray((B[i, j] + B[j, i]) / 2)

    def prediction(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.asarray(predicted[i, j] / length[i] / length[j])

    return Rule(
        weight if compare == "weights" else prediction,
        lambda given: np.asarray(B[given].sum(axis=0)),
    )
