"""Matrices behind printed percentages."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse_lib.errors import InputError
from muse_lib.poster import printed as poster
from muse_lib.poster.confusion import (
    CELLS,
    CONVENTIONS,
    as_printed,
    comparable,
    enlarged,
    f1_range,
    fits,
    prints_as,
    ratios,
    readings,
    search,
    tally,
)

LARGEST = 300


@pytest.fixture(scope="module")
def found():
    return search(poster.TABLE, LARGEST)


@pytest.fixture(scope="module")
def read(found):
    return readings(found, poster.TABLE)


def matrices_of(frame):
    return set(map(tuple, frame[CELLS].to_numpy().tolist()))


def metrics_of(tp, fp, fn, tn):
    """The four metrics as exact fractions, None where undefined."""
    parts = [(tp + tn, tp + fp + fn + tn), (tp, tp + fp), (tp, tp + fn), (2 * tp, 2 * tp + fp + fn)]
    return [Fraction(over, under) if under else None for over, under in parts]


def printed_by(value, convention):
    """Every way to write a fraction as a percentage of two decimals."""
    down = 10_000 * value // 1
    rest = 10_000 * value - down
    if convention == "truncated":
        return {down}
    return {down} if rest < Fraction(1, 2) else {down + 1} if rest > Fraction(1, 2) else {
        down, down + 1,
    }  # fmt: skip


def by_plain_loops(printed, largest, convention, left_out):
    """Try every matrix there is."""
    hundredths = [round(100 * number) for number in printed]
    found = set()
    for cells in itertools.product(range(largest + 1), repeat=4):
        if not 0 < sum(cells) <= largest:
            continue
        for metric, value, wanted in zip(
            poster.METRICS, metrics_of(*cells), hundredths, strict=True
        ):
            if metric == left_out:
                continue
            if value is None or wanted not in printed_by(value, convention):
                break
        else:
            found.add(cells)
    return found


small_matrices = st.tuples(*[st.integers(0, 4)] * 4).filter(lambda cells: cells[0] > 0)


@settings(max_examples=25)
@given(small_matrices, st.sampled_from(CONVENTIONS), st.sampled_from(["", *poster.METRICS]))
def test_the_search_agrees_with_plain_loops(cells, convention, left_out):
    printed = [
        float(min(printed_by(value, convention)) / Fraction(100)) for value in metrics_of(*cells)
    ]
    expected = by_plain_loops(printed, 12, convention, left_out)
    found = fits({"row": printed}, 12, convention, left_out)
    assert matrices_of(found) == expected
    assert len(found) == len(expected)
    assert (found["n_pairs"] == found[CELLS].sum(axis=1)).all()


@pytest.mark.parametrize("left_out", ["", *poster.METRICS])
def test_rows_that_are_searched_together_find_what_each_finds_alone(left_out):
    together = fits(poster.TABLE, 150, "rounded", left_out)
    for model, printed in poster.TABLE.items():
        alone = fits({model: printed}, 150, "rounded", left_out)
        assert matrices_of(together[together["model"] == model]) == matrices_of(alone)


@given(st.tuples(*[st.integers(1, 200)] * 4), st.sampled_from(CONVENTIONS))
def test_a_matrix_prints_its_metrics_in_two_decimals(cells, convention):
    row = as_printed(pd.DataFrame([cells], columns=CELLS), convention).loc[0]
    for metric, exact in zip(poster.METRICS, metrics_of(*cells), strict=True):
        ways = {float(Fraction(way, 100)) for way in printed_by(exact, convention)}
        assert row[metric] == max(ways)


@pytest.mark.parametrize(
    ("fraction", "convention", "printed"),
    [
        ((2, 3), "rounded", {66.67}),
        ((2, 3), "truncated", {66.66}),
        ((1, 2), "rounded", {50.0}),
        ((1, 2), "truncated", {50.0}),
        ((1, 20_000), "rounded", {0.0, 0.01}),  # a tie goes either way
        ((0, 0), "rounded", set()),
    ],
)
def test_a_fraction_prints_as_its_percentage_and_as_no_other(fraction, convention, printed):
    over, under = (np.array([part]) for part in fraction)
    tried = [round(value / 100, 2) for value in range(10_001)]
    assert {value for value in tried if prints_as(over, under, value, convention)[0]} == printed


def test_metrics_are_those_of_the_definition():
    matrix = pd.DataFrame([(60, 21, 10, 11)], columns=CELLS)
    exact = [Fraction(int(over[0]), int(under[0])) for over, under in ratios(matrix).values()]
    assert exact == metrics_of(60, 21, 10, 11)
    assert tuple(ratios(matrix)) == poster.METRICS


@pytest.mark.parametrize(
    ("model", "convention", "left_out", "cells"),
    [
        ("muse", "truncated", "", (28, 11, 6, 4)),
        ("muse-artist", "rounded or truncated", "f1", (60, 17, 13, 18)),
        ("muse-contrastive", "rounded", "", (60, 21, 10, 11)),
        ("muse-artist-contrastive", "rounded", "", (63, 16, 12, 19)),
    ],
)
def test_each_row_of_the_poster_has_one_matrix_and_its_multiples(
    read, model, convention, left_out, cells
):
    of_row = read[read["model"] == model]
    times = range(1, LARGEST // sum(cells) + 1)
    assert matrices_of(of_row) == {tuple(k * cell for cell in cells) for k in times}
    assert of_row["multiple"].tolist() == list(times)
    assert set(of_row["convention"]) == {convention}
    assert set(of_row["left_out"]) == {left_out}
    assert of_row["share_similar"].iloc[0] == pytest.approx((cells[0] + cells[2]) / sum(cells))


def test_the_tally_counts_every_search_also_those_that_find_nothing(found):
    counted = tally(found, poster.TABLE)
    assert len(counted) == 4 * 2 * 5
    assert counted["n_fits"].sum() == len(found)
    assert (counted["n_fits"] == 0).any()


def test_the_printed_f1_of_the_second_row_cannot_follow_from_its_precision_and_recall():
    possible = {
        model: [f1_range(*row[1:3], way)[0] <= row[3] <= f1_range(*row[1:3], way)[1]
                for way in CONVENTIONS]
        for model, row in poster.TABLE.items()
    }  # fmt: skip
    assert [model for model, ways in possible.items() if not any(ways)] == ["muse-artist"]


@given(st.tuples(*[st.integers(1, 200)] * 4), st.sampled_from(CONVENTIONS))
def test_the_range_of_f1_holds_the_f1_of_every_matrix(cells, convention):
    _, precision, recall, f1 = metrics_of(*cells)
    written = [float(min(printed_by(p, convention)) / 100) for p in (precision, recall)]
    low, high = f1_range(*written, convention)
    assert low - 1e-9 <= float(100 * f1) <= high + 1e-9


def test_of_all_readings_those_of_like_size_are_compared(read):
    assert comparable(read)["n_pairs"].tolist() == [98, 108, 102, 110]


def test_an_enlarged_test_set_has_the_same_metrics(read):
    before, after = (ratios(frame) for frame in (read, enlarged(read, 7)))
    for metric, (over, under) in before.items():
        np.testing.assert_array_equal(after[metric][0] * under, over * after[metric][1])


def test_a_row_that_no_small_test_set_prints_is_refused():
    with pytest.raises(InputError, match=r"row of 'muse-artist'.*raise largest_test_set"):
        readings(search(poster.TABLE, 50), poster.TABLE)
