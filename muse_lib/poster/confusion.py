"""Find the confusion matrices behind printed percentages by search.

Percentages of whole numbers of pairs, printed to two decimals, are consistent with few matrices:
for accuracy, precision, recall and F1 of one test set, often only one and its multiples.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from muse_lib.errors import InputError
from muse_lib.poster.printed import METRICS

CONVENTIONS = ("rounded", "truncated")
"""How a percentage is brought to two decimals: to the nearest, or cut off."""

CELLS = ["tp", "fp", "fn", "tn"]
"""True and false positives, false and true negatives; similar pairs are positive."""


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
    numerator: np.ndarray, denominator: np.ndarray, printed: float | np.ndarray, convention: str
) -> np.ndarray:
    """Return which ratios print as a given percentage with two decimals, (n,) bool.

    Computed in integers, so that borderline ratios are exact; a tie may be rounded up or down. A
    denominator of 0 prints nothing.
    """
    hundredths = np.rint(100 * np.asarray(printed)).astype(np.int64)
    if convention == "rounded":
        away = np.abs(20_000 * numerator - 2 * hundredths * denominator)
        return np.asarray((away <= denominator) & (denominator > 0))
    above = 10_000 * numerator - hundredths * denominator
    return np.asarray((above >= 0) & (above < denominator))


def as_printed(matrices: pd.DataFrame, convention: str) -> pd.DataFrame:
    """Return the metrics of matrices in per cent with two decimals; ties are rounded up."""
    half = 1 if convention == "rounded" else 0
    return pd.DataFrame(
        {
            metric: (20_000 * over + half * under) // (2 * under) / 100
            for metric, (over, under) in ratios(matrices).items()
        }
    )


def fits(
    table: Mapping[str, Sequence[float]], largest: int, convention: str, left_out: str = ""
) -> pd.DataFrame:
    """Return every confusion matrix of at most ``largest`` pairs that prints a row of a table.

    The search is exhaustive, over all rows at once. The candidates for one metric of a row are
    joined with those for the next: first two of precision, recall and F1, which leave few
    matrices, then the others.

    Parameters
    ----------
    table : mapping of str to sequence of float
        Percentages of each model, in the order of `muse_lib.poster.printed.METRICS`.
    largest : int
        Number of pairs of the largest test set to consider.
    convention : str
        One of `CONVENTIONS`, for the whole table.
    left_out : str, optional
        A metric that need not fit.

    Returns
    -------
    DataFrame
        ``model, tp, fp, fn, tn, n_pairs``, by size.
    """
    rows = pd.DataFrame.from_dict(dict(table), orient="index", columns=list(METRICS))
    rows = rows.mul(100).round().astype(np.int64).rename_axis("model").reset_index()
    printing = {metric: _printing(metric, largest, convention) for metric in METRICS}
    first_two = [metric for metric in ("precision", "recall", "f1") if metric != left_out][:2]
    if left_out:
        printing[left_out] = printing[left_out].drop(columns=left_out).drop_duplicates()

    # each merge is on all common columns
    found = functools.reduce(pd.merge, (printing[metric] for metric in first_two), rows)
    if left_out == "precision":
        found["fp"] = found["wrong"] - found["fn"]
    elif left_out == "recall":
        found["fn"] = found["wrong"] - found["fp"]
    else:
        found["wrong"] = found["fp"] + found["fn"]
    found = found.merge(printing["f1"]).merge(printing["accuracy"])
    found["tn"] = found["right"] - found["tp"]
    found = found[(found[CELLS] >= 0).all(axis=1)]
    found = found.assign(n_pairs=found["right"] + found["wrong"])
    return found.sort_values(["n_pairs", *CELLS])[["model", *CELLS, "n_pairs"]]


def search(table: Mapping[str, Sequence[float]], largest: int) -> pd.DataFrame:
    """Search the matrices of every printed row, with all metrics and with each one left out.

    Returns
    -------
    DataFrame
        ``model, convention, left_out, tp, fp, fn, tn, n_pairs``; ``left_out`` is empty if all
        four metrics fit.
    """
    found = [
        fits(table, largest, convention, left_out).assign(convention=convention, left_out=left_out)
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
    """Return the matrices that explain each row best: all four metrics, or else all but one.

    Returns
    -------
    DataFrame
        ``model, left_out, tp, fp, fn, tn, n_pairs, convention, multiple, share_similar``: each
        matrix once, those of a row by size; ``convention`` names both if both print it;
        ``multiple`` is the factor by which it exceeds the smallest matrix of its proportions.

    Raises
    ------
    InputError
        If a row has none.
    """
    best = []
    for model in table:
        of_model = found[found["model"] == model].sort_values("n_pairs", kind="stable")
        whole = of_model[of_model["left_out"] == ""]
        best.append(whole if len(whole) else of_model)
        if not len(of_model):
            raise InputError(
                f"no confusion matrix fits the row of {model!r}, even with one metric left out: "
                f"raise largest_test_set."
            )
    by = ["model", "left_out", *CELLS, "n_pairs"]
    each = pd.concat(best).groupby(by, sort=False)["convention"].agg(" or ".join).reset_index()
    divisor = np.gcd.reduce(each[CELLS].to_numpy(), axis=1)
    return each.assign(multiple=divisor, share_similar=(each["tp"] + each["fn"]) / each["n_pairs"])


def comparable(read: pd.DataFrame) -> pd.DataFrame:
    """Return one matrix per model, chosen so that the test sets are most similar in size.

    The rows of one table are unlikely to come from test sets of very different sizes. Ties go to
    the smallest.
    """
    size = read["n_pairs"].tolist()
    rows = [np.flatnonzero(read["model"] == model).tolist() for model in read["model"].unique()]

    def unlike(choice: Iterable[int]) -> tuple[float, int]:
        sizes = [size[row] for row in choice]
        return max(sizes) / min(sizes), sum(sizes)

    return read.iloc[list(min(itertools.product(*rows), key=unlike))].reset_index(drop=True)


def f1_range(precision: float, recall: float, convention: str) -> tuple[float, float]:
    """Return the least and greatest F1, in per cent, consistent with the printed numbers."""
    below, above = (0.005, 0.005) if convention == "rounded" else (0.0, 0.01)
    low, high = (
        2 * (precision + step) * (recall + step) / (precision + recall + 2 * step)
        for step in (-below, above)
    )
    return low, high


def enlarged(matrices: pd.DataFrame, times: int) -> pd.DataFrame:
    """Return the matrices with every cell, and so the test set, ``times`` as large."""
    grown = {name: matrices[name] * times for name in [*CELLS, "n_pairs", "multiple"]}
    return matrices.assign(**grown)


_SHARES = {
    "accuracy": (1, "right", "wrong"),
    "precision": (1, "tp", "fp"),
    "recall": (1, "tp", "fn"),
    "f1": (2, "tp", "wrong"),
}
"""Each metric as a share, ``times * part / (times * part + rest)``: times, part and rest."""


def _printing(metric: str, largest: int, convention: str) -> pd.DataFrame:
    """Return part, rest and printed value of a metric, for all parts and rests.

    The value, named after the metric, is in hundredths of a per cent. Part and rest together are
    at most ``largest`` pairs. A tie has two printed values.
    """
    times, *names = _SHARES[metric]
    return _shares(times, largest, convention).set_axis([*names, metric], axis="columns")


@functools.lru_cache(maxsize=4)  # both conventions, between which a search alternates
def _shares(times: int, largest: int, convention: str) -> pd.DataFrame:
    """Return ``part, rest, value`` of every share, see `_printing`."""
    n = np.arange(largest + 1)
    counts = pd.DataFrame({"part": np.repeat(n, n.size), "rest": np.tile(n, n.size)})
    counts = counts[counts.sum(axis=1).between(1, largest)]
    over = times * counts["part"].to_numpy()
    under = over + counts["rest"].to_numpy()
    below = 10_000 * over // under
    ways = [
        counts.assign(value=value)[prints_as(over, under, value / 100, convention)]
        for value in (below, below + 1)
    ]
    return pd.concat(ways, ignore_index=True)
