"""Classify pairs as similar or dissimilar by a threshold learned on validation pairs."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from muse_lib.evaluation.pairs import Pairs
from muse_lib.evaluation.statistics import Judged
from muse_lib.models.base import Model


def judge(model: Model, validation: Pairs, test: Pairs) -> Judged:
    """Score the test pairs and classify them with a threshold from the validation pairs.

    The classifier is a logistic regression on one feature, the score of the pair, so it adds
    nothing to the vectors. Without a penalty it is just a threshold, chosen on validation.

    If all pairs have the same score, all are classified as similar. If validation has pairs of
    one kind only, all are classified as that kind.

    Returns
    -------
    score, predicted : ndarray
        (n_test_pairs,) float, and bool: classified as similar.
    """
    feature = model.similarity(validation.i, validation.j)[:, None]
    score = model.similarity(test.i, test.j)
    if np.ptp(feature) == 0:
        return score, np.ones(len(test), dtype=bool)
    if validation.similar.all() or not validation.similar.any():
        return score, np.full(len(test), validation.similar[0])
    # the solver's tolerance is absolute: with scores around 0.01 it would stop too early
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf))
    classifier.fit(feature, validation.similar)
    return score, classifier.predict(score[:, None])


def roc_curves(models: Mapping[str, Model], test: Pairs) -> pd.DataFrame:
    """Return the ROC curve of every model at 101 false positive rates.

    Returns
    -------
    DataFrame
        ``model``, ``false_positive_rate`` and ``true_positive_rate``.
    """
    grid = np.linspace(0, 1, 101)
    curves = []
    for name, model in models.items():
        false_positive, true_positive, _ = roc_curve(test.similar, model.similarity(test.i, test.j))
        rates = np.interp(grid, false_positive, true_positive)
        curves.append(pd.DataFrame({"false_positive_rate": grid, "true_positive_rate": rates}))
        curves[-1].insert(0, "model", name)
    return pd.concat(curves, ignore_index=True)
