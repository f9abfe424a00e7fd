"""Intervals and tests for the rows of a small table, given the confusion matrices behind them.

The matrices are those of `muse_lib.poster.confusion.comparable`: one row per model, with its
cells, ``n_pairs`` and ``share_similar``.
"""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy.stats

from muse_lib.evaluation.metrics import CONFIDENCE
from muse_lib.evaluation.statistics import (
    SIGNIFICANT,
    holm,
    p_over_resamples,
    percentile_interval,
)
from muse_lib.poster.confusion import CELLS, enlarged, ratios
from muse_lib.poster.printed import METRICS
from muse_lib.seeds import stream

Bootstrap = Mapping[str, np.ndarray]
"""For each model (n_resamples, 4) counts: its cells in resampled test sets."""


def always_similar(share_similar: float) -> dict[str, float]:
    """Return the metrics of the rule that classifies every pair as similar, in [0, 1]."""
    f1 = 2 * share_similar / (1 + share_similar)
    return {"accuracy": share_similar, "precision": share_similar, "recall": 1.0, "f1": f1}


def resampled(matrices: pd.DataFrame, n_resamples: int, seed: int) -> Bootstrap:
    """Resample each test set with replacement: for each model (n_resamples, 4) cell counts."""
    drawn = {}
    for model, cells in _cells(matrices).items():
        rng = stream(seed, f"test set of {model}")
        drawn[model] = rng.multinomial(cells.sum(), cells[0] / cells.sum(), n_resamples)
    return drawn


def intervals(
    matrices: pd.DataFrame,
    table: Mapping[str, Sequence[float]],
    drawn: Bootstrap,
) -> pd.DataFrame:
    """Return every figure of every row with its 95 % interval over pairs.

    Wilson's interval for the proportions; bootstrap percentiles for F1, which is not one.

    Returns
    -------
    DataFrame
        ``model, metric, printed, value, low, high, always_similar, n_pairs``; ``printed`` in per
        cent, the others in [0, 1]. ``value`` is from the matrix, ``always_similar`` from the rule
        on the same pairs.
    """
    rows = []
    for (model, cells), share in zip(
        _cells(matrices).items(), matrices["share_similar"], strict=True
    ):
        rule = always_similar(share)
        for metric, printed in zip(METRICS, table[model], strict=True):
            k, n = (int(part[0]) for part in ratios(_frame(cells))[metric])
            if metric == "f1":
                low, high = percentile_interval(_values(drawn[model], metric))
            else:
                test = scipy.stats.binomtest(k, n)
                low, high = test.proportion_ci(confidence_level=CONFIDENCE, method="wilson")
            rows.append((model, metric, printed, k / n, low, high, rule[metric], cells.sum()))
    columns = ["model", "metric", "printed", "value", "low", "high", "always_similar", "n_pairs"]
    return pd.DataFrame(rows, columns=columns)


def beside_always_similar(matrices: pd.DataFrame, drawn: Bootstrap) -> pd.DataFrame:
    """Compare every row with the rule that classifies each of its pairs as similar.

    The matrix shows where the two disagree: only the rule is right on the FN pairs, only the
    model on the TN pairs. So accuracy has an exact McNemar test, and F1 a paired bootstrap.

    Returns
    -------
    DataFrame
        ``model, metric, difference, low, high, p``: model minus rule, in accuracy and F1; no
        interval for accuracy and no p for F1.
    """
    rows: list[tuple[object, ...]] = []
    for model, cells in _cells(matrices).items():
        _, _, fn, tn = cells[0]
        p = scipy.stats.binomtest(tn, tn + fn).pvalue
        rows.append((model, "accuracy", (tn - fn) / cells.sum(), np.nan, np.nan, p))
        interval = percentile_interval(_gain_in_f1(drawn[model]))
        rows.append((model, "f1", _gain_in_f1(cells)[0], *interval, np.nan))
    return pd.DataFrame(rows, columns=["model", "metric", "difference", "low", "high", "p"])


def association(matrices: pd.DataFrame) -> pd.DataFrame:
    """Test for every row whether predicted and true labels are associated.

    Returns
    -------
    DataFrame
        ``model, similar_if_called_similar, similar_if_called_dissimilar, p, p_holm``: two shares
        in [0, 1], the p value of Fisher's exact test that they are equal, and the same after
        Holm's correction for the number of rows.
    """
    rows = []
    for model, cells in _cells(matrices).items():
        tp, fp, fn, tn = cells[0]
        p = scipy.stats.fisher_exact([[tp, fp], [fn, tn]]).pvalue
        rows.append((model, tp / (tp + fp), fn / (fn + tn), p))
    columns = ["model", "similar_if_called_similar", "similar_if_called_dissimilar", "p"]
    asked = pd.DataFrame(rows, columns=columns)
    return asked.assign(p_holm=holm(asked["p"].to_numpy()))


