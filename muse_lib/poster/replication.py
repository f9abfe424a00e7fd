"""The poster's claims, whether they replicate on other playlists, and with what power."""

import numpy as np
import pandas as pd

from muse_lib.evaluation.benchmark import Figures
from muse_lib.evaluation.comparison import compared
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import POSTER
from muse_lib.evaluation.primary import CONTRASTS, PRIMARY, Outcome
from muse_lib.evaluation.statistics import SIGNIFICANT, holm
from muse_lib.poster import printed

CLAIMS = (
    ("artist augmentation helps", "muse-artist", "muse"),
    ("contrastive learning helps", "muse-contrastive", "muse"),
    ("both together help", "muse-artist-contrastive", "muse"),
    ("both beat artist augmentation alone", "muse-artist-contrastive", "muse-artist"),
    ("both beat contrastive learning alone", "muse-artist-contrastive", "muse-contrastive"),
    ("the best model beats 'always similar'", "muse-artist-contrastive", "always_similar"),
)
"""Each claim, its model, and the model that this must beat."""

F1 = Outcome(POSTER, PLAYLISTS, "f1")
ACCURACY = Outcome(POSTER, PLAYLISTS, "accuracy")
"""The poster's own metrics, on its own kind of pairs."""

SHOWS, SMALLER, OPEN, REVERSED = "shows again", "smaller than printed", "inconclusive", "reversed"
BETTER, WORSE = "MuSE is better", "MuSE is worse"


SYNTHETIC = "synthetic"
"""The generated playlists, beside which nothing printed on the poster may stand."""


def declared_table(figures: Figures, corpus: str = "") -> pd.DataFrame:
    """Test the study's declared comparisons and the poster's claims as one family.

    Parameters
    ----------
    figures : Figures
        What was measured.
    corpus : str
        The corpus of our numbers, by default one of music. If it is generated, the poster's numbers
        are left out.

    Returns
    -------
    DataFrame
        ``comparison, question, kind, metric, model, other, poster, difference, low, high, p,
        p_holm, verdict``: the difference printed on the poster (nan if it is not printed), ours
        with its 95 % interval, and the p value before and after Holm's correction. A claim *shows
        again* or is *reversed* if the corrected p is below 0.05, and is *smaller than printed* if
        the interval lies below the printed difference; it can be both. Otherwise it is
        *inconclusive*. Comparisons of models that were not evaluated are left out.
    """
    table = _family(figures, corpus)
    p_holm = holm(table["p"].to_numpy(dtype=float))
    numbers = table[["difference", "high", "poster"]].assign(p=p_holm).to_numpy(dtype=float)
    is_claim = table["question"] == POSTER
    verdicts = [_verdict(*row, claim=one) for row, one in zip(numbers, is_claim, strict=True)]
    table = table.drop(columns=["error", "detectable"])
    return table.assign(p_holm=p_holm, verdict=verdicts)


def power_table(figures: Figures, corpus: str = "") -> pd.DataFrame:
    """Return how small a difference each declared comparison could have detected.

    Parameters are those of `declared_table`.

    Returns
    -------
    DataFrame
        ``comparison, question, kind, metric, model, other, poster, error, detectable, n_splits``:
        the standard error of the difference, and the smallest true difference that a single test
        at the 5 % level detects with a power of 80 %. Over splits it never falls below about 0.99
        standard deviations between splits, however many there are, as their training parts
        overlap. With Holm's correction it is even larger.
    """
    columns = ["comparison", "question", "kind", "metric", "model", "other", "poster"]
    table = _family(figures, corpus)[[*columns, "error", "detectable"]]
    return table.assign(n_splits=figures.n_splits)


def claims_table(figures: Figures, corpus: str = "") -> pd.DataFrame:
    """Return the poster's claims by accuracy and by the primary outcome for pairs: exploratory.

    Parameters are those of `declared_table`.
    """
    tables = []
    for outcome in (ACCURACY, PRIMARY[0]):
        table = _claims(figures, outcome, corpus).drop(columns=["error", "detectable"])
        tables.append(table[(table["other"] != "always_similar") | (outcome is ACCURACY)])
    return pd.concat(tables, ignore_index=True)


def poster_table(headline: pd.DataFrame, corpus: str) -> pd.DataFrame:
    """Return the poster's rows as printed, each followed by ours with intervals.

    Parameters
    ----------
    headline : DataFrame
        `muse_lib.evaluation.benchmark.headline`.
    corpus : str
        The corpus of our rows. Synthetic playlists are not music: the poster's rows are omitted.

    Returns
    -------
    DataFrame
        ``model``, ``source`` and the poster's four metrics in per cent, as text.
    """
    rows = []
    for variant, name in printed.NAMES.items():
        if corpus != SYNTHETIC:
            theirs = (f"{number:.2f}" for number in printed.TABLE[variant])
            rows.append((name, "poster", *theirs))
        ours = headline[headline["model"] == variant].set_index("metric")
        if len(ours):
            percent = 100 * ours.loc[list(printed.METRICS), ["value", "low", "high"]]
            cells = (
                f"{value:.2f} ({low:.1f} to {high:.1f})" for value, low, high in percent.to_numpy()
            )
            rows.append((name, corpus, *cells))
    return pd.DataFrame(rows, columns=["model", "source", *printed.METRICS])


def _family(figures: Figures, corpus: str) -> pd.DataFrame:
    """Return all declared comparisons, the study's own first."""
    tables = [
        compared(figures, outcome, [(model, other)]).assign(comparison=f"MuSE v. rival, {seeing}")
        for outcome in PRIMARY
        for seeing, model, other in CONTRASTS
    ]
    own = pd.concat(tables, ignore_index=True).assign(poster=np.nan)
    family = pd.concat([own, _claims(figures, F1, corpus)], ignore_index=True)
    first = ["comparison", "question", "kind", "metric", "model", "other", "poster"]
    return family[[*first, *family.columns.drop(first)]]


def _claims(figures: Figures, outcome: Outcome, corpus: str) -> pd.DataFrame:
    """Return the poster's claims by one outcome, as `compared`, with ``comparison, poster``."""
    table = pd.concat(
        [
            compared(figures, outcome, [(model, other)]).assign(comparison=claim)
            for claim, model, other in CLAIMS
        ],
        ignore_index=True,
    )
    pairs = table[["model", "other"]].to_numpy()
    theirs = [_printed(model, other, outcome.metric) for model, other in pairs]
    table = table.assign(poster=np.nan if corpus == SYNTHETIC else np.array(theirs, dtype=float))
    first = ["comparison", "question", "kind", "metric", "model", "other", "poster"]
    return table[[*first, *table.columns.drop(first)]]


def _verdict(difference: float, high: float, printed: float, p: float, *, claim: bool) -> str:
    """Return the verdict of a test; for a claim also whether it is smaller than printed."""
    found = p < SIGNIFICANT
    if not claim:
        return (BETTER if difference > 0 else WORSE) if found else OPEN
    if found and difference < 0:
        return REVERSED
    smaller = high < printed  # False if the poster prints no difference
    said = [SHOWS] * bool(found) + [SMALLER] * bool(smaller)
    return ", ".join(said) or OPEN


def _printed(model: str, other: str, metric: str) -> float:
    """Return the poster's difference, in [-1, 1]; nan if it is not printed."""
    if metric not in printed.METRICS or not {model, other} <= set(printed.TABLE):
        return float("nan")
    column = printed.METRICS.index(metric)
    return (printed.TABLE[model][column] - printed.TABLE[other][column]) / 100
