import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import roc_auc_score

from muse_lib.baselines import BASELINES
from muse_lib.dataset import Vocabulary
from tests.worlds import song_table, two_scenes

N_SONGS = 60
PAIRS = np.triu_indices(N_SONGS, k=1)
SAME_SCENE = PAIRS[0] % 2 == PAIRS[1] % 2


@pytest.fixture(scope="module")
def scenes():
    """Even and odd songs are two scenes, and playlists of each say so in their titles."""
    playlists = [np.array(playlist) for playlist in two_scenes(N_SONGS)]
    titles = [("death metal", "smooth jazz")[number % 2] for number in range(len(playlists))]
    return Vocabulary(song_table(N_SONGS), playlists, titles)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_scores_every_pair_with_a_number_and_the_same_twice(scenes, name):
    score = BASELINES[name](scenes, 0).similarity(*PAIRS)
    assert score.shape == PAIRS[0].shape
    assert np.isfinite(score).all()
    assert_allclose(BASELINES[name](scenes, 0).similarity(*PAIRS), score)


@pytest.mark.parametrize("name", ["cooccurrence", "ppmi_svd", "title_mean"])
def test_what_listens_to_playlists_tells_the_scenes_apart(scenes, name):
    assert roc_auc_score(SAME_SCENE, BASELINES[name](scenes, 0).similarity(*PAIRS)) > 0.95


@pytest.mark.parametrize("name", ["always_similar", "random", "popularity", "artist"])
def test_what_does_not_listen_cannot_tell_the_scenes_apart(scenes, name):
    assert roc_auc_score(
        SAME_SCENE, BASELINES[name](scenes, 0).similarity(*PAIRS)
    ) == pytest.approx(0.5, abs=0.06)


def test_cooccurrence_is_the_cosine_of_rows_of_the_count_matrix():
    vocabulary = Vocabulary(song_table(4), [np.array([0, 1, 2]), np.array([1, 2, 3])], ["", ""])
    C = np.array([[0, 1, 1, 0], [1, 0, 2, 1], [1, 2, 0, 1], [0, 1, 1, 0]])
    i, j = np.triu_indices(4, k=1)
    length = np.linalg.norm(C, axis=1)
    expected = (C @ C.T)[i, j] / length[i] / length[j]
    assert_allclose(BASELINES["cooccurrence"](vocabulary, 0).similarity(i, j), expected)


def test_the_artist_rule_scores_1_for_one_artist_and_0_else():
    songs = song_table(3).assign(artist=["Ana", "ANA", "Bo"])
    vocabulary = Vocabulary(songs, [np.array([0, 1, 2])], [""])
    assert BASELINES["artist"](vocabulary, 0).similarity(
        np.array([0, 0]), np.array([1, 2])
    ).tolist() == [1, 0]


def test_songs_of_untitled_playlists_say_nothing_to_the_title_mean():
    vocabulary = Vocabulary(song_table(3), [np.array([0, 1]), np.array([1, 2])], ["", "gym"])
    assert BASELINES["title_mean"](vocabulary, 0).similarity(np.array([0]), np.array([1])) == 0