def differences(matrices: pd.DataFrame, drawn: Bootstrap) -> pd.DataFrame:
    """Compare every two rows in accuracy and F1; their test sets differ, so unpaired.

    Returns
    -------
    DataFrame
        ``model, other, metric, difference, low, high, p, p_holm, power``: other minus model with
        its 95 % bootstrap interval; p by Fisher's exact test for accuracy and from the bootstrap
        for F1; the same after Holm's correction for all these comparisons. ``power``, in [0, 1],
        assumes that the difference is the true one: the probability that test sets of this size
        show it, in the normal approximation, at the first level of Holm's correction.
    """
    cells = _cells(matrices)
    rows: list[tuple[object, ...]] = []
    for one, other in itertools.combinations(cells, 2):
        for metric in ("accuracy", "f1"):
            gain = (_values(cells[other], metric) - _values(cells[one], metric))[0]
            by_luck = _values(drawn[other], metric) - _values(drawn[one], metric)
            exact = metric == "accuracy"
            p = _fisher(cells[one], cells[other]) if exact else float(p_over_resamples(by_luck))
            error = by_luck.std(ddof=1)
            rows.append((one, other, metric, gain, *percentile_interval(by_luck), p, error))
    columns = ["model", "other", "metric", "difference", "low", "high", "p", "error"]
    compared = pd.DataFrame(rows, columns=columns)
    needed = scipy.stats.norm.isf(SIGNIFICANT / len(compared) / 2)
    power = scipy.stats.norm.sf(needed - (compared["difference"] / compared.pop("error")).abs())
    return compared.assign(p_holm=holm(compared["p"].to_numpy()), power=power)


def differences_by_size(
    matrices: pd.DataFrame, most: int, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Compare the rows as if their test sets had been 1 to ``most`` times as large.

    The observed differences are assumed to be the true ones, which is optimistic: the largest of
    several is the most likely to be an overestimate.

    Returns
    -------
    DataFrame
        ``times``, ``n_pairs`` (of the largest test set), ``smallest_p`` and ``n_significant``
        (the number of comparisons with p below 0.05), both after Holm's correction and for the
        same proportions in every row; ``power``, the highest of all comparisons, see
        `differences`.
    """
    rows = []
    for times in range(1, most + 1):
        larger = enlarged(matrices, times)
        again = differences(larger, resampled(larger, n_resamples, seed))
        n_significant = (again["p_holm"] < SIGNIFICANT).sum()
        n_pairs = larger["n_pairs"].max()
        rows.append((times, n_pairs, again["p_holm"].min(), n_significant, again["power"].max()))
    columns = ["times", "n_pairs", "smallest_p", "n_significant", "power"]
    return pd.DataFrame(rows, columns=columns)


def _cells(matrices: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the cells of each model, (1, 4) int."""
    return dict(zip(matrices["model"], matrices[CELLS].to_numpy()[:, None], strict=True))


def _frame(cells: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=CELLS)


def _values(cells: np.ndarray, metric: str) -> np.ndarray:
    """Return a metric of (n, 4) cell counts, (n,) float; nan where it is undefined."""
    numerator, denominator = ratios(_frame(cells))[metric]
    with np.errstate(invalid="ignore"):
        return np.asarray(numerator / denominator)


def _gain_in_f1(cells: np.ndarray) -> np.ndarray:
    """Return F1 minus that of classifying all the same pairs as similar, (n,) float."""
    similar, total = cells[:, 0] + cells[:, 2], cells.sum(axis=1)
    return np.asarray(_values(cells, "f1") - 2 * similar / (similar + total))


def _fisher(one: np.ndarray, other: np.ndarray) -> float:
    """Return Fisher's exact p for equal accuracy of two test sets, (1, 4) cell counts."""
    right = [cells[0, 0] + cells[0, 3] for cells in (one, other)]
    wrong = [cells[0, 1] + cells[0, 2] for cells in (one, other)]
    return float(scipy.stats.fisher_exact([right, wrong]).pvalue)
