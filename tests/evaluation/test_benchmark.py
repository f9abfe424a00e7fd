import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation.benchmark import (
    OWN_PAIRS,
    classification_table,
    continuation_table,
    measure,
    slice_table,
)
from muse_lib.evaluation.classifier import judge
from muse_lib.evaluation.metrics import METRICS
from muse_lib.evaluation.pairs import SLICES, PairRule, labelled_pairs
from muse_lib.evaluation.replica import Replica
from muse_lib.evaluation.statistics import over_seeds
from muse_lib.models.base import Rule
from muse_lib.models.baselines import BASELINES, artist
from muse_lib.models.muse.variants import Recipe
from muse_lib.storage.results import Results
from tests.helpers.judged import ONE, THREE, alone, own_pairs, replica_of, three
from tests.helpers.worlds import corpus_of, two_scenes


def test_every_model_has_every_metric_under_every_question():
    table = classification_table(alone())
    counted = table.groupby(["label_source", "share_similar", "same_artist_pairs"]).size()
    assert counted.eq(4 * len(METRICS)).all()
    assert len(counted) == 2 * 2 * 2


def test_the_headline_comes_first():
    first = classification_table(alone()).iloc[0]
    assert first["label_source"] == "held-out playlists"
    assert (first["share_similar"], first["same_artist_pairs"]) == (0.68, False)


def test_a_corpus_without_genres_is_judged_by_its_playlists_alone():
    table = classification_table([measure(replica_of(0, with_genres=False), ONE)])
    assert set(table["label_source"]) == {"held-out playlists"}


def test_a_value_lies_in_its_interval_and_says_how_many_pairs_and_seeds():
    table = classification_table(alone())
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    assert (table["n_pairs"].between(100, 400) & (table["n_splits"] == 1)).all()


def test_the_values_are_those_of_the_judge():
    replica = replica_of(0)
    rule = PairRule(400, 0.68, False, 0)
    pairs = [
        labelled_pairs(replica.held_out, "genres", part, rule) for part in ("validation", "test")
    ]
    _, predicted = judge(replica.models["half"], *pairs)
    table = classification_table(alone()).set_index(["label_source", "model", "metric"])
    row = table[table["share_similar"].eq(0.68) & ~table["same_artist_pairs"]]
    accuracy = (predicted == pairs[1].similar).mean()
    assert row.loc[("genres", "half", "accuracy"), "value"] == pytest.approx(accuracy)


def test_several_seeds_give_the_mean_and_the_interval_over_seeds():
    values = np.stack([one.pairs["value"] for one in three()], axis=1)
    table = classification_table(three())
    kept = (three()[0].pairs["slice"] == "all").to_numpy()
    assert_allclose(table["value"], values.mean(axis=1)[kept])
    ends = np.clip(np.stack(over_seeds(values)), 0, 1)
    assert_allclose(table[["low", "high"]].T, ends[:, kept])
    assert (table["n_splits"] == 3).all()


def test_the_pairs_of_all_seeds_are_counted():
    n_pairs = sum(one.pairs["n_pairs"].iloc[0] for one in three())
    assert classification_table(three())["n_pairs"].iloc[0] == n_pairs


def test_rare_and_popular_songs_are_judged_apart():
    table = slice_table(alone())
    assert set(table["slice"]) == set(SLICES)
    parts = table[table["model"] == "knows"]
    assert parts["n_pairs"].sum() == classification_table(alone())["n_pairs"].iloc[0]


def test_playlists_are_continued_best_by_who_knows_the_scenes():
    table = continuation_table(alone(), ONE).set_index(["model", "metric"])
    recall = table.xs("recall_at_100", level="metric")["value"]
    assert recall["knows"] > recall["half"] > recall["random"]


def test_continuations_of_several_seeds_are_averaged():
    each = [continuation_table([one], THREE) for one in three()]
    table = continuation_table(three(), THREE)
    assert_allclose(table["value"], np.mean([one["value"] for one in each], axis=0))
    assert_array_equal(table["n_playlists"], sum(one["n_playlists"] for one in each))


def test_a_model_that_fails_is_an_error_and_no_missing_row():
    def broken(_i, _j):
        raise FileNotFoundError

    replica = replica_of(0)
    broken_model = Rule(broken, continuation_scores=None)
    models = {**replica.models, "broken": broken_model}
    with pytest.raises(FileNotFoundError):
        measure(Replica(0, replica.vocabulary, replica.held_out, models), ONE)


def test_the_same_seed_gives_the_same_table():
    again = [measure(replica_of(0), ONE)]
    assert_frame_equal(classification_table(again), classification_table(alone()))


def test_a_users_own_pairs_are_one_more_question(tmp_path):
    replica = replica_of(0)
    measured = [measure(replica, ONE, own_pairs(replica, tmp_path))]
    table = classification_table(measured)
    mine = table[table["label_source"] == OWN_PAIRS]
    assert mine.set_index(["model", "metric"]).loc[("knows", "roc_auc"), "value"] == 1


def test_a_study_is_loaded_with_its_trained_models_and_every_baseline(tmp_path, monkeypatch):
    monkeypatch.delenv("MUSE_DRAFT", raising=False)
    place = Results(str(tmp_path))
    corpus = corpus_of(two_scenes(n_playlists=60))
    dataset = Dataset.of(corpus, split(np.arange(60), 0))
    dataset.save(place)
    trained = Recipe.of("muse", dim=4, epochs=2).train(dataset.vocabulary).embedding
    trained.save(place.new("artifacts/models/muse"), {})
    replica = Replica.load(place, 0, {"muse": "05_train"}, {"ppmi_svd": {"dim": 3}})
    assert list(replica.models) == ["muse", *BASELINES]
    assert replica.models["ppmi_svd"].vectors.shape[1] == 3
    i, j = np.array([0]), np.array([1])
    assert_array_equal(
        replica.models["artist"].similarity(i, j), artist(dataset.vocabulary, 0).similarity(i, j)
    )
