import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose

from muse_lib.data import row_blocks
from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.errors import InputError
from muse_lib.models.baselines.item_knn import item_knn, strongest
from muse_lib.models.baselines.weighting import WEIGHTINGS, weighted
from tests.helpers.worlds import song_table

PAIRS = np.triu_indices(60, k=1)


def slow(vocabulary, shrink, weighting):
    """The table of all similarities, cell by cell."""
    X = weighted(incidence(vocabulary.playlists, len(vocabulary.songs)), weighting).toarray()
    S = np.zeros((len(X), len(X)))
    for i, of_i in enumerate(X):
        for j, of_j in enumerate(X):
            S[i, j] = of_i @ of_j / (np.sqrt(of_i @ of_i) * np.sqrt(of_j @ of_j) + shrink)
    return S


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("shrink", [0, 5])
def test_pairs_and_continuations_are_those_of_the_whole_table(scenes, shrink, weighting):
    S = slow(scenes, shrink, weighting)
    model = item_knn(scenes, 0, shrink=shrink, weighting=weighting)
    assert_allclose(model.similarity(*PAIRS), S[PAIRS], atol=1e-12)
    given = np.array([4, 8, 21])
    assert_allclose(model.continuation_scores(given), S[given].sum(axis=0), atol=1e-12)


def test_a_given_song_votes_for_its_k_most_similar_songs_and_itself(scenes):
    S = slow(scenes, 5, "none")[7]
    nearest = sorted(set(range(60)) - {7}, key=lambda song: (-S[song], song))[:3]
    scores = item_knn(scenes, 0, k=3, shrink=5, weighting="none").continuation_scores(np.array([7]))
    assert sorted(np.flatnonzero(scores)) == sorted([*nearest, 7])


def test_shrinkage_makes_little_evidence_weaker():
    """Songs 0 and 1 share their only playlist, songs 2 and 3 all of their five."""
    playlists = [np.array([0, 1]), *[np.array([2, 3])] * 5]
    vocabulary = Vocabulary(song_table(4), playlists, [""] * 6)
    i, j = np.array([0, 2]), np.array([1, 3])
    assert_allclose(item_knn(vocabulary, 0, shrink=0, weighting="none").similarity(i, j), 1)
    shrunk = item_knn(vocabulary, 0, shrink=1, weighting="none").similarity(i, j)
    assert_allclose(shrunk, [1 / 2, 5 / 6])


def test_of_a_row_the_diagonal_and_the_k_largest_cells_are_kept():
    S = scipy.sparse.csr_array(np.array([[0.1, 3, 2, 1], [4, 0, 4, 4], [0, 0, 1, 0], [0, 0, 0, 0]]))
    kept = [[0.1, 3, 2, 0], [4, 0, 4, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert strongest(S, 2).toarray().tolist() == kept
    assert strongest(S, 0) is S


def test_a_weighting_that_there_is_not_is_refused(few):
    with pytest.raises(InputError, match="'idf': choose from none, tf-idf, bm25"):
        item_knn(few, 0, weighting="idf")


@pytest.mark.parametrize("k", [0, 3])
def test_votes_that_are_cut_some_songs_at_a_time_are_those_of_the_whole_table(
    scenes, k, monkeypatch
):
    whole = strongest(scipy.sparse.csr_array(slow(scenes, 5, "none")), k)
    monkeypatch.setattr(row_blocks, "CELLS_AT_ONCE", 500)
    model = item_knn(scenes, 0, k=k, shrink=5, weighting="none")
    for given in ([7], [4, 8, 21], [9, 9]):
        expected = whole[given].sum(axis=0)
        assert_allclose(model.continuation_scores(np.array(given)), expected, atol=1e-12)
