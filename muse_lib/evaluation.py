"""Judge models on labelled pairs: a threshold from validation, six metrics, honest intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from muse_lib import poster
from muse_lib.metrics import METRICS, classification_metrics
from muse_lib.models import Model
from muse_lib.pairs import HeldOut, PairRule, Pairs
from muse_lib.seeds import stream
from muse_lib.significance import over_resamples

POSTER_PAIRS = 105
"""Size of the poster's test sets, read back from its table: 102 and 110 pairs fit two rows."""

SYNTHETIC = "synthetic"

Judged = tuple[np.ndarray, np.ndarray]
"""The score of every pair, and whether it is called similar."""

PLAYLISTS, GENRES = "held-out playlists", "genres"
"""Where labels come from: playlists kept from training, or genres that owe nothing to playlists."""


def label_sources(held_out: HeldOut) -> list[str]:
    """Return the kinds of labels that the corpus offers."""
    return [PLAYLISTS, GENRES] if "subgenre" in held_out.songs else [PLAYLISTS]


def labelled_pairs(held_out: HeldOut, source: str, part: str, rule: PairRule) -> Pairs:
    """Return the pairs of one part, labelled by one of the `label_sources`."""
    if source == GENRES:
        return held_out.pairs_from_labels(part, held_out.songs["subgenre"], rule)
    return held_out.pairs_from_playlists(part, rule)


def judge(model: Model, validation: Pairs, test: Pairs) -> Judged:
    """Score the test pairs and classify them as validation teaches.

    The classifier is a logistic regression on one feature, the score of the pair: it says what
    the vectors say. Without a penalty it is no more than a threshold, chosen on validation.

    A score that is the same for all pairs separates nothing: every pair is called similar. Where
    validation holds pairs of one kind only, all are called that kind.

    Returns
    -------
    score, predicted : ndarray
        (n_test_pairs,) float, and bool: called similar.
    """
    feature = model.similarity(validation.i, validation.j)[:, None]
    score = model.similarity(test.i, test.j)
    if np.ptp(feature) == 0:
        return score, np.ones(len(test), dtype=bool)
    if validation.similar.all() or not validation.similar.any():
        return score, np.full(len(test), validation.similar[0])
    # the solver's tolerance is absolute, so that scores of 0.01 would stop it too early
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf))
    classifier.fit(feature, validation.similar)
    return score, classifier.predict(score[:, None])


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


def poster_table(headline: pd.DataFrame, corpus: str) -> pd.DataFrame:
    """Return the poster's rows as it prints them, ours below each of them with intervals.

    Parameters
    ----------
    headline : DataFrame
        The headline of `measurement.classification_table`.
    corpus : str
        What ours were measured on. Synthetic playlists are not music: their rows stand alone.

    Returns
    -------
    DataFrame
        ``model``, ``source`` and the poster's four metrics in per cent, as text.
    """
    rows = []
    for variant, name in poster.NAMES.items():
        if corpus != SYNTHETIC:
            printed = (f"{number:.2f}" for number in poster.TABLE[variant])
            rows.append((name, "poster", *printed))
        ours = headline[headline["model"] == variant].set_index("metric")
        if len(ours):
            percent = 100 * ours.loc[list(poster.METRICS), ["value", "low", "high"]]
            cells = (
                f"{value:.2f} ({low:.1f} to {high:.1f})" for value, low, high in percent.to_numpy()
            )
            rows.append((name, corpus, *cells))
    return pd.DataFrame(rows, columns=["model", "source", *poster.METRICS])


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


def auc_with_interval(
    similar: np.ndarray, score: np.ndarray, n_resamples: int, seed: int
) -> tuple[float, float, float]:
    """Return the area under the ROC curve and its 95 % bootstrap interval over pairs."""
    called = score > np.median(score)  # any classification: the area does not look at it
    value = classification_metrics(similar, called, score)["roc_auc"][0]
    resampled = resample(similar, [(score, called)], similar.size, n_resamples, seed)
    low, high = over_resamples(resampled[0, METRICS.index("roc_auc")])
    return float(value), float(low), float(high)
