import numpy as np
import pytest
from numpy.testing import assert_allclose

from muse_lib.data.dataset import incidence
from muse_lib.errors import InputError
from muse_lib.models.baselines.ease import ease

PAIRS = np.triu_indices(60)


def slow(vocabulary, regularization):
    """X and B by the inverse of the table of songs (Steck 2019)."""
    X = incidence(vocabulary.playlists, len(vocabulary.songs)).toarray().T.astype(float)
    P = np.linalg.inv(X.T @ X + regularization * np.eye(X.shape[1]))
    B = np.eye(len(P)) - P / np.diag(P)
    return X, B


@pytest.mark.parametrize("regularization", [0.5, 20, 1000])
def test_the_solution_over_playlists_is_that_of_the_dense_inverse(scenes, regularization):
    _, B = slow(scenes, regularization)
    model = ease(scenes, 0, regularization=regularization, compare="weights")
    assert_allclose(model.similarity(*PAIRS), ((B + B.T) / 2)[PAIRS], atol=1e-10)
    given = np.array([4, 8, 21])
    assert_allclose(model.continuation_scores(given), B[given].sum(axis=0), atol=1e-10)


def test_pairs_are_compared_by_the_playlists_that_are_predicted_to_hold_them(scenes):
    X, B = slow(scenes, 20)
    predicted = X @ B
    unit = predicted / np.linalg.norm(predicted, axis=0)
    model = ease(scenes, 0, regularization=20, compare="predictions")
    assert_allclose(model.similarity(*PAIRS), (unit.T @ unit)[PAIRS], atol=1e-10)


def test_a_comparison_that_there_is_not_is_refused(few):
    with pytest.raises(InputError, match="'rows' is unknown: choose from predictions, weights"):
        ease(few, 0, compare="rows")
