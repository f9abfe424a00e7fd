from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from numpy.testing import assert_array_equal

from muse_lib.config import TrainingConfig
from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation.classifier import judge, roc_curves
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.metrics import METRICS, classification_metrics
from muse_lib.evaluation.pairs import PairRule, Pairs, poster_pairs
from muse_lib.models.base import Rule
from muse_lib.models.baselines import always_similar, random_vectors
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.training import train
from muse_lib.poster import printed
from tests.helpers.worlds import corpus_of, two_scenes

RULE = PairRule(n_pairs=2_000)


@pytest.fixture(scope="module")
def dataset():
    """Two scenes with strays, whose scene is also the label of their songs."""
    songs = np.arange(200)
    corpus = corpus_of(
        two_scenes(n_songs=songs.size, n_playlists=300), genres=list(map(str, songs % 2))
    )
    return Dataset.of(corpus, split(np.arange(300), seed=0))


@pytest.fixture(scope="module")
def held_out(dataset):
    return HeldOut(dataset.vocabulary.songs, dataset.memberships, dataset.parts)


@pytest.fixture(scope="module")
def muse(dataset):
    """What MuSE learns from the training playlists."""
    songs, playlists = dataset.vocabulary.songs, dataset.vocabulary.playlists
    counted = count_cooccurrence(playlists, len(songs))
    config = TrainingConfig(dim=8, epochs=80)
    return train(Objective(counted, smoothing=0.1), songs, config).embedding


def labelled(n_pairs, share=0.68, seed=0):
    """Pairs without songs: i is the number of the pair, j says whether it is similar."""
    similar = np.random.default_rng(seed).random(n_pairs) < share
    numbers = np.arange(n_pairs)
    return Pairs(numbers, similar.astype(np.int64), similar, numbers, numbers)


def noisy(i, j):
    """A score that is right more often than not."""
    return j + np.random.default_rng(1).normal(size=i.size)


def model_of(score):
    """A model that is asked about pairs alone."""
    return Rule(score, continuation_scores=None)


NOISY = model_of(noisy)


def metrics_of(model, validation, test):
    score, predicted = judge(model, validation, test)
    values = classification_metrics(test.similar, predicted, score)
    return pd.Series({metric: value[0] for metric, value in values.items()})


def test_vectors_learned_from_playlists_find_the_planted_scenes(held_out, muse):
    """Always "similar" has an accuracy of 0.68; one pair of a playlist in five is a stray's."""
    test, validation = (poster_pairs(held_out, part, RULE) for part in ("test", "validation"))
    metrics = metrics_of(muse, validation, test)
    assert metrics["roc_auc"] > 0.77
    assert metrics["accuracy"] > 0.73


def test_shuffled_labels_score_chance(held_out, muse):
    """Nothing but the labels tells a judge what is similar: four standard errors are 0.06."""
    rng = np.random.default_rng(0)
    shuffled = [
        replace(pairs, similar=rng.permutation(pairs.similar))
        for pairs in (poster_pairs(held_out, part, RULE) for part in ("validation", "test"))
    ]
    assert metrics_of(muse, *shuffled)["roc_auc"] == pytest.approx(0.5, abs=0.06)


def test_random_vectors_score_chance(dataset, held_out):
    validation, test = (poster_pairs(held_out, part, RULE) for part in ("validation", "test"))
    for seed in range(3):
        model = random_vectors(dataset.vocabulary, seed)
        assert metrics_of(model, validation, test)["roc_auc"] == pytest.approx(0.5, abs=0.06)


def test_a_perfect_score_is_perfect_in_every_metric():
    metrics = metrics_of(
        model_of(lambda _i, j: j.astype(float)), labelled(50), labelled(80, seed=1)
    )
    assert_array_equal(metrics, np.ones(len(METRICS)))


def test_a_constant_score_calls_all_pairs_similar():
    """So "always similar" stands in the table for what no model may fall behind."""
    test = labelled(100)
    metrics = metrics_of(always_similar(None, 0), labelled(60, seed=1), test)
    share = test.similar.mean()
    assert metrics["accuracy"] == metrics["precision"] == pytest.approx(share)
    assert metrics["recall"] == 1
    assert metrics["f1"] == pytest.approx(2 * share / (1 + share))
    assert metrics["roc_auc"] == 0.5


def test_the_threshold_comes_from_validation_and_not_from_the_test():
    """Scores between 0 and 1 in validation; the same pairs 10 higher in the test."""
    validation, test = labelled(500), labelled(500)
    _, predicted = judge(NOISY, validation, test)
    _, moved = judge(model_of(lambda i, j: noisy(i, j) + 10 * (i >= 500)), validation, _later(test))
    assert 0.2 < predicted.mean() < 0.95
    assert moved.all()


def _later(pairs):
    """The same pairs under other numbers, so that a scorer can tell them from validation."""
    return replace(pairs, i=pairs.i + len(pairs))


@pytest.mark.parametrize("kind", [False, True])
def test_a_validation_of_one_kind_teaches_that_kind(kind):
    pairs = labelled(50)
    one_kind = replace(pairs, similar=np.full(50, kind))
    _, predicted = judge(NOISY, one_kind, labelled(20, seed=1))
    assert (predicted == kind).all()


@pytest.mark.parametrize(("factor", "offset"), [(1e-4, 0), (1e4, 0), (1e-3, 1), (3, -700)])
def test_the_unit_of_a_score_does_not_matter(factor, offset):
    validation, test = labelled(500), labelled(500, seed=1)
    _, expected = judge(NOISY, validation, test)
    _, predicted = judge(model_of(lambda i, j: factor * noisy(i, j) + offset), validation, test)
    assert (predicted == expected).mean() > 0.99


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_an_error(value):
    def broken(i, j):
        return np.where(i == 3, value, noisy(i, j))

    with pytest.raises(ValueError, match=r"NaN|infinity"):
        metrics_of(model_of(broken), labelled(50), labelled(50))


def test_the_roc_curve_rises_from_the_origin_and_its_area_is_the_auc():
    test = labelled(2_000)
    curve = roc_curves({"m": NOISY}, test)
    assert curve["true_positive_rate"].is_monotonic_increasing
    assert curve["true_positive_rate"].iloc[-1] == 1
    area = np.trapezoid(curve["true_positive_rate"], curve["false_positive_rate"])
    exact = sklearn.metrics.roc_auc_score(test.similar, noisy(test.i, test.j))
    assert area == pytest.approx(exact, abs=0.005)


def test_the_posters_figures_are_to_be_had_one_a_row_as_shares():
    table = printed.long_table().set_index(["model", "metric"])["value"]
    assert table["muse-artist-contrastive", "f1"] == pytest.approx(0.8182)
    assert len(table) == 16
