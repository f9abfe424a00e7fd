"""EASE: a linear model in which no song may predict itself, solved over playlists."""

from collections.abc import Callable

import numpy as np
import scipy.linalg

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.data.row_blocks import CELLS_AT_ONCE, blocks, common
from muse_lib.errors import InputError
from muse_lib.models.base import Model, Rule, Vectors
from muse_lib.models.baselines.rival import MOST_BYTES
from muse_lib.workers import one_blas_thread

COMPARE = ("predictions", "weights")

Form = Callable[[Vocabulary, float, str], Model]


def ease(
    vocabulary: Vocabulary,
    _seed: int,
    regularization: float = 300.0,
    compare: str = "predictions",
) -> Model:
    """Return the linear autoencoder with a zero diagonal (Steck 2019).

    B minimises |X - X B|^2 + lambda |B|^2 with diag(B) = 0, where X (n_playlists, n_songs) is
    the 0/1 matrix of playlists and songs: B_ij = -P_ij / P_jj off the diagonal, with
    P = (X'X + lambda I)^-1. Usually there are far fewer playlists than songs, so P is not formed.
    By the Woodbury identity,

        P = (I - Z'Z) / lambda,   Z = L^-1 X,   L L' = X X' + lambda I  (n_playlists^2),

    so that B_ij = z_i . z_j / (1 - z_j . z_j), with z_i the column of Z for song i, and
    X B = X - lambda (X X' + lambda I)^-1 X diag(1 / (1 - z_j . z_j)). A continuation is scored
    by the sum of the rows of B for the given songs. The formula for B_ij also gives a given song
    a score from itself. That song is not a candidate; but when EASE runs on artists in place of
    songs, the score allows for another song by an artist already in the playlist.

    If Z does not fit into memory, P is formed when there are few songs, as with a
    ``min_song_count`` (`_over_songs`); otherwise no dense matrix has a column per song
    (`_over_playlists_alone`). The results are the same up to rounding.

    Parameters
    ----------
    regularization : float
        lambda > 0.
    compare : str
        How a pair is scored. ``weights`` is (B_ij + B_ji) / 2, which explains away: among pairs
        that never co-occur, those whose playlists overlap get the lower weight. ``predictions``
        is the cosine of columns i and j of X B: songs are similar if they are predicted for the
        same playlists.

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
    """Return the approximate bytes of a fit by the method that needs least."""
    return min(_forms(vocabulary).values())


def _forms(vocabulary: Vocabulary) -> dict[Form, int]:
    """Return the solution methods with the approximate bytes of each, fastest to query first."""
    n_songs, n_playlists = len(vocabulary.songs), len(vocabulary.playlists)
    return {
        _over_playlists: 8 * n_playlists * (5 * n_songs + 2 * n_playlists),
        _over_songs: 5 * 8 * n_songs**2,
        _over_playlists_alone: 4 * 8 * n_playlists**2 + 8 * CELLS_AT_ONCE,
    }


def _over_playlists(vocabulary: Vocabulary, regularization: float, compare: str) -> Model:
    """Solve by Woodbury with playlists x songs matrices."""
    X = incidence(vocabulary.playlists, len(vocabulary.songs)).T.toarray().astype(np.float64)
    with one_blas_thread():
        L = np.linalg.cholesky(X @ X.T + regularization * np.eye(X.shape[0]))
        Z = scipy.linalg.solve_triangular(L, X, lower=True)
        scale = 1 / (1 - np.einsum("ms,ms->s", Z, Z))  # z_j . z_j is below 1, as lambda > 0
        smooth = scipy.linalg.solve_triangular(L, Z, lower=True, trans="T")
    predicted = Vectors((X - regularization * scale * smooth).T)
    z = Z.T.copy()

    def weight(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("pm,pm->p", z[i], z[j]) * (scale[i] + scale[j]) / 2)

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        with one_blas_thread():
            return np.asarray((z @ z[given].sum(axis=0)) * scale)

    return Rule(weight if compare == "weights" else predicted.similarity, continuation_scores)


def _over_songs(vocabulary: Vocabulary, regularization: float, compare: str) -> Model:
    """Solve directly with songs x songs matrices.

    With G = X'X, columns i and j of X B have the dot product (B'G B)_ij.
    """
    X = incidence(vocabulary.playlists, len(vocabulary.songs)).astype(np.float64)
    G = (X @ X.T).toarray()
    with one_blas_thread():
        P = np.linalg.inv(G + regularization * np.eye(len(G)))
        scale = 1 / np.diag(P)
        P *= -scale
        B = P  # except for its diagonal, which no pair of songs uses
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
    """Solve by Woodbury with playlists x playlists matrices only.

    With A = (X X' + lambda I)^-1 and x_i the column of X for song i,

        z_i . z_j = x_i' A x_j,
        (X B)_i . (X B)_j = x_i . x_j - lambda (s_i + s_j) x_i' A x_j
                            + lambda^2 s_i s_j x_i' A^2 x_j,   s_i = 1 / (1 - x_i' A x_i).
    """
    held = incidence(vocabulary.playlists, len(vocabulary.songs)).astype(np.float64)
    with one_blas_thread():
        A = np.linalg.inv((held.T @ held).toarray() + regularization * np.eye(held.shape[1]))
        A_2 = A @ A if compare == "predictions" else A
    every = np.arange(held.shape[0])

    def form(table: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return x_i' table x_j for pairs of songs."""
        found = np.zeros(i.size)
        for part in blocks(np.full(i.size, len(table))):
            found[part] = held[j[part]].multiply(held[i[part]] @ table).sum(axis=1)
        return found

    scale = 1 / (1 - form(A, every, every))

    def products(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Return the dot products of columns i and j of X B."""
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
        with one_blas_thread():
            return np.asarray((held @ (A @ held[given].sum(axis=0))) * scale)

    return Rule(weight if compare == "weights" else prediction, continuation_scores)
