"""Intervals and comparisons of a small table's rows."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from muse_lib.poster import intervals as poster_rows
from muse_lib.poster.confusion import CELLS, enlarged

TABLE = {"good": (74.55, 79.75, 84.00, 81.82), "bad": (50.0, 50.0, 50.0, 50.0)}
SHARE = 75 / 110


@pytest.fixture(scope="module")
def matrices():
    """The poster's best row, and one that guesses."""
    frame = pd.DataFrame([(63, 16, 12, 19), (30, 30, 30, 30)], columns=CELLS, index=[*TABLE])
    frame = frame.assign(n_pairs=frame.sum(axis=1), multiple=1, share_similar=[SHARE, 0.5])
    return frame.rename_axis("model").reset_index()


@pytest.fixture(scope="module")
def drawn(matrices):
    return poster_rows.resampled(matrices, 2_000, seed=0)


@pytest.fixture(scope="module")
def intervals(matrices, drawn):
    return poster_rows.intervals(matrices, TABLE, drawn).set_index(["model", "metric"])


def wilson(k, n):
    """Wilson (1927), from the formula."""
    z = scipy.stats.norm.ppf(0.975)
    middle = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    return middle - half, middle + half


@pytest.mark.parametrize(
    ("metric", "k", "n"), [("accuracy", 82, 110), ("precision", 63, 79), ("recall", 63, 75)]
)
def test_proportions_have_wilsons_interval(intervals, metric, k, n):
    row = intervals.loc[("good", metric)]
    assert row["value"] == pytest.approx(k / n)
    assert (row["low"], row["high"]) == pytest.approx(wilson(k, n))


def test_the_interval_of_f1_is_that_of_a_plain_bootstrap(intervals):
    rng = np.random.default_rng(1)
    pairs = np.repeat(np.arange(4), [63, 16, 12, 19])
    again = [np.bincount(rng.choice(pairs, 110), minlength=4) for _ in range(4_000)]
    f1 = [2 * tp / (2 * tp + fp + fn) for tp, fp, fn, _ in again]
    row = intervals.loc[("good", "f1")]
    assert row["value"] == pytest.approx(126 / 154)
    assert (row["low"], row["high"]) == pytest.approx(np.quantile(f1, [0.025, 0.975]), abs=0.01)


def test_the_rule_that_always_answers_similar_scores_as_a_matrix_without_dissimilar_answers():
    rule = poster_rows.always_similar(0.68)
    assert rule["f1"] == pytest.approx(2 * 68 / (2 * 68 + 32))
    assert (rule["accuracy"], rule["precision"], rule["recall"]) == (0.68, 0.68, 1.0)


def test_a_row_is_compared_with_the_rule_on_the_pairs_where_they_disagree(matrices, drawn):
    beside = poster_rows.beside_always_similar(matrices, drawn).set_index(["model", "metric"])
    accuracy, f1 = beside.loc[("good", "accuracy")], beside.loc[("good", "f1")]
    assert accuracy["difference"] == pytest.approx((82 - 75) / 110)
    assert accuracy["p"] == pytest.approx(2 * scipy.stats.binom.sf(18, 31, 0.5))
    assert f1["difference"] == pytest.approx(126 / 154 - 150 / 185)
    assert f1["low"] < f1["difference"] < f1["high"]


def test_a_row_that_guesses_has_no_association_and_a_good_one_has(matrices):
    asked = poster_rows.association(matrices).set_index("model")
    assert asked.loc["bad", "p"] == 1
    assert asked.loc["good", "p_holm"] < 0.001
    shares = asked.loc["good", ["similar_if_called_similar", "similar_if_called_dissimilar"]]
    assert shares.tolist() == pytest.approx([63 / 79, 12 / 31])


def test_rows_that_differ_are_told_apart_and_equal_ones_are_not(matrices):
    good, twin = matrices.iloc[[0]], matrices.iloc[[0]].assign(model="twin")
    three = pd.concat([good, twin, matrices.iloc[[1]]], ignore_index=True)
    compared = poster_rows.differences(three, poster_rows.resampled(three, 2_000, seed=0))
    p = compared.set_index(["model", "other"])["p_holm"].groupby(["model", "other"])
    assert p.min()["good", "twin"] > 0.5
    assert p.max()["good", "bad"] < 0.01


def test_p_values_are_corrected_step_by_step_as_holm_does(matrices, drawn):
    compared = poster_rows.differences(matrices, drawn).sort_values("p")
    assert len(compared) == 2
    smaller, larger = compared["p"]
    expected = [min(1, 2 * smaller), min(1, max(2 * smaller, larger))]
    assert compared["p_holm"].tolist() == pytest.approx(expected)


@pytest.fixture(scope="module")
def near(matrices):
    """Two rows that test sets of this size hardly tell apart."""
    return matrices.iloc[[0, 0]].assign(model=["a", "b"], tp=[63, 60], fn=[12, 15])


def test_test_sets_many_times_as_large_tell_apart_what_small_ones_do_not(near):
    by_size = poster_rows.differences_by_size(near, 40, 200, seed=0).set_index("times")
    assert by_size.loc[1, "n_significant"] == 0
    assert by_size.loc[40, "n_significant"] == 2
    assert by_size.loc[40, "n_pairs"] == 40 * 110
    assert by_size.loc[1, "power"] < 0.1
    assert by_size.loc[40, "power"] > 0.5


def test_the_power_is_the_share_of_tables_drawn_anew_that_show_the_difference(near):
    """The slow way: whole tables are drawn from the larger matrices, and each is tested."""
    larger = enlarged(near, 12)
    compared = poster_rows.differences(larger, poster_rows.resampled(larger, 1_000, seed=0))
    redrawn = poster_rows.resampled(larger, 300, seed=1)
    tables = [
        larger.assign(
            **dict(zip(CELLS, np.array([redrawn["a"][k], redrawn["b"][k]]).T, strict=True))
        )
        for k in range(300)
    ]
    level = 0.05 / 2  # at which Holm's correction for two comparisons starts
    shown = [
        poster_rows.differences(table, poster_rows.resampled(table, 300, seed=2))["p"] < level
        for table in tables
    ]
    assert compared["power"].between(0.2, 0.8).all()  # where it could go wrong either way
    assert np.mean(shown, axis=0) == pytest.approx(compared["power"].to_numpy(), abs=0.1)


def test_a_difference_that_is_just_significant_is_shown_half_of_the_time(near):
    """The usual trap: to observe it again exactly is as likely as not."""
    by_size = poster_rows.differences_by_size(near, 40, 1_000, seed=0)
    enough = by_size[by_size["smallest_p"] < 0.05].iloc[0]
    assert enough["power"] == pytest.approx(0.5, abs=0.1)


def test_one_seed_gives_the_same_intervals(matrices, intervals):
    again = poster_rows.resampled(matrices, 2_000, seed=0)
    frame = poster_rows.intervals(matrices, TABLE, again).set_index(["model", "metric"])
    pd.testing.assert_frame_equal(frame, intervals)
