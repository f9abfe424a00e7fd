import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.data import row_blocks
from muse_lib.data.dataset import incidence
from muse_lib.errors import InputError
from muse_lib.models.baselines.ease import (
    COMPARE,
    _over_playlists,
    _over_playlists_alone,
    _over_songs,
    ease,
)

PAIRS = np.triu_indices(60, k=1)


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
    others = np.delete(np.arange(60), given)
    expected = B[given].sum(axis=0)[others]
    assert_allclose(model.continuation_scores(given)[others], expected, atol=1e-10)


def test_a_given_song_stands_for_itself_before_all_that_it_says_nothing_of(few):
    """Where artists are the songs, another song of a given artist follows."""
    scores = ease(few, 0).continuation_scores(np.array([0]))
    assert scores[0] > scores[4]


def test_pairs_are_compared_by_the_playlists_that_are_predicted_to_hold_them(scenes):
    X, B = slow(scenes, 20)
    predicted = X @ B
    unit = predicted / np.linalg.norm(predicted, axis=0)
    model = ease(scenes, 0, regularization=20, compare="predictions")
    assert_allclose(model.similarity(*PAIRS), (unit.T @ unit)[PAIRS], atol=1e-10)


def test_a_comparison_that_there_is_not_is_refused(few):
    with pytest.raises(InputError, match="'rows' is unknown: choose from predictions, weights"):
        ease(few, 0, compare="rows")


@pytest.mark.parametrize("form", [_over_songs, _over_playlists_alone])
@pytest.mark.parametrize("compare", COMPARE)
@pytest.mark.parametrize("regularization", [0.5, 300])
def test_all_forms_answer_alike(scenes, regularization, compare, form, monkeypatch):
    monkeypatch.setattr(row_blocks, "CELLS_AT_ONCE", 5_000)
    one, other = (solve(scenes, regularization, compare) for solve in (_over_playlists, form))
    assert_allclose(other.similarity(*PAIRS), one.similarity(*PAIRS), atol=1e-9)
    for given in ([4], [4, 8, 21], [4, 4, 9]):
        expected = one.continuation_scores(np.array(given))
        assert_allclose(other.continuation_scores(np.array(given)), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("needed", "form"),
    [
        ((1, 1, 1), _over_playlists),
        ((9, 1, 1), _over_songs),
        ((9, 9, 1), _over_playlists_alone),
        ((9, 9, 9), _over_playlists),
    ],
)
def test_the_first_form_that_fits_is_taken(scenes, monkeypatch, needed, form):
    forms = dict(zip((_over_playlists, _over_songs, _over_playlists_alone), needed, strict=True))
    monkeypatch.setitem(ease.__globals__, "MOST_BYTES", 5)
    monkeypatch.setitem(ease.__globals__, "_forms", lambda _: forms)
    expected = form(scenes, 300, "predictions").similarity(*PAIRS)
    assert_array_equal(ease(scenes, 0).similarity(*PAIRS), expected)
