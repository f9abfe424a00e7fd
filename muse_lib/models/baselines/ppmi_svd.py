"""Shifted PPMI factorised by SVD: the matrix that skip-gram factorises implicitly."""

import numpy as np
from sklearn.utils.extmath import randomized_svd

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Vectors
from muse_lib.models.baselines.cooccurrence import positive_information
from muse_lib.models.baselines.rival import n_cells
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.seeds import stream
from muse_lib.workers import one_blas_thread


def ppmi_svd(vocabulary: Vocabulary, seed: int, dim: int = 50, shift: float = 1) -> Model:
    """Return vectors by a truncated SVD of `positive_information` (Levy and Goldberg 2014).

    Parameters
    ----------
    dim : int
        Number of largest singular values S to keep (all if there are fewer): the vectors are
        U sqrt(S).
    shift : float
        k of `positive_information`.
    """
    counted = count_cooccurrence(vocabulary.playlists, len(vocabulary.songs))
    information = positive_information(counted.tosparse(), shift)
    random_state = int(stream(seed, "ppmi svd").integers(2**31))
    with one_blas_thread():  # or the bytes would depend on the threads
        U, S, _ = randomized_svd(information, min(dim, counted.n_songs), random_state=random_state)
    return Vectors((U * np.sqrt(S)).astype(np.float32))


def ppmi_svd_needs(vocabulary: Vocabulary, **_: object) -> float:
    """Return the approximate bytes of a fit: all cells of C and what is computed from them."""
    return 80 * n_cells(vocabulary)
