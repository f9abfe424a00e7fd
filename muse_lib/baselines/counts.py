"""Baselines from the co-occurrence counts C: their rows as they are, and factorised."""

import numpy as np
import scipy.sparse
from sklearn.utils.extmath import randomized_svd

from muse_lib.cooccurrence import count_cooccurrence
from muse_lib.dataset import Vocabulary
from muse_lib.models import Model, Rule, Vectors
from muse_lib.seeds import stream


def cooccurrence_cosine(vocabulary: Vocabulary, _seed: int) -> Model:
    """Score a pair by the cosine of two rows of C, a continuation by their sum over the given."""
    C = count_cooccurrence(vocabulary.playlists, len(vocabulary.songs)).tosparse()
    length = scipy.sparse.linalg.norm(C, axis=1)
    scale = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1))
    unit = scipy.sparse.csr_array(scale @ C)
    return Rule(
        lambda i, j: _row_products(unit, i, j),
        lambda given: np.asarray(unit @ unit[given].sum(axis=0)),
    )


def ppmi_svd(vocabulary: Vocabulary, seed: int, dim: int = 50, shift: float = 1) -> Model:
    """Return vectors by a truncated SVD of `positive_information` (Levy and Goldberg 2014).

    Parameters
    ----------
    dim : int
        How many of the largest singular values S are kept (all, if there are fewer): the vectors
        are U sqrt(S).
    shift : float
        k of the positive information.
    """
    counted = count_cooccurrence(vocabulary.playlists, len(vocabulary.songs))
    information = positive_information(counted.tosparse(), shift)
    random_state = int(stream(seed, "ppmi svd").integers(2**31))
    U, S, _ = randomized_svd(information, min(dim, counted.n_songs), random_state=random_state)
    return Vectors((U * np.sqrt(S)).astype(np.float32))


def positive_information(C: scipy.sparse.csr_array, shift: float) -> scipy.sparse.csr_array:
    """Return shifted positive pointwise mutual information, sparse, of the counts C.

    max(0, log C_ij sum(C) / (sum_j C_ij sum_i C_ij) - log k), where a ``shift`` k above 1 asks
    for more than chance: it is what skip-gram with k negative samples factorises.
    """
    cells = C.tocoo()
    total = cells.sum(axis=1)
    information = np.log(cells.data * total.sum() / (total[cells.row] * total[cells.col] * shift))
    kept = information > 0
    return scipy.sparse.csr_array(
        (information[kept], (cells.row[kept], cells.col[kept])), shape=cells.shape
    )


def _row_products(rows: scipy.sparse.csr_array, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the inner products of rows i and j, some hundred pairs at a time."""
    parts = np.array_split(np.arange(i.size), max(1, i.size // 500))
    return np.concatenate([rows[i[p]].multiply(rows[j[p]]).sum(axis=1) for p in parts])
