"""What holds for every control and every rival."""

import copy
import inspect
import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.metrics import roc_auc_score

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.baselines import BASELINES, CONTROLS, RIVALS
from muse_lib.paths import ROOT
from tests.helpers.worlds import song_table

PAIRS = np.triu_indices(60, k=1)
SAME_SCENE = PAIRS[0] % 2 == PAIRS[1] % 2
GIVEN = np.array([4, 8, 20])

COMPARED = [name for name, rival in BASELINES.items() if "pairs" in rival.purposes]
SEEDED = [name for name in ("random", "item2vec", "als", "glove") if name in BASELINES]

SMALL = {"als": {"factors": 2}}
"""For two scenes of 30 songs; the default's factors learn such playlists by heart."""


@pytest.fixture(scope="module")
def models(scenes):
    return {name: rival.fit(scenes, 0, **SMALL.get(name, {})) for name, rival in BASELINES.items()}


def test_baselines_have_the_names_and_the_order_of_the_tables():
    assert " ".join(BASELINES) == (
        "always_similar random popularity artist title_mean met "
        "cooccurrence item_knn playlist_knn greatest_hits ppmi_svd item2vec glove als ease"
    )


def test_every_rival_is_asked_for_side_information_and_no_control():
    assert all(rival.side_information for rival in RIVALS.values())
    assert not any(control.side_information for control in CONTROLS.values())


@pytest.mark.parametrize("name", BASELINES)
def test_every_hyper_parameter_has_a_default(name):
    _, _, *taken = inspect.signature(BASELINES[name].fit).parameters.values()
    assert all(parameter.default is not parameter.empty for parameter in taken)


@pytest.mark.parametrize("name", COMPARED)
def test_every_pair_is_scored_with_a_finite_number(models, name):
    scores = models[name].similarity(*PAIRS)
    assert scores.shape == PAIRS[0].shape
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", COMPARED)
def test_a_pair_scores_the_same_both_ways(models, name):
    i, j = PAIRS
    assert_array_equal(models[name].similarity(i, j), models[name].similarity(j, i))


@pytest.mark.parametrize("name", COMPARED)
def test_a_pair_scores_the_same_alone_and_among_others(models, name):
    one = tuple(songs[[700]] for songs in PAIRS)
    assert models[name].similarity(*one)[0] == pytest.approx(
        models[name].similarity(*PAIRS)[700], rel=1e-5
    )


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(
    "given", [[7], GIVEN, range(60), [4, 4, 8]], ids=["one", "three", "all", "one of them twice"]
)
def test_every_song_is_scored_as_a_continuation_with_a_finite_number(models, name, given):
    scores = models[name].continuation_scores(np.array(given))
    assert scores.shape == (60,)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", BASELINES)
def test_the_order_of_the_given_songs_does_not_matter(models, name):
    np.testing.assert_allclose(
        models[name].continuation_scores(GIVEN[::-1]),
        models[name].continuation_scores(GIVEN),
        rtol=1e-4,
        atol=1e-6,
    )


@pytest.mark.parametrize("name", [name for name in BASELINES if name not in COMPARED])
def test_what_ranks_alone_says_so_when_it_is_asked_for_pairs(models, name):
    with pytest.raises(NotImplementedError, match="does not score pairs"):
        models[name].similarity(*PAIRS)


@pytest.mark.parametrize("name", BASELINES)
def test_the_same_seed_gives_the_same_bytes(scenes, models, name):
    again = BASELINES[name].fit(scenes, 0, **SMALL.get(name, {}))
    asked = [lambda model: model.continuation_scores(GIVEN)]
    if name in COMPARED:
        asked.append(lambda model: model.similarity(*PAIRS))
    for ask in asked:
        assert np.asarray(ask(again)).tobytes() == np.asarray(ask(models[name])).tobytes()


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_makes_other_vectors(scenes, models, name):
    other = BASELINES[name].fit(scenes, 1, **SMALL.get(name, {}))
    assert (other.similarity(*PAIRS) != models[name].similarity(*PAIRS)).mean() > 0.9


