"""Confusion matrices behind printed percentages: found by search, and what they imply.

Percentages of whole numbers of pairs, printed to two decimals, leave few matrices that they can
have come from: with accuracy, precision, recall and F1 of one test set, often a single one and
its multiples.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from muse_lib.errors import InputError
from muse_lib.poster.printed import METRICS

CONVENTIONS = ("rounded", "truncated")
"""How a percentage comes to have two decimals: to the nearest, or cut off."""

CELLS = ["tp", "fp", "fn", "tn"]
"""Similar pairs called similar, dissimilar ones called similar, and both called dissimilar."""


def ratios(matrix: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return each metric of confusion matrices as numerator and denominator, int64 arrays."""
    tp, fp, fn, tn = (matrix[cell].to_numpy(np.int64) for cell in CELLS)
    return {
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "f1": (2 * tp, 2 * tp + fp + fn),
    }


def prints_as(
    numerator: np.ndarray, denominator: np.ndarray, printed: float, convention: str
) -> np.ndarray:
    """Tell which ratios are printed as a percentage of two decimals, (n,) bool.

    Computed in whole numbers, so that no ratio is misjudged at an edge; at a tie rounding may go
    up or down. A denominator of 0 prints nothing.
    """
    hundredths = round(100 * printed)
    if convention == "rounded":
        away = np.abs(20_000 * numerator - 2 * hundredths * denominator)
        return np.asarray((away <= denominator) & (denominator > 0))
    above = 10_000 * numerator - hundredths * denominator
    return np.asarray((above >= 0) & (above < denominator))


def fits(
    printed: Sequence[float], largest: int, convention: str, left_out: str = ""
) -> pd.DataFrame:
    """Return every confusion matrix of at most ``largest`` pairs that prints a row.

    The search is exhaustive, a metric at a time: TP and FP by precision, TP and FN by recall,
    what both leave by F1, then TN by accuracy.

    Parameters
    ----------
    printed : sequence of float
        Per cent, in the order of `muse_lib.poster.printed.METRICS`.
    largest : int
        Pairs of the largest test set to consider.
    convention : str
        One of `CONVENTIONS`, for the whole row.
    left_out : str, optional
        A metric that need not fit.

    Returns
    -------
    DataFrame
        ``tp, fp, fn, tn, n_pairs``, int64, by size.
    """
    wanted = {
        metric: value
        for metric, value in zip(METRICS, printed, strict=True)
        if metric != left_out
    }  # fmt: skip
    counts = pd.DataFrame({"tp": np.arange(largest + 1)})

    def narrowed(matrix: pd.DataFrame, metric: str) -> pd.DataFrame:
        small = matrix[matrix.sum(axis=1) <= largest]
        if metric not in wanted:
            return small
        known = small.reindex(columns=CELLS, fill_value=0)
        return small[prints_as(*ratios(known)[metric], wanted[metric], convention)]

    def crossed(matrix: pd.DataFrame, cell: str) -> pd.DataFrame:
        return matrix.merge(counts.rename(columns={"tp": cell}), how="cross")

    called = narrowed(crossed(counts, "fp"), "precision")
    similar = narrowed(crossed(counts, "fn"), "recall")
    without_tn = narrowed(called.merge(similar, on="tp"), "f1")
    found = narrowed(crossed(without_tn, "tn"), "accuracy")[CELLS]
    found = found.assign(n_pairs=found.sum(axis=1))
    return found.sort_values(["n_pairs", *CELLS], ignore_index=True)


def search(table: Mapping[str, Sequence[float]], largest: int) -> pd.DataFrame:
    """Search the matrices of every printed row, whole and with each metric left out in turn.

    Returns
    -------
    DataFrame
        ``model, convention, left_out, tp, fp, fn, tn, n_pairs``; ``left_out`` is empty where all
        four metrics fit.
    """
    found = [
        fits(printed, largest, convention, left_out).assign(
            model=model, convention=convention, left_out=left_out
        )
        for model, printed in table.items()
        for convention in CONVENTIONS
        for left_out in ("", *METRICS)
    ]
    columns = ["model", "convention", "left_out", *CELLS, "n_pairs"]
    return pd.concat(found, ignore_index=True)[columns]


def tally(found: pd.DataFrame, table: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Return how many matrices each search found: ``model, convention, left_out, n_fits``."""
    by = ["model", "convention", "left_out"]
    searches = pd.MultiIndex.from_product([list(table), CONVENTIONS, ["", *METRICS]], names=by)
    counted = found.groupby(by).size().reindex(searches, fill_value=0)
    return counted.rename("n_fits").reset_index()


def readings(found: pd.DataFrame, table: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Return the matrices that explain each row best: all four metrics, else all but one.

    Returns
    -------
    DataFrame
        ``model, convention, left_out, tp, fp, fn, tn, n_pairs, multiple, share_similar``: each
        matrix once, ``convention`` naming both where both print it; ``multiple`` says how often
        the smallest matrix of its proportions it is.

    Raises
    ------
    InputError
        If a row has none.
    """
    best = []
    for model in table:
        of_model = found[found["model"] == model]
        whole = of_model[of_model["left_out"] == ""]
        best.append(whole if len(whole) else of_model)
        if not len(of_model):
            raise InputError(
                f"no confusion matrix prints the row of {model!r}, even with one metric left out: "
                f"raise largest_test_set."
            )
    by = ["model", "left_out", *CELLS, "n_pairs"]
    each = pd.concat(best).groupby(by, sort=False)["convention"].agg(" or ".join).reset_index()
    divisor = np.gcd.reduce(each[CELLS].to_numpy(), axis=1)
    return each.assign(multiple=divisor, share_similar=(each["tp"] + each["fn"]) / each["n_pairs"])


def comparable(read: pd.DataFrame) -> pd.DataFrame:
    """Return one reading a model: of all choices the one whose test sets are most alike in size.

    Rows of one table were hardly measured on test sets of very different sizes. Of choices that
    are equally alike, the smallest.
    """
    size = read["n_pairs"].tolist()
    rows = [np.flatnonzero(read["model"] == model).tolist() for model in read["model"].unique()]

    def unlike(choice: Iterable[int]) -> tuple[float, int]:
        sizes = [size[row] for row in choice]
        return max(sizes) / min(sizes), sum(sizes)

    return read.iloc[list(min(itertools.product(*rows), key=unlike))].reset_index(drop=True)


def f1_range(precision: float, recall: float, convention: str) -> tuple[float, float]:
    """Return the least and the greatest F1, in per cent, that printed numbers leave open."""
    below, above = (0.005, 0.005) if convention == "rounded" else (0.0, 0.01)
    low, high = (
        2 * (precision + step) * (recall + step) / (precision + recall + 2 * step)
        for step in (-below, above)
    )
    return low, high


def enlarged(matrices: pd.DataFrame, times: int) -> pd.DataFrame:
    """Return the same matrices with every cell, and so the test set, so many times as large."""
    grown = {name: matrices[name] * times for name in [*CELLS, "n_pairs", "multiple"]}
    return matrices.assign(**grown)
