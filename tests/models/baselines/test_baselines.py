import inspect
import itertools
import math
import os
import subprocess
import sys

import gensim.models.word2vec
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import roc_auc_score

from muse_lib.data.dataset import Vocabulary
from muse_lib.errors import InputError
from muse_lib.models.baselines import BASELINES, SEARCH, search_points
from muse_lib.models.baselines.als import factorise
from muse_lib.models.baselines.cooccurrence import positive_information
from muse_lib.models.baselines.item2vec import LONGEST_SENTENCE, Sentences
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.paths import ROOT
from tests.helpers.worlds import song_table, two_scenes

N_SONGS = 60
PAIRS = np.triu_indices(N_SONGS, k=1)
SAME_SCENE = PAIRS[0] % 2 == PAIRS[1] % 2
GIVEN = np.array([4, 8, 20])


@pytest.fixture(scope="module")
def scenes():
    """Even and odd songs are two scenes, and playlists of each say so in their titles."""
    playlists = [np.array(playlist) for playlist in two_scenes(N_SONGS)]
    titles = [("death metal", "smooth jazz")[number % 2] for number in range(len(playlists))]
    return Vocabulary(song_table(N_SONGS), playlists, titles)


SMALL = {"als": {"factors": 2}}
"""For two scenes of 30 songs; the default's 20 factors learn such playlists by heart."""


@pytest.fixture(scope="module")
def models(scenes):
    return {
        name: baseline(scenes, 0, **SMALL.get(name, {})) for name, baseline in BASELINES.items()
    }


def test_baselines_have_the_names_and_the_order_of_the_tables():
    assert " ".join(BASELINES) == (
        "always_similar random popularity cooccurrence ppmi_svd item2vec als title_mean artist"
    )


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_scores_every_pair_and_every_continuation_with_a_number(models, name):
    pairs, songs = models[name].similarity(*PAIRS), models[name].continuation_scores(GIVEN)
    assert pairs.shape == PAIRS[0].shape
    assert songs.shape == (N_SONGS,)
    assert np.isfinite(pairs).all()
    assert np.isfinite(songs).all()


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_scores_the_same_twice(scenes, models, name):
    again = BASELINES[name](scenes, 0, **SMALL.get(name, {}))
    assert_array_equal(again.similarity(*PAIRS), models[name].similarity(*PAIRS))
    assert_array_equal(again.continuation_scores(GIVEN), models[name].continuation_scores(GIVEN))


@pytest.mark.parametrize("name", ["random", "item2vec", "als"])
def test_another_seed_makes_other_vectors(scenes, models, name):
    other = BASELINES[name](scenes, 1)
    assert (other.similarity(*PAIRS) != models[name].similarity(*PAIRS)).mean() > 0.9


LISTENING = ["cooccurrence", "ppmi_svd", "item2vec", "als", "title_mean"]


@pytest.mark.parametrize("name", LISTENING)
def test_what_listens_to_playlists_tells_the_scenes_apart(models, name):
    assert roc_auc_score(SAME_SCENE, models[name].similarity(*PAIRS)) > 0.95


@pytest.mark.parametrize("name", LISTENING)
def test_what_listens_to_playlists_continues_a_scene_with_its_songs(models, name):
    """All given songs are even."""
    even = np.delete(np.arange(N_SONGS), GIVEN) % 2 == 0
    scores = np.delete(models[name].continuation_scores(GIVEN), GIVEN)
    assert roc_auc_score(even, scores) > 0.95


@pytest.mark.parametrize("name", ["always_similar", "random", "popularity", "artist"])
def test_what_does_not_listen_cannot_tell_the_scenes_apart(models, name):
    assert roc_auc_score(SAME_SCENE, models[name].similarity(*PAIRS)) == pytest.approx(
        0.5, abs=0.06
    )


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


@pytest.fixture
def few():
    """Two artists have two songs each; song 4 is in a playlist of its own."""
    songs = song_table(5).assign(artist=["Ana", "Bo", "ana", "Bo", "Cy"])
    playlists = [np.array(songs) for songs in ([0, 1, 2], [1, 2, 3], [0, 1, 2], [4])]
    return Vocabulary(songs, playlists, ["gym", "gym", "", "run"])


