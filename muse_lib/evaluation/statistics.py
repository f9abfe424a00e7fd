"""Intervals of figures and tests of differences: over splits, or over the lists of one split.

Several splits: each trains and tests on different playlists, so the spread of its figures
reflects both. The training parts overlap, so the plain t interval would be too narrow: the
variance of the mean is corrected to (1 / n + n_test / n_train) s^2 (Nadeau and Bengio 2003,
"Inference for the generalization error"; for repeated cross-validation Bouckaert and Frank 2004,
"Evaluating the replicability of significance tests").

One split: a bootstrap over its test playlists, all models on the same resamples. Never over
pairs: the pairs of one playlist are not independent, and intervals over them are far too narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.stats

from muse_lib.data.sampling import HELD_OUT_SHARE
from muse_lib.evaluation.metrics import CONFIDENCE, METRICS, classification_metrics
from muse_lib.evaluation.pairs import Pairs
from muse_lib.seeds import stream
from muse_lib.workers import Workers

Judged = tuple[np.ndarray, np.ndarray]
"""The score of every pair, and whether it is classified as similar."""

OVERLAP = HELD_OUT_SHARE / (1 - 2 * HELD_OUT_SHARE)
"""n_test / n_train of the splits."""

SIGNIFICANT = 1 - CONFIDENCE
POWER = 0.8
"""Power at which a difference counts as detectable."""


@dataclass(frozen=True)
class Inference:
    """Estimates, intervals and tests of some figures, all arrays of the same shape.

    Attributes
    ----------
    value, low, high : ndarray
        The mean and the ends of its 95 % interval.
    p : ndarray
        Two-sided p value for a mean of zero, useful for differences.
    error : ndarray
        The standard error of the mean.
    detectable : ndarray
        The smallest true difference that a test at the 5 % level detects with a power of 80 %.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    error: np.ndarray
    detectable: np.ndarray


