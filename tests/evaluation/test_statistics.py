import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.evaluation.metrics import METRICS, classification_metrics
from muse_lib.evaluation.pairs import Pairs
from muse_lib.evaluation.statistics import (
    OVERLAP,
    POSTER_PAIRS,
    adjusted,
    draws_of_lists,
    holm,
    mean_with_interval,
    over_resamples,
    over_splits,
    p_over_resamples,
    resampled_by_list,
    resampled_by_pair,
    resampled_means,
)

# Several splits


def splits_of_a_known_world(seed, n_studies, n_splits):
    """Figures of many studies whose splits share their playlists, and so are correlated.

    With correlation rho between the figures of two splits, the mean's variance is
    (1 / n + rho / (1 - rho)) times the variance within a study; OVERLAP stands for
    rho / (1 - rho).
    """
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n_studies, 1)) * np.sqrt(OVERLAP)
    return shared + rng.normal(size=(n_studies, n_splits))


def test_a_test_part_is_an_eighth_of_its_training_part():
    assert pytest.approx(1 / 8) == OVERLAP


def test_the_interval_over_splits_covers_the_truth_in_95_of_100_studies():
    what = over_splits(splits_of_a_known_world(0, 20_000, 5))
    assert np.mean((what.low <= 0) & (what.high >= 0)) == pytest.approx(0.95, abs=0.006)


def test_the_uncorrected_interval_would_cover_it_in_fewer():
    """So the correction does something in this world."""
    figures = splits_of_a_known_world(0, 20_000, 10)
    low, high = scipy.stats.t.interval(
        0.95, 9, figures.mean(axis=1), scipy.stats.sem(figures, axis=1)
    )
    assert np.mean((low <= 0) & (high >= 0)) < 0.85


def test_what_does_not_differ_is_called_different_in_5_of_100_studies():
    p = over_splits(splits_of_a_known_world(1, 20_000, 5)).p
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.006)


def test_a_difference_called_detectable_over_splits_is_found_in_80_of_100_studies():
    """It is estimated in each study; of the true standard error it is a known multiple."""
    n_splits = 10
    figures = splits_of_a_known_world(2, 20_000, n_splits)
    what = over_splits(figures)
    truth = np.sqrt(1 / n_splits + OVERLAP) * (what.detectable / what.error)[0]
    assert np.mean(over_splits(figures + truth).p < 0.05) == pytest.approx(0.8, abs=0.02)


def test_a_p_value_over_splits_is_below_0_05_where_the_interval_leaves_out_zero():
    what = over_splits(np.random.default_rng(2).normal(1, 1, size=(200, 4)))
    assert_array_equal(what.p < 0.05, (what.low > 0) | (what.high < 0))


def test_a_worked_example_over_splits():
    """Values 1, 2, 3: variance 1, error sqrt(1 / 3 + 1 / 8), t(2) at 97.5 % is 4.3027."""
    what = over_splits(np.array([1.0, 2, 3]))
    error = np.sqrt(1 / 3 + 1 / 8)
    assert_allclose([what.value, what.error], [2, error])
    assert_allclose([what.low, what.high], [2 - 4.302653 * error, 2 + 4.302653 * error], rtol=1e-6)


def test_models_that_answer_alike_do_not_differ():
    assert over_splits(np.zeros((1, 5))).p == 1
    assert p_over_resamples(np.zeros((1, 99))) == 1


def test_models_that_differ_alike_on_every_split_differ():
    assert over_splits(np.full((1, 5), 0.5)).p == 0


# One split


def test_the_interval_over_resamples_holds_the_central_95_of_100():
    what = over_resamples(np.array(500.0), np.arange(1_001.0))
    assert_allclose([what.value, what.low, what.high], [500, 25, 975])


def test_the_error_over_resamples_is_their_standard_deviation():
    resampled = np.random.default_rng(0).normal(0, 3, size=(2, 4_000))
    assert_allclose(over_resamples(np.zeros(2), resampled).error, 3, rtol=0.05)


