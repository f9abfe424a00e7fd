"""What was found, in sentences of Markdown computed from the tables of a study.

Each function holds for any choice of variants and says so where there is nothing to say.
"""

from collections.abc import Sequence

import pandas as pd

from muse_lib.evaluation.comparison import significant
from muse_lib.evaluation.entrants import (
    ARTISTS,
    AS_PRINTED,
    BEYOND,
    BOTH,
    PLAIN,
    RIVAL,
    SEEING,
    TITLES,
    TUNED,
)
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import POSTER

_SEEING_IN_WORDS = {
    PLAIN: "playlists alone",
    ARTISTS: "artists as well",
    TITLES: "titles as well",
    BOTH: "artists and titles as well",
}


def best_of_each(table: pd.DataFrame, metric: str) -> str:
    """Say which MuSE and which rival are best among models that may see alike.

    Parameters
    ----------
    table : DataFrame
        ``model, group, sees, value, low, high``, one metric: of
        `muse_lib.evaluation.benchmark.pair_table` or `ranking_table`.
    metric : str
        How the metric is called.
    """
    parts = []
    for seen in SEEING:
        rows = table[(table["sees"] == seen) & table["value"].notna()]
        ours = rows[rows["group"].isin([AS_PRINTED, BEYOND, TUNED])]
        named = [
            _measured(_in_order(side).iloc[0])
            for side in (ours, rows[rows["group"] == RIVAL])
            if len(side)
        ]
        if named:
            parts.append(f"{_SEEING_IN_WORDS[seen]}: {', '.join(named)}")
    return f"{metric}, the best MuSE and the best rival among models that see {'; '.join(parts)}."


def significant_differences(compared: pd.DataFrame) -> str:
    """Say how many exploratory comparisons are significant, for each outcome.

    Parameters
    ----------
    compared : DataFrame
        `muse_lib.evaluation.comparison.exploratory`.
    """
    counted = [
        f"{significant(rows['p_adjusted']).sum()} of {len(rows)} by {metric}"
        for metric, rows in compared.groupby("metric", sort=False)
    ]
    return f"Of these comparisons, {_listed(counted)} are significant after correction."


def declared(table: pd.DataFrame) -> str:
    """Say what came of the study's own declared comparisons.

    Parameters
    ----------
    table : DataFrame
        `muse_lib.poster.replication.declared_table`.
    """
    own = table[table["question"] != POSTER]
    if own.empty:
        return "None of the declared comparisons can be made with these models."
    said = [
        f"{row.question}, `{row.model}` v. `{row.other}`: {row.difference:+.3f} "
        f"({row.low:+.3f} to {row.high:+.3f}), **{row.verdict}**"
        for row in own.itertuples()
    ]
    return f"Declared comparisons, by the primary outcomes: {'; '.join(said)}."


def replicated(table: pd.DataFrame) -> str:
    """Say which of the poster's claims show again by its own F1.

    Parameters
    ----------
    table : DataFrame
        `muse_lib.poster.replication.declared_table`.
    """
    claims = table[table["question"] == POSTER]
    if claims.empty:
        return "Of the models that the poster compares, too few were judged to ask what replicates."
    said = []
    for verdict, rows in claims.groupby("verdict", sort=False):
        named = _listed(
            [f"“{row.comparison}” ({row.difference:+.3f})" for row in rows.itertuples()]
        )
        said.append(f"*{verdict}*: {named}")
    return f"By F1, the poster's own measure, with our difference: {'; '.join(said)}."


def neighbourhoods(report: pd.DataFrame) -> str:
    """Say in which variant the nearest songs share their artist or genre most, and least.

    Parameters
    ----------
    report : DataFrame
        ``variant`` and what `muse_lib.evaluation.neighbourhoods.neighbourhood_report` returns.
    """
    told = []
    for kind in ("artist", "genre"):
        if f"{kind}_purity" not in report or report[f"{kind}_purity"].isna().all():
            continue
        share = report.set_index("variant")[f"{kind}_purity"]
        chance = report[f"{kind}_purity_by_chance"].iloc[0]
        least = f", least often in `{share.idxmin()}` ({share.min():.1%})" if len(share) > 1 else ""
        told.append(
            f"The songs nearest to a song share its {kind} most often in `{share.idxmax()}` "
            f"({share.max():.1%}){least}; by chance, {chance:.1%} would."
        )
    return " ".join(told) or "No two of the songs share an artist or a genre."


def best_settings(table: pd.DataFrame) -> str:
    """Say which answer to each question of the ablations does best, and how far the worst is.

    Parameters
    ----------
    table : DataFrame
        `muse_lib.tuning.ablations.ablate`.
    """
    asked = table[(table["label_source"] == PLAYLISTS) & table["value"].notna()]
    told = []
    for question, rows in asked.groupby("question", sort=False):
        in_order = _in_order(rows)
        best, worst = in_order.iloc[0], in_order.iloc[-1]
        told.append(
            f"{question}: {best['setting']} ({best['value']:.3f}; the worst, {worst['setting']}, "
            f"{worst['value']:.3f})"
        )
    return f"{'; '.join(told)}."


def _measured(row: pd.Series) -> str:
    """Return the model of a row, its value and its interval."""
    return f"`{row['model']}` {row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, the highest ``value`` first; those that are undefined come last."""
    return rows.sort_values("value", ascending=False, kind="stable")


def _listed(parts: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), *parts[-1:]] if len(parts) > 1 else parts)
