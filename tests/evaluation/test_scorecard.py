import numpy as np
import pytest

from muse_lib.evaluation.scorecard import POPULARITY, scorecard
from muse_lib.models.base import Vectors
from tests.helpers.judged import dataset_of

N_TEST = 30
"""One fold of ten of the playlists."""


@pytest.fixture(scope="module")
def scores():
    """What is measured of a model that knows the two scenes and of one that knows nothing."""
    dataset = dataset_of()
    scene = dataset.vocabulary.songs["song_id"].to_numpy() % 2
    noise = np.random.default_rng(0).normal(size=(scene.size, 8))
    models = {"scenes": Vectors(np.eye(2)[scene] + 0.01 * noise[:, :2]), "noise": Vectors(noise)}
    return scorecard(dataset, models).set_index(["metric", "model"])


def test_every_model_and_popularity_are_measured_by_both_primary_outcomes(scores):
    models = ("scenes", "noise", POPULARITY)
    assert [*scores.index] == [(metric, m) for metric in ("roc_auc", "ndcg") for m in models]


def test_who_knows_the_scenes_is_above_who_knows_nothing(scores):
    auc, ndcg = scores.loc["roc_auc"], scores.loc["ndcg"]
    assert auc.loc["scenes", "low"] > auc.loc["noise", "high"]
    assert auc.loc["noise", "low"] < 0.5 < auc.loc["noise", "high"]
    assert ndcg.loc["scenes", "low"] > ndcg.loc["noise", "high"]


def test_an_interval_holds_its_value_and_names_its_playlists(scores):
    assert scores["value"].between(scores["low"], scores["high"], inclusive="neither").all()
    assert set(scores["n_playlists"]) == {N_TEST}
