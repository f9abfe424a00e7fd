"""What the poster claims, and whether it shows again on other playlists."""

import pandas as pd

from muse_lib.evaluation.comparison import seen_from
from muse_lib.poster import printed
from muse_lib.poster import printed as poster

CLAIMS = (
    ("artist augmentation helps", "muse-artist", "muse"),
    ("contrastive learning helps", "muse-contrastive", "muse"),
    ("both together help", "muse-artist-contrastive", "muse"),
    ("both beat artist augmentation alone", "muse-artist-contrastive", "muse-artist"),
    ("both beat contrastive learning alone", "muse-artist-contrastive", "muse-contrastive"),
    ("the best model beats always answering similar", "muse-artist-contrastive", "always_similar"),
)
"""Each claim, the model it is for, and the one that this must beat."""

SHOWS, OPEN, REVERSED = "shows again", "cannot be told", "is the other way round"
SIGNIFICANT = 0.05


def replication_table(compared: pd.DataFrame) -> pd.DataFrame:
    """Hold the poster's claims against ours.

    Parameters
    ----------
    compared : DataFrame
        `muse_lib.evaluation.comparison.comparisons`.

    Returns
    -------
    DataFrame
        ``claim, label_source, metric, poster, difference, low, high, p_adjusted, verdict``: the
        difference as the poster prints it (of accuracy and F1; nan for what it does not print),
        ours with its 95 % interval, and what that says: `SHOWS` or `REVERSED` where the corrected
        p value is below 0.05, else `OPEN`. Claims about models that were not judged are left out.
    """
    rows = [
        seen[seen["other"] == other].assign(claim=claim)
        for claim, model, other in CLAIMS
        for seen in [seen_from(compared, model)]
    ]
    table = pd.concat(rows, ignore_index=True)
    table = table[(table["other"] != "always_similar") | (table["metric"] != "roc_auc")]
    table = table.assign(
        poster=[
            _printed(model, other, metric)
            for model, other, metric in zip(
                table["model"], table["other"], table["metric"], strict=True
            )
        ],
        verdict=OPEN,
    )
    decided = table["p_adjusted"] < SIGNIFICANT
    table.loc[decided & (table["difference"] > 0), "verdict"] = SHOWS
    table.loc[decided & (table["difference"] < 0), "verdict"] = REVERSED
    ours = ["difference", "low", "high", "p_adjusted", "verdict"]
    return table[["claim", "label_source", "metric", "poster", *ours]].reset_index(drop=True)


def _printed(model: str, other: str, metric: str) -> float:
    """Return the poster's difference, in [-1, 1]; nan for what it does not print."""
    if metric not in printed.METRICS or not {model, other} <= set(printed.TABLE):
        return float("nan")
    column = printed.METRICS.index(metric)
    return (printed.TABLE[model][column] - printed.TABLE[other][column]) / 100


SYNTHETIC = "synthetic"


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