def test_the_artist_rule_counts_the_given_songs_of_each_artist(few):
    scores = BASELINES["artist"](few, 0).continuation_scores(np.array([0, 1, 2]))
    assert scores.tolist() == [2, 1, 2, 1, 0]


def test_popularity_continues_every_playlist_with_what_most_playlists_hold(few):
    scores = BASELINES["popularity"](few, 0).continuation_scores(np.array([4]))
    assert np.argsort(-scores, kind="stable").tolist() == [1, 2, 0, 3, 4]


def test_always_similar_has_no_opinion_on_a_continuation(few):
    assert_array_equal(BASELINES["always_similar"](few, 0).continuation_scores(np.array([0])), 0)


def test_cooccurrence_continues_by_the_sum_of_cosines_with_the_given(models):
    model = models["cooccurrence"]
    expected = [
        sum(model.similarity(np.array([song]), np.array([other]))[0] for other in GIVEN)
        for song in range(N_SONGS)
    ]
    assert_allclose(model.continuation_scores(GIVEN), expected)


@pytest.mark.parametrize("shift", [1, 5])
def test_positive_information_agrees_with_the_double_loop(scenes, shift):
    C = np.zeros((N_SONGS, N_SONGS))
    for playlist in scenes.playlists:
        for one, other in itertools.permutations(playlist, 2):
            C[one, other] += 1
    expected = np.zeros_like(C)
    for i, j in itertools.product(range(N_SONGS), repeat=2):
        if C[i, j]:
            chance = C[i].sum() * C[j].sum() / C.sum()
            expected[i, j] = max(0, math.log(C[i, j] / chance) - math.log(shift))
    counted = count_cooccurrence(scenes.playlists, N_SONGS).tosparse()
    assert_allclose(positive_information(counted, shift).toarray(), expected, atol=1e-12)


def test_als_folds_the_given_songs_in_as_the_closed_form_says(few):
    """x = (Y'CY + reg)^-1 Y'C p with confidence alpha where p = 1, else 1; scores are Y x."""
    alpha, regularization = 3.0, 0.5
    chosen = {"factors": 2, "regularization": regularization, "alpha": alpha}
    Y = factorise(few, 0, **chosen).item_factors.astype(float)
    given = np.array([0, 3])
    p = np.isin(np.arange(5), given).astype(float)
    confidence = np.diag(np.where(p, alpha, 1))
    x = np.linalg.solve(Y.T @ confidence @ Y + regularization * np.eye(2), Y.T @ confidence @ p)
    scores = BASELINES["als"](few, 0, **chosen).continuation_scores(given)
    assert_allclose(scores, Y @ x, rtol=1e-3, atol=1e-5)


def test_als_says_nothing_to_the_page(few, capfd):
    BASELINES["als"](few, 0).continuation_scores(np.array([0]))
    assert capfd.readouterr() == ("", "")


def test_item2vec_says_nothing_to_the_page(few, capfd):
    BASELINES["item2vec"](few, 0)
    assert capfd.readouterr() == ("", "")


DEGENERATE = {
    "one playlist": [[0, 1, 2]],
    "one playlist of two": [[0, 1]],
    "every song alone": [[0], [1], [2]],
    "one song": [[0], [0]],
}


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("world", DEGENERATE)
def test_a_world_with_nothing_to_learn_still_gives_numbers(name, world):
    playlists = [np.array(playlist) for playlist in DEGENERATE[world]]
    n_songs = max(map(max, DEGENERATE[world])) + 1
    vocabulary = Vocabulary(song_table(n_songs), playlists, ["gym"] * len(playlists))
    model = BASELINES[name](vocabulary, 0)
    i, j = np.triu_indices(n_songs)
    assert np.isfinite(model.similarity(i, j)).all()
    assert np.isfinite(model.continuation_scores(np.array([0]))).all()


