"""Baselines from the co-occurrence counts C: their rows as they are, and factorised."""

import numpy as np
import scipy.sparse

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Rule
from muse_lib.models.baselines.weighting import row_lengths, row_products
from muse_lib.models.muse.cooccurrence import count_cooccurrence


def cooccurrence_cosine(vocabulary: Vocabulary, _seed: int) -> Model:
    """Score a pair by the cosine of two rows of C, a continuation by their sum over the given."""
    C = count_cooccurrence(vocabulary.playlists, len(vocabulary.songs)).tosparse()
    length = row_lengths(C)
    scale = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1))
    unit = scipy.sparse.csr_array(scale @ C)
    return Rule(
        lambda i, j: row_products(unit, i, j),
        lambda given: np.asarray(unit @ unit[given].sum(axis=0)),
    )


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
