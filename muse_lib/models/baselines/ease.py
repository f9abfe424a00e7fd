"""EASE: the linear model in which no song may predict itself, solved over playlists."""

from collections.abc import Callable

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_limits

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.data.row_blocks import CELLS_AT_ONCE, blocks, common
from muse_lib.errors import InputError
from muse_lib.models.base import Model, Rule, Vectors
from muse_lib.models.baselines.rival import MOST_BYTES

COMPARE = ("predictions", "weights")

Form = Callable[[Vocabulary, float, str], Model]


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

    Where Z would not fit, P is formed if there are few songs, as with a ``min_song_count``
    (`_over_songs`), or else no table with a column a song (`_over_playlists_alone`). The answers
    are the same but for rounding.

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
    forms = _forms(vocabulary)
    solve = next((form for form, needed in forms.items() if needed <= MOST_BYTES), _over_playlists)
    return solve(vocabulary, regularization, compare)


def ease_needs(vocabulary: Vocabulary, **_: object) -> float:
    """Return about how many bytes a fit takes in the form that takes least."""
    return min(_forms(vocabulary).values())


def _forms(vocabulary: Vocabulary) -> dict[Form, int]:
    """Return the ways to solve, the fastest to ask first, and about how many bytes each takes."""
    n_songs, n_playlists = len(vocabulary.songs), len(vocabulary.playlists)
    return {
        _over_playlists: 8 * n_playlists * (5 * n_songs + 2 * n_playlists),
        _over_songs: 5 * 8 * n_songs**2,
        _over_playlists_alone: 4 * 8 * n_playlists**2 + 8 * CELLS_AT_ONCE,
    }


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


def _over_playlists_alone(vocabulary: Vocabulary, regularization: float, compare: str) -> Model:
    """Solve by Woodbury with matrices of playlists and playlists alone.

    With A = (X X' + lambda I)^-1 and x_i the column of X that belongs to song i,

        z_i . z_j = x_i' A x_j,
        (X B)_i . (X B)_j = x_i . x_j - lambda (s_i + s_j) x_i' A x_j
                            + lambda^2 s_i s_j x_i' A^2 x_j,   s_i = 1 / (1 - x_i' A x_i).
    """
    held = incidence(vocabulary.playlists, len(vocabulary.songs)).astype(np.float64)
    with threadpool_limits(1, user_api="blas"):
        A = np.linalg.inv((held.T @ held).toarray() + regularization * np.eye(held.shape[1]))
        A_2 = A @ A if compare == "predictions" else A
    every = np.arange(held.shape[0])

    def form(table: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return x_i' table x_j of pairs of songs."""
        found = np.zeros(i.size)
        for part in blocks(np.full(i.size, len(table))):
            found[part] = held[j[part]].multiply(held[i[part]] @ table).sum(axis=1)
        return found

    scale = 1 / (1 - form(A, every, every))

    def products(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return the products of columns i and j of X B."""
        once, twice = regularization * form(A, i, j), regularization**2 * form(A_2, i, j)
        shared = common(held, i, j)
        return np.asarray(shared - (scale[i] + scale[j]) * once + scale[i] * scale[j] * twice)

    if compare == "predictions":
        length = np.sqrt(np.maximum(products(every, every), 0))
        length = np.where(length > 0, length, 1)

    def prediction(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.asarray(products(i, j) / length[i] / length[j])

    def weight(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.asarray(form(A, i, j) * (scale[i] + scale[j]) / 2)

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        with threadpool_limits(1, user_api="blas"):
            return np.asarray((held @ (A @ held[given].sum(axis=0))) * scale)

    return Rule(weight if compare == "weights" else prediction, continuation_scores)
