"""How sure a figure is, and whether two models differ: over pairs of one study, or over seeds.

One seed: a bootstrap over what was judged, all models on the same resamples. Several seeds: each
repeats the study with another split, other first vectors and other pairs, so the spread of its
figures holds all of these. The training parts of the splits overlap, so the plain t interval
would be too narrow: the variance of the mean is corrected for that (Nadeau and Bengio 2003,
"Inference for the generalization error"), (1 / n + n_test / n_train) s^2.
"""

from collections.abc import Sequence

import numpy as np
import scipy.stats

from muse_lib.data.sampling import HELD_OUT_SHARE
from muse_lib.evaluation.classifier import Judged
from muse_lib.evaluation.metrics import CONFIDENCE, METRICS, classification_metrics
from muse_lib.seeds import stream

OVERLAP = HELD_OUT_SHARE / (1 - 2 * HELD_OUT_SHARE)
"""n_test / n_train of the splits."""


def over_resamples(resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the central 95 % of bootstrap resamples.

    Parameters
    ----------
    resampled : ndarray
        (..., n_resamples) float. A question whose resamples hold a nan has no interval.
    """
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=-1)
    return low, high


def over_seeds(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the 95 % interval of the mean over seeds.

    Parameters
    ----------
    values : ndarray
        (..., n_splits) float, at least two seeds.
    """
    n_splits = values.shape[-1]
    half = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, n_splits - 1) * _error_of_mean(values)
    middle = values.mean(axis=-1)
    return middle - half, middle + half


def p_over_resamples(differences: np.ndarray) -> np.ndarray:
    """Return two-sided p values that a difference is zero, from its bootstrap resamples.

    Twice the share of resamples on the rarer side of zero, at least 2 / (n_resamples + 1).
    """
    n = differences.shape[-1]
    rarer = np.minimum((differences <= 0).sum(axis=-1), (differences >= 0).sum(axis=-1))
    p = np.minimum(2 * (rarer + 1) / (n + 1), 1)
    return np.where(np.isnan(differences).any(axis=-1), np.nan, p)


def p_over_seeds(differences: np.ndarray) -> np.ndarray:
    """Return two-sided p values that a difference is zero: the corrected resampled t test."""
    n_splits = differences.shape[-1]
    error, middle = _error_of_mean(differences), differences.mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(middle == 0, 0, middle / error)  # two models that answer alike do not differ
    return np.asarray(2 * scipy.stats.t.sf(np.abs(t), n_splits - 1))


def adjusted(p: np.ndarray) -> np.ndarray:
    """Return p values corrected for their number (Benjamini and Hochberg 1995); nan stays nan.

    Calling those below 0.05 significant keeps the expected share of false calls below 0.05.
    """
    result = np.full_like(p, np.nan)
    known = ~np.isnan(p)
    if known.any():
        result[known] = scipy.stats.false_discovery_control(p[known])
    return result


def _error_of_mean(values: np.ndarray) -> np.ndarray:
    """Return the standard error of the mean over seeds whose training parts overlap."""
    n_splits = values.shape[-1]
    return np.asarray(np.sqrt((1 / n_splits + OVERLAP) * values.var(axis=-1, ddof=1)))


POSTER_PAIRS = 105
"""Size of the poster's test sets, read back from its table: 102 and 110 pairs fit two rows."""


def resample(
    similar: np.ndarray,
    judged: Sequence[Judged],
    size: int,
    n_resamples: int,
    seed: int,
) -> np.ndarray:
    """Draw ``size`` pairs with replacement, again and again, and compute the metrics of each.

    With ``size`` of all pairs this is the bootstrap; with `POSTER_PAIRS` it shows how far a
    table of the poster's size moves by luck alone. All models are measured on the same draws.

    Returns
    -------
    ndarray
        (n_models, metrics, n_resamples) float.
    """
    measured = np.full((len(judged), len(METRICS), n_resamples), np.nan)
    if not similar.size:
        return measured
    rng = stream(seed, "bootstrap")
    at_once = max(1, 2_000_000 // similar.size)  # weights of some 16 MB at a time
    for start in range(0, n_resamples, at_once):
        n = min(at_once, n_resamples - start)
        weights = rng.multinomial(size, np.full(similar.size, 1 / similar.size), n).astype(float)
        for number, (score, predicted) in enumerate(judged):
            values = classification_metrics(similar, predicted, score, weights)
            measured[number, :, start : start + n] = [values[metric] for metric in METRICS]
    return measured


def auc_with_interval(
    similar: np.ndarray, score: np.ndarray, n_resamples: int, seed: int
) -> tuple[float, float, float]:
    """Return the area under the ROC curve and its 95 % bootstrap interval over pairs."""
    called = score > np.median(score)  # any classification: the area does not look at it
    value = classification_metrics(similar, called, score)["roc_auc"][0]
    resampled = resample(similar, [(score, called)], similar.size, n_resamples, seed)
    low, high = over_resamples(resampled[0, METRICS.index("roc_auc")])
    return float(value), float(low), float(high)
