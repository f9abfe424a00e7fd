import math

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose

from muse_lib.models.baselines.weighting import row_products, weighted

TABLE = np.array([[1, 1, 0, 0, 1], [0, 1, 0, 0, 1], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]])
"""Four documents and five terms."""


def idf(term):
    return math.log(len(TABLE) / (1 + TABLE[:, term].sum()))


def by_tf_idf(document, term):
    return TABLE[document, term] * idf(term)


def by_bm25(document, term):
    """Robertson and Zaragoza's weight of a term that occurs once, k1 = 1.2 and b = 0.75."""
    length = TABLE[document].sum() / TABLE.sum(axis=1).mean()
    return TABLE[document, term] * idf(term) * 2.2 / (1.2 * (0.25 + 0.75 * length) + 1)


@pytest.mark.parametrize(
    ("weighting", "cell"),
    [("none", lambda d, t: TABLE[d, t]), ("tf-idf", by_tf_idf), ("bm25", by_bm25)],
)
def test_weights_are_those_of_the_formula(weighting, cell):
    expected = [[cell(document, term) for term in range(5)] for document in range(4)]
    documents = scipy.sparse.csr_array(TABLE.astype(np.float32))
    assert_allclose(weighted(documents, weighting).toarray(), expected, rtol=1e-12)
    assert documents.toarray().tolist() == TABLE.tolist()


def test_products_of_rows_are_taken_some_at_a_time():
    rng = np.random.default_rng(0)
    rows = scipy.sparse.random_array((50, 20), density=0.3, rng=rng, format="csr")
    i, j = rng.integers(50, size=(2, 1234))
    dense = rows.toarray()
    assert_allclose(row_products(rows, i, j), (dense[i] * dense[j]).sum(axis=1))
