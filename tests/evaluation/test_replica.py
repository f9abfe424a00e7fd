import numpy as np
import pytest
from numpy.testing import assert_array_equal

from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation import replica as module
from muse_lib.evaluation.continuations import Continuation
from muse_lib.evaluation.entrants import expected
from muse_lib.evaluation.ranking import scores_of
from muse_lib.evaluation.replica import PURPOSES, Replica, folder_of
from muse_lib.models.baselines import RIVALS
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.variants import Recipe
from muse_lib.storage.results import Results
from tests.helpers.worlds import corpus_of, two_scenes

POINTS = {
    "pairs": {"ppmi_svd": {"dim": 3}, "als+artist": {"factors": 4, "artist_weight": 0.0}},
    "ranking": {"ppmi_svd": {"dim": 5}},
}


TRAINED = {"muse-text": "05_train", "muse-tuned": "04_grid_search"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder of a split, with one variant, trained and tuned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MUSE_DRAFT", raising=False)
        place = Results(str(tmp_path_factory.mktemp("study")))
        groups = np.arange(60)
        dataset = Dataset.of(corpus_of(two_scenes(n_playlists=60)), split(groups, 0))
        dataset.save(place)
        recipe = Recipe.of("muse", dim=4, epochs=2)
        for number, name in enumerate(("muse-text", "muse-tuned", "muse-tuned-ranking")):
            trained = recipe.replace(seed=number).train(dataset.vocabulary).embedding
            trained.save(place.new(f"artifacts/models/{name}"), {})
        return place


@pytest.fixture(scope="module")
def replica(place):
    """A split read from its folder, with one variant and every rival."""
    return Replica.load(place, 0, 0, TRAINED, POINTS)


def test_a_split_has_every_model_for_every_purpose(replica):
    for purpose in PURPOSES:
        wanted = set(expected(["muse-text"], ["muse"], purpose))
        assert set(replica.models[purpose]) == wanted


def test_rivals_take_what_was_chosen_for_the_purpose(replica):
    i, j = np.arange(5), np.arange(5) + 5
    for purpose, dim in (("pairs", 3), ("ranking", 5)):
        expected_scores = RIVALS["ppmi_svd"].fit(replica.vocabulary, 0, dim=dim).similarity(i, j)
        assert_array_equal(replica.models[purpose]["ppmi_svd"].similarity(i, j), expected_scores)


def test_a_part_without_weight_leaves_the_rival_as_it_is(replica):
    i, j = np.arange(5), np.arange(5) + 5
    plain = RIVALS["als"].fit(replica.vocabulary, 0, factors=4)
    beside = replica.models["pairs"]["als+artist"]
    assert_array_equal(beside.similarity(i, j), plain.similarity(i, j))


def test_tuned_vectors_are_those_of_the_purpose(replica):
    i, j = np.arange(5), np.arange(5) + 5
    pairs, ranking = (replica.models[p]["muse-tuned"].similarity(i, j) for p in PURPOSES)
    assert not np.array_equal(pairs, ranking)
    assert folder_of("muse", "ranking") == folder_of("muse", "pairs")


@pytest.mark.parametrize(
    ("model", "reads"), [("als+titles", True), ("muse-text", True), ("als", False)]
)
def test_of_a_bare_title_models_that_see_titles_think_alike(replica, model, reads):
    case = Continuation(0, "0", "playlist 7", np.array([], dtype=int), np.array([1]))
    popularity = replica.vocabulary.popularity
    ranked = replica.models["ranking"]
    alone = scores_of(ranked["title_mean"], case, popularity)
    assert np.array_equal(scores_of(ranked[model], case, popularity), alone) == reads


@pytest.mark.parametrize("purpose", PURPOSES)
def test_where_few_models_are_kept_in_memory_all_answer_the_same(
    place, replica, purpose, monkeypatch
):
    monkeypatch.setattr(module, "FEW_SONGS", 0)
    frugal = Replica.load(place, 0, 0, TRAINED, POINTS)
    i, j, given = np.arange(5), np.arange(5) + 5, np.array([3, 8])
    for name in ("muse-text", "muse-tuned", "als+artist", "ease", "muse-text"):
        one, other = (of.models[purpose][name] for of in (replica, frugal))
        assert_array_equal(other.similarity(i, j), one.similarity(i, j))
        assert_array_equal(other.continuation_scores(given), one.continuation_scores(given))


def test_of_many_songs_one_trained_model_is_kept_at_a_time(place, monkeypatch):
    read, really = [], Embedding.load

    def load(folder):
        read.append(folder.name)
        return really(folder)

    monkeypatch.setattr(module, "FEW_SONGS", 0)
    monkeypatch.setattr(module.Embedding, "load", load)
    models = Replica.load(place, 0, 0, TRAINED, POINTS).models["pairs"]
    for name in ("muse-text", "muse-text", "muse-tuned", "muse-text"):
        models[name].similarity(np.array([0]), np.array([1]))
    assert read == ["muse-text", "muse-tuned", "muse-text"]


def test_a_rival_that_would_not_fit_is_left_out_with_all_that_stands_beside_it(place, monkeypatch):
    monkeypatch.setattr("muse_lib.models.baselines.rival.MOST_BYTES", 200_000)
    found = Replica.load(place, 0, 0, TRAINED, POINTS)
    assert set(found.left_out) >= {"ppmi_svd", "ppmi_svd+artist", "ppmi_svd+artist+titles"}
    assert not {"popularity", "playlist_knn+titles", "cooccurrence"} & set(found.left_out)
    for purpose in PURPOSES:
        wanted = set(expected(["muse-text"], ["muse"], purpose))
        assert set(found.models[purpose]) == wanted - found.left_out.keys()
    assert "raise min_song_count" in found.left_out["ppmi_svd"]


def test_a_split_may_be_asked_about_some_of_its_lists(place):
    found = Replica.load(place, 0, 0, TRAINED, POINTS, n_lists=2)
    assert len(found.held_out.playlists("test")) == 2
