import numpy as np
import pytest
import scipy.stats
from numpy.testing import assert_allclose

from muse_lib.evaluation.statistics import (
    OVERLAP,
    adjusted,
    over_resamples,
    over_seeds,
    p_over_resamples,
    p_over_seeds,
)


def splits_of_a_known_world(rng, n_studies, n_splits):
    """Figures of many studies whose seeds share their playlists, and so are correlated.

    With correlation rho between the figures of two seeds, the mean's variance is
    (1 / n + rho / (1 - rho)) times the variance within a study; OVERLAP stands for
    rho / (1 - rho).
    """
    shared = rng.normal(size=(n_studies, 1)) * np.sqrt(OVERLAP)
    return shared + rng.normal(size=(n_studies, n_splits))


def test_the_interval_over_seeds_covers_the_truth_in_95_of_100_studies():
    low, high = over_seeds(splits_of_a_known_world(np.random.default_rng(0), 20_000, 5))
    assert np.mean((low <= 0) & (high >= 0)) == pytest.approx(0.95, abs=0.006)


def test_the_plain_t_interval_would_cover_too_seldom():
    figures = splits_of_a_known_world(np.random.default_rng(0), 20_000, 5)
    p = scipy.stats.ttest_1samp(figures, 0, axis=1).pvalue
    assert np.mean(p > 0.05) < 0.93


def test_models_that_do_not_differ_are_told_apart_in_5_of_100_studies():
    p = p_over_seeds(splits_of_a_known_world(np.random.default_rng(1), 20_000, 5))
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.006)


def test_a_p_value_over_seeds_is_below_0_05_where_the_interval_leaves_out_zero():
    figures = np.random.default_rng(2).normal(1, 1, size=(200, 4))
    low, high = over_seeds(figures)
    assert ((p_over_seeds(figures) < 0.05) == ((low > 0) | (high < 0))).all()


def test_models_that_answer_alike_do_not_differ():
    assert p_over_seeds(np.zeros((1, 5))) == 1
    assert p_over_resamples(np.zeros((1, 99))) == 1


def test_the_interval_over_resamples_holds_the_central_95_of_100():
    assert_allclose(over_resamples(np.arange(1_001.0)), (25, 975))


def test_a_p_value_over_resamples_counts_the_rarer_side_twice():
    """Three of 999 resamples at or below zero: 2 (3 + 1) / 1000."""
    differences = np.append(np.ones(996), [-1, 0, -2])
    assert p_over_resamples(differences) == pytest.approx(0.008)


def test_what_is_undefined_has_no_interval_and_no_p_value():
    values = np.array([0.5, np.nan, 0.7])
    figures = [*over_resamples(values), *over_seeds(values), p_over_resamples(values)]
    assert np.isnan([*figures, p_over_seeds(values)]).all()


def test_p_values_are_adjusted_as_benjamini_and_hochberg_say():
    """The k-th smallest of n times n / k, and never above a larger one."""
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.5])
    assert_allclose(adjusted(p), [0.04, 4 / 3 * 0.04, np.nan, 4 / 3 * 0.04, 0.5])
