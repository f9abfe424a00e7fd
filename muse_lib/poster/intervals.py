"""How sure the rows of a small table are, given the confusion matrices behind them.

The matrices are those of `muse_lib.poster.confusion.comparable`: one row a model, with its cells,
``n_pairs`` and ``share_similar``.
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
"""For each model (n_resamples, 4) counts: its cells in test sets drawn anew."""


def always_similar(share_similar: float) -> dict[str, float]:
    """Return the metrics of the rule that calls every pair similar, in [0, 1]."""
    f1 = 2 * share_similar / (1 + share_similar)
    return {"accuracy": share_similar, "precision": share_similar, "recall": 1.0, "f1": f1}


def resampled(matrices: pd.DataFrame, n_resamples: int, seed: int) -> Bootstrap:
    """Draw each test set anew, with replacement: for each model (n_resamples, 4) cell counts."""
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

    Wilson's interval for the proportions; the bootstrap's percentiles for F1, which is none.

    Returns
    -------
    DataFrame
        ``model, metric, printed, value, low, high, always_similar, n_pairs``; ``printed`` in per
        cent, the others in [0, 1]. ``value`` is that of the matrix, ``always_similar`` that of
        the rule on the same pairs.
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
    """Compare every row with the rule that calls each of its pairs similar.

    The matrix tells where the two disagree: the rule alone is right on the FN pairs, the model
    alone on the TN pairs. So accuracy has an exact McNemar test, and F1 a paired bootstrap.

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
    """Ask of every row whether what a pair is called has to do with what it is.

    Returns
    -------
    DataFrame
        ``model, similar_if_called_similar, similar_if_called_dissimilar, p, p_holm``: two shares
        in [0, 1], Fisher's exact p that they are equal, and the same after Holm's correction for
        the number of rows.
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
        takes the difference for the true one: how likely test sets of this size are to show it,
        in the normal approximation, at the level at which Holm's correction starts.
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
    """Compare the rows as if their test sets had been once to ``most`` times as large.

    The observed differences are taken for the true ones, which they hardly are: of several, the
    largest is the likeliest to be too large.

    Returns
    -------
    DataFrame
        ``times``, ``n_pairs`` (of the largest test set), ``smallest_p`` and ``n_significant``,
        the comparisons whose p is below 0.05, both after Holm's correction if every row came out
        in these proportions again; ``power``: that of the comparison that is the easiest to show,
        see `differences`.
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
    """Return a metric of (n, 4) cell counts, (n,) float; nan where it is not defined."""
    numerator, denominator = ratios(_frame(cells))[metric]
    with np.errstate(invalid="ignore"):
        return np.asarray(numerator / denominator)


def _gain_in_f1(cells: np.ndarray) -> np.ndarray:
    """Return by how much F1 exceeds that of calling the same pairs similar, (n,) float."""
    similar, total = cells[:, 0] + cells[:, 2], cells.sum(axis=1)
    return np.asarray(_values(cells, "f1") - 2 * similar / (similar + total))


def _fisher(one: np.ndarray, other: np.ndarray) -> float:
    """Return Fisher's exact p that two test sets, (1, 4) cell counts, have one accuracy."""
    right = [cells[0, 0] + cells[0, 3] for cells in (one, other)]
    wrong = [cells[0, 1] + cells[0, 2] for cells in (one, other)]
    return float(scipy.stats.fisher_exact([right, wrong]).pvalue)
