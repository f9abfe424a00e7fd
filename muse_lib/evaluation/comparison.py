"""Which of two models is better, and whether that is more than luck."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from muse_lib.evaluation.benchmark import ALL, OWN_PAIRS, Measurement, headline, values_of
from muse_lib.evaluation.statistics import (
    adjusted,
    over_resamples,
    over_seeds,
    p_over_resamples,
    p_over_seeds,
)


def comparisons(measurements: Sequence[Measurement], share_similar: float) -> pd.DataFrame:
    """Compare all models pair by pair on the headline of every kind of label.

    Parameters
    ----------
    measurements : sequence of Measurement
        One a seed.
    share_similar : float
        The study's share of similar pairs: `headline` questions are compared, and those on a
        user's own pairs.

    Returns
    -------
    DataFrame
        ``label_source, metric, model, other, difference, low, high, p, p_adjusted``: value of
        ``model`` minus value of ``other``, both on the same pairs, with its 95 % interval; the p
        value that it is zero, corrected over all comparisons by one kind of label and metric.
    """
    first = measurements[0].pairs
    whole = first[first["slice"] == ALL]
    asked = [headline(whole, share_similar, source) for source in whole["label_source"].unique()]
    asked.append(whole[whole["label_source"] == OWN_PAIRS])
    tables = []
    for (source, metric), rows in pd.concat(asked).groupby(["label_source", "metric"], sort=False):
        if metric in ("precision", "recall"):  # each can be had for the other
            continue
        one, other = np.array(list(itertools.combinations(rows.index, 2))).T
        table = _compared(measurements, one, other).assign(
            label_source=str(source), metric=str(metric)
        )
        tables.append(table.assign(p_adjusted=adjusted(table["p"].to_numpy())))
    compared = pd.concat(tables, ignore_index=True)
    question = ["label_source", "metric"]
    return compared[[*question, *compared.columns.drop(question)]]


def seen_from(compared: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return the comparisons of one model with all others, its value minus theirs.

    Parameters
    ----------
    compared : DataFrame
        `comparisons`.
    """
    back = compared[compared["other"] == model].rename(
        columns={"model": "other", "other": "model", "low": "high", "high": "low"}
    )
    back[["difference", "low", "high"]] *= -1
    mine = pd.concat([compared[compared["model"] == model], back])[compared.columns]
    return mine.sort_index().reset_index(drop=True)


def _compared(
    measurements: Sequence[Measurement], one: np.ndarray, other: np.ndarray
) -> pd.DataFrame:
    """Return the differences between some rows and some others, with intervals and p values."""
    values = values_of(measurements)
    difference = values[one] - values[other]
    if len(measurements) == 1:
        resampled = measurements[0].resampled
        spread = resampled[one] - resampled[other]
        (low, high), p = over_resamples(spread), p_over_resamples(spread)
    else:
        (low, high), p = over_seeds(difference), p_over_seeds(difference)
    models = measurements[0].pairs["model"].to_numpy()
    return pd.DataFrame(
        {
            "model": models[one],
            "other": models[other],
            "difference": difference.mean(axis=1),
            "low": low,
            "high": high,
            "p": p,
        }
    )
