import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.data import row_blocks
from muse_lib.data.dataset import Vocabulary
from muse_lib.models.baselines import cooccurrence
from muse_lib.models.baselines.cooccurrence import cooccurrence_cosine, positive_information
from muse_lib.models.baselines.ppmi_svd import ppmi_svd
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from tests.helpers.worlds import song_table


def test_cooccurrence_is_the_cosine_of_rows_of_the_count_matrix():
    vocabulary = Vocabulary(song_table(4), [np.array([0, 1, 2]), np.array([1, 2, 3])], ["", ""])
    C = np.array([[0, 1, 1, 0], [1, 0, 2, 1], [1, 2, 0, 1], [0, 1, 1, 0]])
    i, j = np.triu_indices(4, k=1)
    length = np.linalg.norm(C, axis=1)
    expected = (C @ C.T)[i, j] / length[i] / length[j]
    assert_allclose(cooccurrence_cosine(vocabulary, 0).similarity(i, j), expected)


def test_cooccurrence_continues_by_the_sum_of_cosines_with_the_given(scenes):
    model = cooccurrence_cosine(scenes, 0)
    given = np.array([4, 8, 20])
    expected = [model.similarity(np.full(3, song), given).sum() for song in range(60)]
    assert_allclose(model.continuation_scores(given), expected)


@pytest.mark.parametrize("shift", [1, 5])
def test_positive_information_agrees_with_the_double_loop(scenes, shift):
    C = np.zeros((60, 60))
    for playlist in scenes.playlists:
        for one, other in itertools.permutations(playlist, 2):
            C[one, other] += 1
    expected = np.zeros_like(C)
    for i, j in itertools.product(range(60), repeat=2):
        if C[i, j]:
            chance = C[i].sum() * C[j].sum() / C.sum()
            expected[i, j] = max(0, math.log(C[i, j] / chance) - math.log(shift))
    counted = count_cooccurrence(scenes.playlists, 60).tosparse()
    assert_allclose(positive_information(counted, shift).toarray(), expected, atol=1e-12)


@pytest.mark.parametrize("most", [0, 10])
@pytest.mark.parametrize("fit", [cooccurrence_cosine, ppmi_svd])
def test_songs_that_meet_no_other_are_not_similar(fit, most, monkeypatch):
    monkeypatch.setattr(cooccurrence, "MOST_CELLS", most)
    model = fit(Vocabulary(song_table(2), [np.array([0]), np.array([1])], ["", ""]), 0)
    assert model.similarity(np.array([0]), np.array([1])) == 0
    assert_array_equal(model.continuation_scores(np.array([0])), 0)


def test_more_dimensions_than_songs_are_as_many_as_there_are(few):
    pair = np.array([0]), np.array([2])
    assert_array_equal(
        ppmi_svd(few, 0, dim=300).similarity(*pair), ppmi_svd(few, 0, dim=5).similarity(*pair)
    )


def test_a_matrix_that_is_not_made_answers_as_the_one_that_is(scenes, monkeypatch):
    pairs = np.triu_indices(60, k=1)
    made = cooccurrence_cosine(scenes, 0)
    monkeypatch.setattr(cooccurrence, "MOST_CELLS", 1)
    monkeypatch.setattr(row_blocks, "CELLS_AT_ONCE", 500)
    implicit = cooccurrence_cosine(scenes, 0)
    assert isinstance(implicit.similarity.__self__, cooccurrence.ImplicitCooccurrence)
    assert_allclose(implicit.similarity(*pairs), made.similarity(*pairs), atol=1e-12)
    for given in ([4], [4, 8, 20], [5, 5]):
        expected = made.continuation_scores(np.array(given))
        assert_allclose(implicit.continuation_scores(np.array(given)), expected, atol=1e-12)
