"""The findings of a study, in Markdown sentences computed from its tables.

Each function works for any choice of variants, and states if there is nothing to report.
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
from muse_lib.poster.replication import SHOWS

_SEEING_IN_WORDS = {
    PLAIN: "Playlists alone",
    ARTISTS: "With artists",
    TITLES: "With titles",
    BOTH: "With artists and titles",
}


def best_of_each(table: pd.DataFrame, metric: str) -> str:
    """State which MuSE variant and which rival score highest among models seeing the same data.

    Both are tuned. If no tuned variant was evaluated, an untuned one is named and labelled so. The
    highest of several scores is biased upwards, so each is given with its interval.

    Parameters
    ----------
    table : DataFrame
        ``model, group, sees, value, low, high`` of one metric, from
        `muse_lib.evaluation.benchmark.pair_table` or `ranking_table`.
    metric : str
        The name of the metric.
    """
    parts = []
    for seen in SEEING:
        rows = table[(table["sees"] == seen) & table["value"].notna()]
        tuned, untuned = rows["group"] == TUNED, rows["group"].isin([AS_PRINTED, BEYOND])
        named = [
            _measured(_in_order(rows[side]).iloc[0]) + aside
            for side, aside in (
                (tuned, "") if tuned.any() else (untuned, ", not tuned"),
                (rows["group"] == RIVAL, ""),
            )
            if side.any()
        ]
        if named:
            parts.append(f"{_SEEING_IN_WORDS[seen]}: {', '.join(named)}.")
    return (
        f"{metric} (95 % interval): the highest of the tuned MuSE models, and of the tuned rivals. "
        f"{' '.join(parts)}"
    )


def significant_differences(compared: pd.DataFrame) -> str:
    """State how often MuSE is significantly better or worse, for each outcome.

    Parameters
    ----------
    compared : DataFrame
        Rows of `muse_lib.evaluation.comparison.exploratory` that compare a MuSE model with a rival.
    """
    counted = []
    for metric, rows in compared.groupby("metric", sort=False):
        found = rows.loc[significant(rows["p_adjusted"]), "difference"]
        counted.append(
            f"better in {(found > 0).sum()} and worse in {(found < 0).sum()} of {len(rows)} "
            f"comparisons by {metric}"
        )
    return f"After correction, MuSE models are significantly {listed(counted)}."


def declared(table: pd.DataFrame) -> str:
    """State the results of the study's own declared comparisons.

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
    """State which of the poster's claims replicate by its own F1.

    Parameters
    ----------
    table : DataFrame
        `muse_lib.poster.replication.declared_table`.
    """
    claims = table[table["question"] == POSTER]
    if claims.empty:
        return "Of the models that the poster compares, too few were evaluated to test replication."
    is_printed = claims["poster"].notna()
    if not is_printed.any():
        return "No difference that the poster prints can be compared with these results."
    said = []
    asides = is_printed.map({True: "", False: " (our own question)"})
    for verdict, rows in claims.assign(aside=asides).groupby("verdict", sort=False):
        named = "; ".join(
            [
                f"“{row.comparison}”{row.aside}, {row.difference:+.3f} ({row.low:+.3f} to "
                f"{row.high:+.3f})"
                for row in rows.itertuples()
            ]
        )
        said.append(f"*{verdict}*: {named}.")
    shown = int(claims.loc[is_printed, "verdict"].str.contains(SHOWS).sum())
    return (
        f"By F1, the poster's own measure, {shown or 'none'} of its {is_printed.sum()} differences "
        f"between models {'replicate' if shown > 1 else 'replicates'}. Verdicts, with our "
        f"differences and their 95 % intervals. {' '.join(said)}"
    )


def neighbourhoods(report: pd.DataFrame) -> str:
    """State in which variant nearest songs share artist or genre most often, and least often.

    Parameters
    ----------
    report : DataFrame
        ``variant`` and the columns of `muse_lib.evaluation.neighbourhoods.neighbourhood_report`.
    """
    parts = []
    for kind in ("artist", "genre"):
        if f"{kind}_purity" not in report or report[f"{kind}_purity"].isna().all():
            continue
        share = report.set_index("variant")[f"{kind}_purity"]
        chance = report[f"{kind}_purity_by_chance"].iloc[0]
        least = f", least often in `{share.idxmin()}` ({share.min():.1%})" if len(share) > 1 else ""
        parts.append(
            f"The songs nearest to a song share its {kind} most often in `{share.idxmax()}` "
            f"({share.max():.1%}){least}; by chance, {chance:.1%} would."
        )
    return " ".join(parts) or "No two of the songs share an artist or a genre."


def best_settings(table: pd.DataFrame) -> str:
    """State the settings with the highest and the lowest value for each question of the ablations.

    Parameters
    ----------
    table : DataFrame
        `muse_lib.tuning.ablations.ablate`.
    """
    asked = table[(table["label_source"] == PLAYLISTS) & table["value"].notna()]
    parts = []
    for question, rows in asked.groupby("question", sort=False):
        in_order = _in_order(rows)
        best, worst = in_order.iloc[0], in_order.iloc[-1]
        parts.append(
            f"{question}: highest for “{best['setting']}”, {interval(best)}, lowest for "
            f"“{worst['setting']}”, {interval(worst)}"
        )
    return f"{'; '.join(parts)}."


def _measured(row: pd.Series) -> str:
    """Return the model of a row, its value and its interval."""
    return f"`{row['model']}` {interval(row)}"


def interval(row: pd.Series) -> str:
    """Return a value and its interval, if it has one: ``value``, ``low`` and ``high`` of a row."""
    value = f"{row['value']:.3f}"
    return value if pd.isna(row["low"]) else f"{value} ({row['low']:.3f} to {row['high']:.3f})"


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, highest ``value`` first, undefined ones last."""
    return rows.sort_values("value", ascending=False, kind="stable")


def listed(parts: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), *parts[-1:]] if len(parts) > 1 else parts)