def over_splits(values: np.ndarray) -> Inference:
    """Return the corrected resampled t interval and test over several splits.

    Parameters
    ----------
    values : ndarray
        (..., n_splits) float, at least two splits.
    """
    n_splits = values.shape[-1]
    error = np.sqrt((1 / n_splits + OVERLAP) * values.var(axis=-1, ddof=1))
    value = values.mean(axis=-1)
    t = scipy.stats.t(n_splits - 1)
    half = t.ppf((1 + CONFIDENCE) / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(value == 0, 0, value / error)  # identical models have error 0, too
    detectable = (t.ppf((1 + CONFIDENCE) / 2) + t.ppf(POWER)) * error
    return Inference(value, value - half, value + half, 2 * t.sf(np.abs(score)), error, detectable)


def over_resamples(value: np.ndarray, resampled: np.ndarray) -> Inference:
    """Return the percentile bootstrap interval and test of one split.

    The p value is twice the share of resamples on the rarer side of zero, at least
    2 / (n_resamples + 1).

    Parameters
    ----------
    value : ndarray
        (...) float: the figures themselves.
    resampled : ndarray
        (..., n_resamples) float. A figure with a nan among its resamples has no interval.
    """
    low, high = percentile_interval(resampled)
    error = resampled.std(axis=-1, ddof=1)
    normal = scipy.stats.norm
    detectable = (normal.ppf((1 + CONFIDENCE) / 2) + normal.ppf(POWER)) * error
    return Inference(value, low, high, p_over_resamples(resampled), error, detectable)


def percentile_interval(resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the central 95 % of bootstrap resamples, (..., n_resamples) float."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=-1)
    return low, high


def p_over_resamples(differences: np.ndarray) -> np.ndarray:
    """Return two-sided p values for a difference of zero, from its bootstrap resamples.

    Twice the share of resamples on the rarer side of zero, at least 2 / (n_resamples + 1).
    """
    n = differences.shape[-1]
    rarer = np.minimum((differences <= 0).sum(axis=-1), (differences >= 0).sum(axis=-1))
    p = np.minimum(2 * (rarer + 1) / (n + 1), 1)
    return np.where(np.isnan(differences).any(axis=-1), np.nan, p)


def draws_of_lists(n_lists: int, n_resamples: int, seed: int) -> np.ndarray:
    """Draw lists with replacement: how often each is in each resample, (n_resamples, n_lists)."""
    rng = stream(seed, "bootstrap of playlists")
    if not n_lists:
        return np.zeros((n_resamples, 0))
    return rng.multinomial(n_lists, np.full(n_lists, 1 / n_lists), n_resamples).astype(float)


def resampled_means(values: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return the mean over lists in every resample, (n_rows, n_resamples) float.

    Parameters
    ----------
    values : ndarray
        (n_rows, n_lists) float; lists without a value (nan) are left out of the row's mean.
    draws : ndarray
        (n_resamples, n_lists) float: `draws_of_lists`.
    """
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):  # a resample without any valid list is nan
        return np.asarray((np.where(known, values, 0) @ draws.T) / (known @ draws.T))


def holm(p: np.ndarray) -> np.ndarray:
    """Return p values corrected for a family of declared tests (Holm 1979); nan stays nan.

    Calling those below 0.05 significant keeps the family-wise error rate below 0.05.
    """
    result = np.full_like(p, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    in_order = known[np.argsort(p[known], kind="stable")]
    stepwise = p[in_order] * np.arange(in_order.size, 0, -1)
    result[in_order] = np.minimum(np.maximum.accumulate(stepwise), 1)
    return result


def adjusted(p: np.ndarray) -> np.ndarray:
    """Return p values of exploratory tests corrected for their number; nan stays nan.

    Calling those below 0.05 significant keeps the false discovery rate below 0.05 (Benjamini and
    Hochberg 1995).
    """
    result = np.full_like(p, np.nan)
    known = ~np.isnan(p)
    if known.any():
        result[known] = scipy.stats.false_discovery_control(p[known])
    return result


POSTER_PAIRS = 105
"""Size of the poster's test sets, inferred from its table: 102 and 110 pairs fit two rows."""


def resampled_by_list(pairs: Pairs, judged: Sequence[Judged], draws: np.ndarray) -> np.ndarray:
    """Return the metrics of labelled pairs in every resample of their lists.

    A pair from one list is weighted by how often the list was drawn, a pair from two lists by the
    product of both numbers.

    Parameters
    ----------
    pairs : Pairs
        Their ``one`` and ``other`` are columns of ``draws``.
    judged : sequence
        One per model.
    draws : ndarray
        (n_resamples, n_lists) float.

    Returns
    -------
    ndarray
        (n_models, metrics, n_resamples) float.
    """
    one_list = pairs.one == pairs.other
    return _measured(
        pairs.similar,
        judged,
        len(draws),
        lambda rows: draws[rows][:, pairs.one] * np.where(one_list, 1, draws[rows][:, pairs.other]),
    )


def resampled_by_pair(
    similar: np.ndarray, judged: Sequence[Judged], size: int, n_resamples: int, seed: int
) -> np.ndarray:
    """Return the metrics of ``n_resamples`` samples of ``size`` pairs drawn with replacement.

    Their spread is the sampling error of a table of ``size`` pairs for the given lists; it does
    not include the variation between lists.

    Returns
    -------
    ndarray
        (n_models, metrics, n_resamples) float.
    """
    rng = stream(seed, "bootstrap of pairs")
    even = np.full(similar.size, 1 / max(similar.size, 1))
    return _measured(
        similar,
        judged,
        n_resamples,
        lambda rows: rng.multinomial(size, even, rows.stop - rows.start).astype(float),
    )


def _measured(
    similar: np.ndarray,
    judged: Sequence[Judged],
    n_resamples: int,
    weights_of: Callable[[slice], np.ndarray],
) -> np.ndarray:
    """Return the metrics of all models under many weightings of the pairs, in batches."""
    measured = np.full((len(judged), len(METRICS), n_resamples), np.nan)
    if not similar.size:
        return measured
    at_once = max(1, 2_000_000 // similar.size)  # weights of some 16 MB at a time
    with Workers() as workers:
        for start in range(0, n_resamples, at_once):
            rows = slice(start, min(start + at_once, n_resamples))
            measure = partial(_metrics_of, similar, weights_of(rows))
            for number, values in enumerate(workers.map(measure, judged)):
                measured[number, :, rows] = values
    return measured


def _metrics_of(similar: np.ndarray, weights: np.ndarray, judged: Judged) -> list[np.ndarray]:
    """Return each of `METRICS` of one model under some weightings of the pairs."""
    score, predicted = judged
    values = classification_metrics(similar, predicted, score, weights)
    return [values[metric] for metric in METRICS]


def mean_with_interval(
    values: np.ndarray, n_resamples: int, seed: int
) -> tuple[float, float, float]:
    """Return the mean over lists and its 95 % bootstrap interval over them.

    Parameters
    ----------
    values : ndarray
        (n_lists,) float. With a single list the interval is nan.
    """
    if values.size < 2:
        return float(values.mean()) if values.size else np.nan, np.nan, np.nan
    draws = draws_of_lists(values.size, n_resamples, seed)
    low, high = percentile_interval(resampled_means(values[None], draws))
    return float(values.mean()), float(low[0]), float(high[0])
