"""Term weighting from text retrieval for document-term matrices, here songs and playlists."""

import numpy as np
import scipy.sparse

from muse_lib.errors import InputError

WEIGHTINGS = ("none", "tf-idf", "bm25")


def weighted(documents: scipy.sparse.csr_array, weighting: str) -> scipy.sparse.csr_array:
    """Return a matrix of documents (rows) and terms (columns) with every cell weighted.

    A term counts less the more documents contain it: idf = log(N / (1 + its documents)). With
    ``bm25`` (Robertson and Zaragoza 2009), cells of long documents also count less. Both as in
    the `implicit` library.

    Parameters
    ----------
    documents : csr_array
        (n_documents, n_terms), 0 and 1.
    weighting : str
        One of `WEIGHTINGS`; ``none`` leaves the matrix as it is.

    Returns
    -------
    csr_array
        (n_documents, n_terms) float64.

    Raises
    ------
    InputError
        If there is no such weighting.
    """
    if weighting not in WEIGHTINGS:
        raise InputError(
            f"there is no weighting {weighting!r}: choose from {', '.join(WEIGHTINGS)}."
        )
    from implicit.nearest_neighbours import bm25_weight, tfidf_weight  # takes a second to import

    cells = documents.astype(np.float64)
    if weighting == "tf-idf":
        cells = tfidf_weight(cells)
    elif weighting == "bm25":
        cells = bm25_weight(cells, K1=1.2, B=0.75)
    return scipy.sparse.csr_array(cells)


def row_products(rows: scipy.sparse.csr_array, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the inner products of rows i and j, a few hundred pairs at a time."""
    parts = np.array_split(np.arange(i.size), max(1, i.size // 500))
    return np.concatenate([rows[i[p]].multiply(rows[j[p]]).sum(axis=1) for p in parts])


def row_lengths(rows: scipy.sparse.csr_array) -> np.ndarray:
    """Return the Euclidean length of every row, (n_rows,) float64."""
    return np.asarray(scipy.sparse.linalg.norm(rows, axis=1))
