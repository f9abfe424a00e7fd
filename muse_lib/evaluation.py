"""Judge models on labelled pairs: a threshold from validation, six metrics, honest intervals."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from muse_lib import poster
from muse_lib.config import EvaluationConfig
from muse_lib.metrics import METRICS, classification_metrics
from muse_lib.models import Model
from muse_lib.pairs import HeldOut, PairRule, Pairs
from muse_lib.seeds import stream

CONFIDENCE = 0.95
POSTER_PAIRS = 105
"""Size of the poster's test sets, read back from its table: 102 and 110 pairs fit two rows."""

SYNTHETIC = "synthetic"

PLAYLISTS, GENRES = "held-out playlists", "genres"
"""Where labels come from: playlists kept from training, or genres that owe nothing to playlists."""


def evaluate(
    held_out: HeldOut, models: Mapping[str, Model], config: EvaluationConfig
) -> pd.DataFrame:
    """Judge every model by every kind of label, mixture of pairs, with and without one artist.

    Returns
    -------
    DataFrame
        ``model, label_source, share_similar, same_artist_pairs, metric, value, low, high,
        n_pairs, n_seeds``: one row a model, question and metric. The first question of the table
        is the headline: labels from held-out playlists, the poster's share, no same-artist pairs.
    """
    tables = []
    for source in label_sources(held_out):
        for share in dict.fromkeys([config.share_similar, 0.5]):
            for same_artist in (False, True):
                rule = PairRule(config.n_pairs, share, same_artist, config.seed)
                table = classification_table(
                    models,
                    labelled_pairs(held_out, source, "validation", rule),
                    labelled_pairs(held_out, source, "test", rule),
                    n_resamples=config.n_resamples,
                    seed=config.seed,
                )
                table.insert(1, "label_source", source)
                table.insert(2, "share_similar", share)
                table.insert(3, "same_artist_pairs", same_artist)
                tables.append(table)
    return pd.concat(tables, ignore_index=True).assign(n_seeds=1)


def label_sources(held_out: HeldOut) -> list[str]:
    """Return the kinds of labels that the corpus offers."""
    return [PLAYLISTS, GENRES] if "subgenre" in held_out.songs else [PLAYLISTS]


def labelled_pairs(held_out: HeldOut, source: str, part: str, rule: PairRule) -> Pairs:
    """Return the pairs of one part, labelled by one of the `label_sources`."""
    if source == GENRES:
        return held_out.pairs_from_labels(part, held_out.songs["subgenre"], rule)
    return held_out.pairs_from_playlists(part, rule)


def judge(model: Model, validation: Pairs, test: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Score the test pairs and classify them as validation teaches.

    The classifier is a logistic regression on one feature, the score of the pair: it says what
    the vectors say. Without a penalty it is no more than a threshold, chosen on validation.

    A score that is the same for all pairs separates nothing: every pair is called similar.

    Returns
    -------
    score, predicted : ndarray
        (n_test_pairs,) float, and bool: called similar.
    """
    feature = model.similarity(validation.i, validation.j)[:, None]
    if np.ptp(feature) == 0:
        return model.similarity(test.i, test.j), np.ones(len(test), dtype=bool)
    # the solver's tolerance is absolute, so that scores of 0.01 would stop it too early
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf))
    classifier.fit(feature, validation.similar)
    score = model.similarity(test.i, test.j)
    return score, classifier.predict(score[:, None])


def classification_table(
    models: Mapping[str, Model], validation: Pairs, test: Pairs, *, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Return every metric of every model with its 95 % bootstrap interval over pairs.

    All models are judged on the same pairs and on the same resamples of them.

    Returns
    -------
    DataFrame
        ``model``, ``metric``, ``value``, ``low``, ``high`` (percentiles 2.5 and 97.5 of the
        resamples) and ``n_pairs``; one row a model and metric. Undefined values are nan.
    """
    rows = []
    for name, model in models.items():
        score, predicted = judge(model, validation, test)
        value = classification_metrics(test.similar, predicted, score)
        resampled = resample(test.similar, predicted, score, len(test), n_resamples, seed)
        low, high = interval(resampled)
        rows += [
            (name, metric, value[metric][0], low[metric], high[metric], len(test))
            for metric in METRICS
        ]
    return pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high", "n_pairs"])


def resample(
    similar: np.ndarray,
    predicted: np.ndarray,
    score: np.ndarray,
    size: int,
    n_resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Draw ``size`` pairs with replacement, again and again, and compute the metrics of each.

    With ``size`` of all pairs this is the bootstrap; with `POSTER_PAIRS` it shows how far a
    table of the poster's size moves by luck alone.

    Returns
    -------
    DataFrame
        (n_resamples, metrics) float.
    """
    rng = stream(seed, "bootstrap")
    at_once = max(1, 2_000_000 // similar.size)  # weights of some 16 MB at a time
    parts = []
    for start in range(0, n_resamples, at_once):
        n = min(at_once, n_resamples - start)
        weights = rng.multinomial(size, np.full(similar.size, 1 / similar.size), n).astype(float)
        parts.append(pd.DataFrame(classification_metrics(similar, predicted, score, weights)))
    return pd.concat(parts, ignore_index=True)


def interval(resampled: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the lower and upper end of the central 95 % of every column."""
    tail = (1 - CONFIDENCE) / 2
    return resampled.quantile(tail), resampled.quantile(1 - tail)


def poster_table(headline: pd.DataFrame, corpus: str) -> pd.DataFrame:
    """Return the poster's rows as it prints them, ours below each of them with intervals.

    Parameters
    ----------
    headline : DataFrame
        Rows of `classification_table` for one question.
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
    low, high = interval(resample(similar, called, score, similar.size, n_resamples, seed))
    return float(value), float(low["roc_auc"]), float(high["roc_auc"])