def test_a_difference_called_detectable_over_resamples_is_found_in_80_of_100_studies():
    """A normal world of known error: 2.8 standard errors."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=20_000)
    resampled = rng.normal(size=(1, 20_000))
    truth = over_resamples(np.zeros(1), resampled).detectable.item()
    found = np.abs(truth + noise) > scipy.stats.norm.ppf(0.975)
    assert found.mean() == pytest.approx(0.8, abs=0.015)


def test_a_p_value_over_resamples_counts_the_rarer_side_twice():
    """Three of 999 resamples at or below zero: 2 (3 + 1) / 1000."""
    differences = np.append(np.ones(996), [-1, 0, -2])
    assert p_over_resamples(differences) == pytest.approx(0.008)


def test_no_p_value_over_resamples_is_below_what_so_few_can_show():
    assert p_over_resamples(np.ones(199)) == pytest.approx(2 / 200)


def test_what_is_undefined_has_no_interval_and_no_p_value():
    values = np.array([0.5, np.nan, 0.7])
    for what in (over_resamples(np.array(0.5), values), over_splits(values)):
        assert np.isnan([what.low, what.high, what.p, what.error, what.detectable]).all()


# Draws of lists


def test_every_resample_draws_as_many_lists_as_there_are():
    draws = draws_of_lists(7, 50, seed=0)
    assert draws.shape == (50, 7)
    assert (draws.sum(axis=1) == 7).all()
    assert (draws == 0).any()


def test_one_seed_gives_one_draw_and_another_seed_another():
    one, same, other = (draws_of_lists(7, 50, seed) for seed in (1, 1, 2))
    assert_array_equal(one, same)
    assert (one != other).any()


def test_no_lists_cannot_be_drawn():
    assert draws_of_lists(0, 3, seed=0).shape == (3, 0)


@given(
    st.lists(
        st.lists(st.one_of(st.just(np.nan), st.floats(0, 1)), min_size=4, max_size=4),
        min_size=1,
        max_size=3,
    )
)
def test_resampled_means_are_those_of_a_loop(values):
    """Each list is repeated as often as it was drawn, and a nan is left out."""
    values, draws = np.array(values), draws_of_lists(4, 20, seed=0)
    slow = np.full((len(values), 20), np.nan)
    for row, of_row in enumerate(values):
        for number, times in enumerate(draws.astype(int)):
            drawn = np.repeat(of_row, times)
            known = drawn[~np.isnan(drawn)]
            if known.size:
                slow[row, number] = known.mean()
    assert_allclose(resampled_means(values, draws), slow)


def test_an_interval_over_lists_is_that_of_scipy():
    values = np.random.default_rng(0).random(30)
    value, low, high = mean_with_interval(values, 4_000, seed=0)
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=4_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert value == values.mean()
    assert_allclose([low, high], theirs, atol=0.01)


@pytest.mark.parametrize(("values", "mean"), [([], np.nan), ([0.7], 0.7)])
def test_one_list_alone_says_nothing_of_others(values, mean):
    assert_array_equal(mean_with_interval(np.array(values), 100, 0), (mean, np.nan, np.nan))


def test_the_interval_over_lists_covers_the_truth_and_one_over_pairs_far_less_often():
    """Lists differ (standard deviation 0.1) and their 100 answers are drawn around their own."""
    rng = np.random.default_rng(1)
    truth, n_lists, n_answers, n_studies = 0.7, 60, 100, 1_000
    of_list = np.clip(rng.normal(truth, 0.1, (n_studies, n_lists)), 0, 1)
    shares = rng.binomial(n_answers, of_list) / n_answers
    over_lists = [mean_with_interval(one, 500, seed) for seed, one in enumerate(shares)]
    covered = np.mean([low <= truth <= high for _, low, high in over_lists])
    n = n_lists * n_answers
    low, high = scipy.stats.binom.ppf([[0.025], [0.975]], n, shares.mean(axis=1)) / n
    assert covered == pytest.approx(0.935, abs=0.03)  # of few lists a little too narrow
    assert np.mean((low <= truth) & (truth <= high)) < 0.75


# Labelled pairs


def pairs_of_lists(n_pairs, n_lists, seed=0):
    """Pairs of random lists, similar where both songs come from one, and a noisy score."""
    rng = np.random.default_rng(seed)
    one, other = rng.integers(n_lists, size=(2, n_pairs))
    similar = np.arange(n_pairs) % 3 > 0
    other = np.where(similar, one, other)
    numbers = np.arange(n_pairs)
    score = similar + rng.normal(size=n_pairs)
    return Pairs(numbers, numbers, similar, one, other), (score, score > 0.5)


def test_resamples_of_lists_are_those_of_a_loop():
    """A pair stands in it as often as its list was drawn; one of two, as often as both were."""
    pairs, judged = pairs_of_lists(60, 6)
    draws = draws_of_lists(6, 15, seed=0)
    measured = resampled_by_list(pairs, [judged], draws)
    assert measured.shape == (1, len(METRICS), 15)
    assert (pairs.one != pairs.other).any()
    for number, times in enumerate(draws.astype(int)):
        rows = []
        for pair, (one, other) in enumerate(zip(pairs.one, pairs.other, strict=True)):
            rows += [pair] * (times[one] if one == other else times[one] * times[other])
        slow = classification_metrics(pairs.similar[rows], judged[1][rows], judged[0][rows])
        assert_allclose(measured[0, :, number], [slow[metric][0] for metric in METRICS])


def test_all_models_are_measured_on_the_same_resamples():
    pairs, judged = pairs_of_lists(60, 6)
    draws = draws_of_lists(6, 15, seed=0)
    one, other = resampled_by_list(pairs, [judged, judged], draws)
    assert_array_equal(one, other)
    one, other = resampled_by_pair(pairs.similar, [judged, judged], 60, 15, seed=0)
    assert_array_equal(one, other)


def by_pair(similar, predicted, score, size, n_resamples):
    """Return the resamples as a table with a column a metric."""
    measured = resampled_by_pair(similar, [(score, predicted)], size, n_resamples, seed=0)
    return pd.DataFrame(measured[0].T, columns=list(METRICS))


def ends(resampled):
    return resampled.quantile([0.025, 0.975])


def test_the_bootstrap_interval_of_accuracy_is_that_of_the_binomial():
    """Drawn with replacement, the number of correct answers is binomial: known exactly."""
    n = 60
    similar, correct = np.arange(n) % 2 == 0, np.arange(n) % 5 != 0
    predicted = similar == correct
    resampled = by_pair(similar, predicted, predicted.astype(float), n, 20_000)
    expected = scipy.stats.binom.ppf([0.025, 0.975], n, correct.mean()) / n
    assert_allclose(ends(resampled)["accuracy"], expected, atol=1e-12)


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
    ours = ends(by_pair(similar, predicted, score, 80, 4_000))[metric]
    assert_allclose(ours, theirs, atol=0.02)
    assert theirs.high - theirs.low > 0.1  # so that 0.02 is not all of it


def test_a_table_of_the_posters_size_moves_as_much_as_so_few_pairs_do():
    """Standard error of a share: sqrt(p (1 - p) / n)."""
    similar = np.random.default_rng(0).random(5_000) < 0.68
    predicted = np.arange(5_000) % 4 != 0
    accuracy = (predicted == similar).mean()
    resampled = by_pair(similar, predicted, predicted.astype(float), POSTER_PAIRS, 2_000)
    expected = np.sqrt(accuracy * (1 - accuracy) / POSTER_PAIRS)
    assert resampled["accuracy"].std() == pytest.approx(expected, rel=0.05)
    assert resampled["accuracy"].mean() == pytest.approx(accuracy, abs=0.005)


def test_as_many_resamples_as_asked_for_whatever_fits_at_once():
    similar = np.arange(300_000) % 3 == 0  # six at once
    resampled = by_pair(similar, similar, similar.astype(float), similar.size, 8)
    assert resampled["accuracy"].tolist() == [1] * 8


def test_the_interval_of_an_undefined_metric_is_undefined():
    """Nothing called similar: no precision, and nothing found."""
    similar, score = np.arange(50) % 2 == 0, np.arange(50.0)
    resampled = by_pair(similar, np.zeros(50, dtype=bool), score, 50, 100)
    assert resampled["precision"].isna().all()
    assert (resampled["recall"] == 0).all()


def test_no_pairs_give_no_figures():
    nothing = np.empty(0, dtype=bool)
    assert by_pair(nothing, nothing, np.empty(0), 0, 5).isna().all(axis=None)


# Many tests


def test_holm_as_worked_by_hand():
    """0.01 x 4, 0.02 x 3, 0.03 x 2 and 0.04 x 1, none below the one before it."""
    assert_allclose(holm(np.array([0.04, 0.01, 0.03, 0.02])), [0.06, 0.04, 0.06, 0.06])


@given(st.lists(st.one_of(st.just(np.nan), st.floats(0, 1)), max_size=8))
def test_holm_is_the_smallest_level_at_which_a_stepwise_test_rejects(p):
    """The slow twin tests, for every p, the hypotheses with smaller ones first."""
    known = sorted(value for value in p if not np.isnan(value))
    slow = [
        np.nan
        if np.isnan(one)
        else min(1, max((len(known) - k) * q for k, q in enumerate(known) if q <= one))
        for one in p
    ]
    assert_allclose(holm(np.array(p, dtype=float)), np.array(slow, dtype=float))


def test_holm_keeps_the_chance_of_any_false_call_below_5_of_100():
    p = np.random.default_rng(0).random((4_000, 10))
    assert np.mean([(holm(one) < 0.05).any() for one in p]) < 0.055
    assert (p < 0.05).any(axis=1).mean() > 0.35


def test_p_values_are_adjusted_as_benjamini_and_hochberg_say():
    """The k-th smallest of n times n / k, and never above a larger one."""
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.5])
    assert_allclose(adjusted(p), [0.04, 4 / 3 * 0.04, np.nan, 4 / 3 * 0.04, 0.5])


def test_of_no_p_values_none_is_adjusted():
    assert np.isnan(adjusted(np.full(3, np.nan))).all()
    assert holm(np.empty(0)).size == 0