def test_songs_that_meet_no_other_have_the_similarity_zero_in_what_counts_meetings():
    vocabulary = Vocabulary(song_table(2), [np.array([0]), np.array([1])], ["", ""])
    for name in ("cooccurrence", "ppmi_svd"):
        model = BASELINES[name](vocabulary, 0)
        assert model.similarity(np.array([0]), np.array([1])) == 0
        assert_array_equal(model.continuation_scores(np.array([0])), 0)


def test_more_dimensions_than_songs_are_as_many_as_there_are(few):
    model = BASELINES["ppmi_svd"](few, 0, dim=300)
    assert_array_equal(
        model.similarity(np.array([0]), np.array([2])),
        BASELINES["ppmi_svd"](few, 0, dim=5).similarity(np.array([0]), np.array([2])),
    )


@pytest.mark.parametrize("limit", [3, 5])
def test_sentences_hold_every_song_once_and_none_is_cut(monkeypatch, limit):
    """gensim drops what is beyond its limit without a word."""
    module = sys.modules[Sentences.__module__]  # its package has a function of that name
    monkeypatch.setattr(module, "LONGEST_SENTENCE", limit)
    playlists = [np.arange(11), np.array([2, 7])]
    read = list(Sentences(playlists, np.random.default_rng(0)))
    assert max(map(len, read)) <= limit
    words = sorted(itertools.chain.from_iterable(read))
    assert words == sorted(str(song) for playlist in playlists for song in playlist)


def test_sentences_come_in_another_order_every_time():
    sentences = Sentences([np.arange(50)], np.random.default_rng(0))
    (first,), (second,) = sentences, sentences
    assert first != second
    assert sorted(first) == sorted(second)


def test_our_limit_of_a_sentence_is_that_of_gensim():
    assert LONGEST_SENTENCE == gensim.models.word2vec.MAX_WORDS_IN_BATCH


LEARN = """
import sys
import numpy as np
from muse_lib.models.baselines import BASELINES
from muse_lib.data.dataset import Vocabulary
from muse_lib.errors import InputError
from tests.helpers.worlds import song_table, two_scenes

playlists = [np.array(playlist) for playlist in two_scenes(30, 40)]
vocabulary = Vocabulary(song_table(30), playlists, [""] * 40)
for name in ("ppmi_svd", "item2vec", "als"):
    scores = BASELINES[name](vocabulary, 0).continuation_scores(np.arange(3))
    print(name, scores.tobytes().hex())
"""


@pytest.mark.slow
def test_every_process_learns_the_same_bytes():
    """Python's own hash of a text differs from process to process."""
    learned = {
        subprocess.run(
            [sys.executable, "-c", LEARN],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(learned) == 1
    assert [line.split()[0] for line in learned.pop().splitlines()] == [
        "ppmi_svd",
        "item2vec",
        "als",
    ]


@pytest.mark.parametrize("name", SEARCH)
def test_every_tuned_baseline_has_the_same_number_of_points(name):
    """A fair comparison gives nobody more tries than another."""
    assert len(search_points(name)) == 6


@pytest.mark.parametrize("name", SEARCH)
def test_every_point_of_the_search_is_a_model(scenes, name):
    for point in search_points(name):
        assert np.isfinite(BASELINES[name](scenes, 0, **point).similarity(*PAIRS)).all()


@pytest.mark.parametrize("name", SEARCH)
def test_the_defaults_are_among_the_points_of_the_search(name):
    defaults = {
        parameter.name: parameter.default
        for parameter in inspect.signature(BASELINES[name]).parameters.values()
    }
    assert {key: defaults[key] for key in SEARCH[name]} in search_points(name)


def test_the_title_mean_reads_with_the_model_and_the_words_it_is_given(tmp_path):
    vocabulary = Vocabulary(song_table(2), [np.array([0]), np.array([1])], ["g y m", "gym"])
    pair = np.array([0]), np.array([1])
    assert BASELINES["title_mean"](vocabulary, 0).similarity(*pair) == 0  # one title: no direction
    as_written = BASELINES["title_mean"](vocabulary, 0, normalise_titles=False)
    assert as_written.similarity(*pair) == pytest.approx(-1)
    with pytest.raises(InputError, match="no-such-model"):
        BASELINES["title_mean"](vocabulary, 0, title_model=str(tmp_path / "no-such-model"))
