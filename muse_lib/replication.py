"""What the poster claims, and whether it shows again on other playlists."""

import pandas as pd

from muse_lib import poster
from muse_lib.comparison import seen_from

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
        `muse_lib.comparison.comparisons`.

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
    if metric not in poster.METRICS or not {model, other} <= set(poster.TABLE):
        return float("nan")
    column = poster.METRICS.index(metric)
    return (poster.TABLE[model][column] - poster.TABLE[other][column]) / 100
