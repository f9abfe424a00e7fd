import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.data.dataset import Vocabulary
from muse_lib.errors import InputError
from muse_lib.models.baselines import CONTROLS
from muse_lib.titles.encoder import EMBEDDED_MODEL, TitleModel
from tests.helpers.worlds import song_table


def test_the_artist_rule_scores_1_for_one_artist_and_0_else():
    songs = song_table(3).assign(artist=["Ana", "ANA", "Bo"])
    vocabulary = Vocabulary(songs, [np.array([0, 1, 2])], [""])
    assert CONTROLS["artist"].fit(vocabulary, 0).similarity(
        np.array([0, 0]), np.array([1, 2])
    ).tolist() == [1, 0]


def test_the_artist_rule_counts_the_given_songs_of_each_artist(few):
    scores = CONTROLS["artist"].fit(few, 0).continuation_scores(np.array([0, 1, 2]))
    assert scores.tolist() == [2, 1, 2, 1, 0]


def test_met_is_1_for_two_songs_of_one_playlist_and_0_else(few):
    i, j = np.array([0, 0, 3]), np.array([1, 3, 4])
    assert CONTROLS["met"].fit(few, 0).similarity(i, j).tolist() == [1, 0, 0]


def test_met_counts_the_given_songs_that_a_song_has_met(few):
    """Song 3 has met 1 and 2, song 4 none."""
    scores = CONTROLS["met"].fit(few, 0).continuation_scores(np.array([0, 1]))
    assert scores[[2, 3, 4]].tolist() == [2, 1, 0]


def test_popularity_continues_every_playlist_with_what_most_playlists_hold(few):
    scores = CONTROLS["popularity"].fit(few, 0).continuation_scores(np.array([4]))
    assert np.argsort(-scores, kind="stable").tolist() == [1, 2, 0, 3, 4]


def test_always_similar_has_no_opinion_on_a_continuation(few):
    model = CONTROLS["always_similar"].fit(few, 0)
    assert_array_equal(model.continuation_scores(np.array([0])), 0)


def test_songs_of_untitled_playlists_say_nothing_to_the_title_mean():
    vocabulary = Vocabulary(song_table(3), [np.array([0, 1]), np.array([1, 2])], ["", "gym"])
    model = CONTROLS["title_mean"].fit(vocabulary, 0)
    assert model.similarity(np.array([0]), np.array([1])) == 0


def test_the_title_mean_reads_with_the_model_and_the_words_it_is_given(tmp_path):
    vocabulary = Vocabulary(song_table(2), [np.array([0]), np.array([1])], ["g y m", "gym"])
    pair = np.array([0]), np.array([1])
    title_mean = CONTROLS["title_mean"].fit
    assert title_mean(vocabulary, 0).similarity(*pair) == 0  # one title: no direction
    as_written = title_mean(vocabulary, 0, normalise_titles=False)
    assert as_written.similarity(*pair) == pytest.approx(-1)
    with pytest.raises(InputError, match="no-such-model"):
        title_mean(vocabulary, 0, title_model=str(tmp_path / "no-such-model"))


def test_a_title_scores_songs_by_its_cosine_with_their_mean_title(few):
    """Songs 0 to 3 lie in playlists called gym or nothing at all, song 4 in one called run."""
    model = CONTROLS["title_mean"].fit(few, 0)
    gym, run = TitleModel(EMBEDDED_MODEL).encode(["gym", "run"]).astype(float)
    middle = (2 * gym + run) / 3
    to_gym, to_run = gym - middle, run - middle
    away = to_run @ to_gym / (np.linalg.norm(to_run) * np.linalg.norm(to_gym))
    assert_allclose(model.title_scores("Gym"), [1, 1, 1, 1, away], atol=1e-5)


def test_an_empty_title_says_nothing_of_any_song(few):
    assert_array_equal(CONTROLS["title_mean"].fit(few, 0).title_scores(" "), 0)
