"""Rows of large test sets that fit small ones."""

import numpy as np
import pandas as pd
import pytest

from muse_lib.poster import printed as poster
from muse_lib.poster.confusion import CELLS, CONVENTIONS, as_printed, fits, readings, search
from muse_lib.poster.false_fits import LARGEST_SIMULATED, false_fits, simulated

LARGEST = 300


@pytest.fixture(scope="module")
def smallest():
    return readings(search(poster.TABLE, LARGEST), poster.TABLE).drop_duplicates("model")


def test_simulated_test_sets_are_twice_as_large_as_any_that_is_searched(smallest):
    n_pairs = simulated(smallest, LARGEST, 20_000, seed=0).sum(axis=1)
    assert (n_pairs.min(), n_pairs.max()) == (2 * LARGEST, LARGEST_SIMULATED)


def test_simulated_test_sets_have_the_shares_of_the_rows_in_turn(smallest):
    drawn = simulated(smallest, LARGEST, 4_000, seed=0)
    for k in range(len(smallest)):
        cells = drawn.iloc[k :: len(smallest)].sum()
        expected = smallest[CELLS].iloc[k] / smallest["n_pairs"].iloc[k]
        assert (cells / cells.sum()).tolist() == pytest.approx(expected.tolist(), abs=0.002)


def by_one_search_each(drawn, largest, left_out):
    """The slow way: every row is searched on its own, and its smallest fit kept."""
    counts = {}
    for printed in CONVENTIONS:
        rows = as_printed(drawn, printed).to_numpy()
        sizes = [
            min(
                (
                    n
                    for way in CONVENTIONS
                    for n in fits({"row": row}, largest, way, left_out)["n_pairs"]
                ),
                default=np.inf,
            )
            for row in rows
        ]
        counts[printed] = np.array(sizes)
    return counts


@pytest.mark.parametrize("left_out", ["", "f1"])
def test_false_fits_are_those_of_a_search_for_each_row(smallest, left_out):
    """Up to 600 pairs, where many rows fit."""
    largest, n = 600, 40
    table = false_fits(smallest, largest, n, seed=0).set_index(["printed", "left_out", "largest"])
    slow = by_one_search_each(simulated(smallest, largest, n, seed=0), largest, left_out)
    for printed, sizes in slow.items():
        assert 1 < (sizes <= largest).sum() < n
        for size in (110, largest):
            assert table.loc[(printed, left_out, size), "n_fits"] == (sizes <= size).sum()


def test_hardly_any_row_of_a_large_test_set_fits_a_small_one(smallest):
    table = false_fits(smallest, LARGEST, 2_000, seed=0)
    assert (table["share"] == table["n_fits"] / 2_000).all()
    assert table["share"].between(table["low"], table["high"]).all()
    assert table["share"].max() < 0.02
    assert table.loc[table["largest"] == 110, "share"].max() < 0.002


def test_a_search_up_to_a_thousand_pairs_says_little(smallest):
    """Two decimals of four numbers tell test sets of some hundred pairs, not of thousands."""
    table = false_fits(smallest, 1_000, 100, seed=0)
    assert table.loc[table["largest"] == 1_000, "share"].min() > 0.3


def test_a_metric_is_left_out_only_where_a_row_of_the_poster_needs_it(smallest):
    assert set(false_fits(smallest, LARGEST, 100, seed=0)["left_out"]) == {"", "f1"}


def test_the_same_seed_counts_the_same_fits(smallest):
    twice = [false_fits(smallest, LARGEST, 500, seed=3) for _ in range(2)]
    pd.testing.assert_frame_equal(*twice)
