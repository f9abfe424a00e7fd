"""Implicit feedback, factorised: playlists are the users, songs the items."""

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse
from threadpoolctl import threadpool_limits

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.models.base import Model, Rule, Vectors
from muse_lib.seeds import stream

if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares


def als(
    vocabulary: Vocabulary,
    seed: int,
    factors: int = 20,
    regularization: float = 10.0,
    alpha: float = 10.0,
) -> Model:
    """Return factors by alternating least squares (Hu, Koren and Volinsky 2008).

    A pair is scored by the cosine of its songs' factors; a continuation as the method has it, by
    the product with the factors of a new playlist that holds the given songs.

    Parameters
    ----------
    factors : int
        Length of a song vector.
    regularization : float
        Weight of the squared length of the factors.
    alpha : float
        Confidence in a song that a playlist holds; that in its absence is 1.
    """
    n_songs = len(vocabulary.songs)
    model = factorise(vocabulary, seed, factors, regularization, alpha)

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        with threadpool_limits(1, user_api="blas"):
            playlist = model.recalculate_user(0, _confidence([given], n_songs))
        return np.asarray(model.item_factors @ playlist)

    return Rule(Vectors(model.item_factors).similarity, continuation_scores)


def factorise(
    vocabulary: Vocabulary, seed: int, factors: int, regularization: float, alpha: float
) -> "AlternatingLeastSquares":
    """Return the fitted model of the `implicit` library, silently."""
    from implicit.cpu.als import AlternatingLeastSquares  # takes a second to import

    with threadpool_limits(1, user_api="blas"):  # implicit warns of a BLAS with more of them
        model = AlternatingLeastSquares(
            factors=factors,
            regularization=regularization,
            alpha=alpha,
            random_state=int(stream(seed, "als").integers(2**31)),
            num_threads=1,  # the same bytes everywhere, and it takes a second
        )
        model.fit(_confidence(vocabulary.playlists, len(vocabulary.songs)), show_progress=False)
    return model


def _confidence(playlists: list[np.ndarray], n_songs: int) -> scipy.sparse.csr_matrix:
    """Return which playlist holds which song, (n_playlists, n_songs), as implicit wants it."""
    return scipy.sparse.csr_matrix(incidence(playlists, n_songs).T)
