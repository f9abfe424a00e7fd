"""Metrics of classification, and the purity of neighbourhoods.

An undefined metric is nan, never 0: precision if nothing was classified as similar, any ranking
metric if only one class is present.
"""

import numpy as np

CONFIDENCE = 0.95
"""Confidence level of every interval in this study."""

CELLS_AT_ONCE = 2**17
"""Weights treated together: a megabyte, which stays in a core's cache."""

METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc", "average_precision")


def classification_metrics(
    similar: np.ndarray,
    predicted: np.ndarray,
    score: np.ndarray,
    weights: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return the six `METRICS`, for one or many weightings of the pairs at once.

    A bootstrap resample is a weighting: how often each pair was drawn. Computing many together
    needs one sort of the scores instead of one per resample.

    Parameters
    ----------
    similar : ndarray
        (n_pairs,) bool: the truth.
    predicted : ndarray
        (n_pairs,) bool: the prediction of the classifier.
    score : ndarray
        (n_pairs,) float: higher means more similar; ties count half.
    weights : ndarray, optional
        (n_weightings, n_pairs) float, at least 0; default: one weighting of ones.

    Returns
    -------
    dict of ndarray
        For each metric, (n_weightings,) float in [0, 1], or nan where it is undefined.
    """
    similar, predicted = np.asarray(similar, dtype=bool), np.asarray(predicted, dtype=bool)
    if not similar.size:
        return {
            metric: np.full(1 if weights is None else len(weights), np.nan) for metric in METRICS
        }
    if weights is None:
        weights = np.ones((1, similar.size))
    cells = [truth & called for called in (predicted, ~predicted) for truth in (similar, ~similar)]
    tp, fp, fn, tn = (weights @ np.stack(cells, axis=1).astype(float)).T
    roc_auc, average_precision = _ranking_metrics(similar, score, weights)
    with np.errstate(invalid="ignore"):
        return {
            "accuracy": (tp + tn) / (tp + fp + fn + tn),
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "roc_auc": roc_auc,
            "average_precision": average_precision,
        }


def _ranking_metrics(
    similar: np.ndarray, score: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the area under the ROC curve and the average precision, (n_weightings,) each."""
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=np.inf))  # of runs of equal scores
    area, average_precision = np.empty((2, len(weights)))
    at_once = max(1, CELLS_AT_ONCE // order.size)
    for start in range(0, len(weights), at_once):
        rows = slice(start, start + at_once)
        all_pairs = weights[rows].take(order, axis=1)
        hits = all_pairs * similar[order]
        if starts.size < order.size:
            all_pairs, hits = (np.add.reduceat(x, starts, axis=1) for x in (all_pairs, hits))
        found, called = np.cumsum(hits, axis=1), np.cumsum(all_pairs, axis=1)
        n_similar, n_dissimilar = found[:, -1], (called - found)[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            # a false positive ranks below all similar pairs found before it; ties in its run count
            # half
            above = np.einsum("wr,wr->w", all_pairs - hits, found - hits / 2)
            precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
            of_hits = np.einsum("wr,wr->w", hits, precision) / n_similar
            area[rows] = above / (n_similar * n_dissimilar)
            average_precision[rows] = np.where(n_dissimilar, of_hits, np.nan)
    return area, average_precision


def neighbour_purity(nearest: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of nearest neighbours that have the same label as the point.

    Parameters
    ----------
    nearest : ndarray
        (n_points, k) int: the k nearest neighbours of every point.
    labels : ndarray
        (n_points,) labels; points with an empty label are left out, as points and as neighbours.
    """
    labels = np.asarray(labels)
    named = labels != ""
    counted = named[:, None] & named[nearest]
    if not counted.any():
        return float("nan")
    return float((labels[:, None] == labels[nearest])[counted].mean())
