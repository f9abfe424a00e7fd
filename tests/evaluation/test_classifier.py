import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics
from numpy.testing import assert_array_equal

from muse_lib.config import TrainingConfig
from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation.classifier import judge, roc_curves
from muse_lib.evaluation.metrics import METRICS, classification_metrics
from muse_lib.evaluation.pairs import HeldOut, PairRule, Pairs
from muse_lib.evaluation.statistics import POSTER_PAIRS, auc_with_interval, over_resamples, resample
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
    return Pairs(np.arange(n_pairs), similar.astype(np.int64), similar)


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


def bootstrap(similar, predicted, score, size, n_resamples):
    """A column a metric, a row a resample."""
    (resampled,) = resample(similar, [(score, predicted)], size, n_resamples, seed=0)
    return pd.DataFrame(dict(zip(METRICS, resampled, strict=True)))


def interval(resampled):
    return (pd.Series(end, resampled.columns) for end in over_resamples(resampled.T.to_numpy()))


@pytest.mark.parametrize(
    ("source", "auc", "accuracy"), [("playlists", 0.77, 0.73), ("labels", 0.94, 0.88)]
)
def test_vectors_learned_from_playlists_find_the_planted_scenes(
    held_out, muse, source, auc, accuracy
):
    """Always "similar" has an accuracy of 0.68; one pair of a playlist in five is a stray's."""
    test, validation = (pairs_of(held_out, source, part) for part in ("test", "validation"))
    metrics = metrics_of(muse, validation, test)
    assert metrics["roc_auc"] > auc
    assert metrics["accuracy"] > accuracy


def pairs_of(held_out, source, part):
    if source == "playlists":
        return held_out.pairs_from_playlists(part, RULE)
    return held_out.pairs_from_labels(part, held_out.songs["genres"], RULE)


def test_shuffled_labels_score_chance(held_out, muse):
    """Nothing but the labels tells a judge what is similar: four standard errors are 0.06."""
    rng = np.random.default_rng(0)
    shuffled = [
        Pairs(pairs.i, pairs.j, rng.permutation(pairs.similar))
        for pairs in (pairs_of(held_out, "playlists", part) for part in ("validation", "test"))
    ]
    assert metrics_of(muse, *shuffled)["roc_auc"] == pytest.approx(0.5, abs=0.06)


def test_random_vectors_score_chance(dataset, held_out):
    validation, test = (pairs_of(held_out, "playlists", part) for part in ("validation", "test"))
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
    return Pairs(pairs.i + len(pairs), pairs.j, pairs.similar)


@pytest.mark.parametrize("kind", [False, True])
def test_a_validation_of_one_kind_teaches_that_kind(kind):
    pairs = labelled(50)
    one_kind = Pairs(pairs.i, pairs.j, np.full(50, kind))
    _, predicted = judge(NOISY, one_kind, labelled(20, seed=1))
    assert (predicted == kind).all()


@pytest.mark.parametrize(("factor", "offset"), [(1e-4, 0), (1e4, 0), (1e-3, 1), (3, -700)])
def test_the_unit_of_a_score_does_not_matter(factor, offset):
    validation, test = labelled(500), labelled(500, seed=1)
    _, expected = judge(NOISY, validation, test)
    _, predicted = judge(model_of(lambda i, j: factor * noisy(i, j) + offset), validation, test)
    assert (predicted == expected).mean() > 0.99


def test_the_bootstrap_interval_of_accuracy_is_that_of_the_binomial():
    """Drawn with replacement, the number of correct answers is binomial: known exactly."""
    n = 60
    similar, correct = np.arange(n) % 2 == 0, np.arange(n) % 5 != 0
    predicted = similar == correct
    resampled = bootstrap(similar, predicted, predicted.astype(float), n, 20_000)
    low, high = interval(resampled)
    expected = scipy.stats.binom.ppf([0.025, 0.975], n, correct.mean()) / n
    assert [low["accuracy"], high["accuracy"]] == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["f1", "roc_auc", "average_precision"])
def test_the_bootstrap_interval_is_that_of_scipy(metric):
    rng = np.random.default_rng(3)
    similar = rng.random(80) < 0.6
    score = similar + rng.normal(size=80)
    predicted = score > 0.5
    judged = {
        "f1": lambda y, called, _: sklearn.metrics.f1_score(y, called),
        "roc_auc": lambda y, _, s: sklearn.metrics.roc_auc_score(y, s),
        "average_precision": lambda y, _, s: sklearn.metrics.average_precision_score(y, s),
    }
    theirs = scipy.stats.bootstrap(
        (similar, predicted, score),
        judged[metric],
        paired=True,
        vectorized=False,
        n_resamples=1_000,
        method="percentile",
        rng=rng,
    ).confidence_interval
    low, high = interval(bootstrap(similar, predicted, score, 80, 4_000))
    assert [low[metric], high[metric]] == pytest.approx(list(theirs), abs=0.02)
    assert theirs.high - theirs.low > 0.1  # so that 0.02 is not all of it


def test_a_table_of_the_posters_size_moves_as_much_as_so_few_pairs_do():
    """Standard error of a share: sqrt(p (1 - p) / n)."""
    test = labelled(5_000)
    predicted = np.arange(5_000) % 4 != 0
    accuracy = (predicted == test.similar).mean()
    resampled = bootstrap(test.similar, predicted, predicted.astype(float), POSTER_PAIRS, 4_000)
    expected = np.sqrt(accuracy * (1 - accuracy) / POSTER_PAIRS)
    assert resampled["accuracy"].std() == pytest.approx(expected, rel=0.05)
    assert resampled["accuracy"].mean() == pytest.approx(accuracy, abs=0.005)


def test_as_many_resamples_as_asked_for_whatever_fits_at_once():
    similar = np.arange(300_000) % 3 == 0  # six at once
    resampled = bootstrap(similar, similar, similar.astype(float), similar.size, 15)
    assert len(resampled) == 15


def test_the_interval_of_an_undefined_metric_is_undefined():
    """Nothing called similar: no precision, and nothing found."""
    similar, score = np.arange(50) % 2 == 0, np.arange(50.0)
    low, high = interval(bootstrap(similar, np.zeros(50, dtype=bool), score, 50, 100))
    assert np.isnan([low["precision"], high["precision"]]).all()
    assert low["recall"] == high["recall"] == 0


def test_no_pairs_give_no_figures():
    nothing = np.empty(0, dtype=bool)
    assert bootstrap(nothing, nothing, np.empty(0), 0, 5).isna().all(axis=None)


def test_all_models_are_measured_on_the_same_resamples():
    similar = np.arange(40) % 3 == 0
    judged = [(similar.astype(float), ~similar)] * 2
    one, other = resample(similar, judged, 40, 30, seed=0)
    assert_array_equal(one, other)


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


def test_the_interval_of_the_auc_holds_the_auc():
    test = labelled(500)
    value, low, high = auc_with_interval(test.similar, noisy(test.i, test.j), 500, seed=0)
    exact = sklearn.metrics.roc_auc_score(test.similar, noisy(test.i, test.j))
    assert value == pytest.approx(exact)
    assert low < value < high
    assert pd.Series([value - low, high - value]).between(0.02, 0.08).all()


def test_the_posters_figures_are_to_be_had_one_a_row_as_shares():
    table = printed.long_table().set_index(["model", "metric"])["value"]
    assert table["muse-artist-contrastive", "f1"] == pytest.approx(0.8182)
    assert len(table) == 16