@pytest.mark.parametrize("name", BASELINES)
def test_fitting_leaves_the_vocabulary_as_it_was(few, name):
    before = copy.deepcopy(few)
    model = BASELINES[name].fit(few, 0)
    model.continuation_scores(np.array([0]))
    assert few.songs.equals(before.songs)
    assert few.titles == before.titles
    for playlist, as_it_was in zip(few.playlists, before.playlists, strict=True):
        assert_array_equal(playlist, as_it_was)


LISTENING = [*RIVALS, "title_mean"]


@pytest.mark.parametrize("name", [name for name in LISTENING if name in COMPARED])
def test_what_listens_to_playlists_tells_the_scenes_apart(models, name):
    assert roc_auc_score(SAME_SCENE, models[name].similarity(*PAIRS)) > 0.9


@pytest.mark.parametrize("name", LISTENING)
def test_what_listens_to_playlists_continues_a_scene_with_its_songs(models, name):
    """All given songs are even."""
    even = np.delete(np.arange(60), GIVEN) % 2 == 0
    scores = np.delete(models[name].continuation_scores(GIVEN), GIVEN)
    assert roc_auc_score(even, scores) > 0.9


@pytest.mark.parametrize("name", LISTENING)
def test_the_squares_of_a_checkerboard_are_continued_with_their_own_colour(name):
    """Song s is in playlist p if s and p are both even or both odd, but for s = p."""
    playlists = [np.flatnonzero((np.arange(20) - p) % 2 == 0) for p in range(20)]
    playlists = [songs[songs != p] for p, songs in enumerate(playlists)]
    titles = [("death metal", "smooth jazz")[p % 2] for p in range(20)]
    board = Vocabulary(song_table(20), playlists, titles)
    model = BASELINES[name].fit(board, 0, **SMALL.get(name, {}))
    for p, given in enumerate(playlists):
        others = np.delete(np.arange(20), given)
        assert others[np.argmax(model.continuation_scores(given)[others])] == p


@pytest.mark.parametrize("name", ["always_similar", "random", "popularity", "artist"])
def test_what_does_not_listen_cannot_tell_the_scenes_apart(models, name):
    assert roc_auc_score(SAME_SCENE, models[name].similarity(*PAIRS)) == pytest.approx(
        0.5, abs=0.06
    )


@pytest.mark.parametrize("name", BASELINES)
def test_nothing_is_said_to_the_page(few, capfd, name):
    BASELINES[name].fit(few, 0).continuation_scores(np.array([0]))
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
    model = BASELINES[name].fit(vocabulary, 0)
    if name in COMPARED:
        assert np.isfinite(model.similarity(*np.triu_indices(n_songs))).all()
    assert np.isfinite(model.continuation_scores(np.array([0]))).all()


LEARN = """
import numpy as np
from muse_lib.models.baselines import RIVALS
from muse_lib.data.dataset import Vocabulary
from tests.helpers.worlds import song_table, two_scenes

playlists = [np.array(playlist) for playlist in two_scenes(30, 40)]
vocabulary = Vocabulary(song_table(30), playlists, [""] * 40)
for name, rival in RIVALS.items():
    scores = rival.fit(vocabulary, 0).continuation_scores(np.arange(3))
    print(name, scores.tobytes().hex())
"""


@pytest.mark.slow
def test_every_process_learns_the_same_bytes():
    """Python's own hash of a text differs from process to process, and so may cores."""
    learned = {
        subprocess.run(
            [sys.executable, "-c", LEARN],
            env=os.environ | {"PYTHONHASHSEED": str(n), "OPENBLAS_NUM_THREADS": str(n)},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for n in (1, 2)
    }
    assert len(learned) == 1
    assert [line.split()[0] for line in learned.pop().splitlines()] == [*RIVALS]
