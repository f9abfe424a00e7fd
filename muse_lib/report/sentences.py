"""The findings of a study, in Markdown sentences computed from its tables.

Each function works for any choice of variants, and states if there is nothing to report.
"""

from collections.abc import Mapping, Sequence

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
from muse_lib.evaluation.new_songs import WITH_SEEN
from muse_lib.evaluation.primary import CONTRASTS
from muse_lib.models.baselines.fusion import rival_of
from muse_lib.models.baselines.rival import PAIRS, RANKING
from muse_lib.models.unseen.methods import DEFAULT
from muse_lib.poster.replication import BETTER, WORSE

PLAIN_MUSE, FULL_MUSE = dict.fromkeys(model for _, model, _ in CONTRASTS)
"""Tuned MuSE, from playlists alone and with artists and titles."""

_SEEING_IN_WORDS = {
    PLAIN: "playlists alone",
    ARTISTS: "artists as well",
    TITLES: "titles as well",
    BOTH: "artists and titles as well",
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
            parts.append(f"{_SEEING_IN_WORDS[seen]}: {', '.join(named)}")
    return (
        f"{metric} with 95 % intervals, the highest of the tuned MuSE models and of the tuned "
        f"rivals that see {'; '.join(parts)}."
    )


def worth_of_the_poster(intervals: pd.DataFrame) -> str:
    """State the interval of the poster's highest F1, and the score of always saying "similar".

    Parameters
    ----------
    intervals : DataFrame
        `muse_lib.poster.intervals.intervals`.
    """
    f1 = intervals[intervals["metric"] == "f1"]
    best = f1.sort_values("printed").iloc[-1]
    return (
        f"**How certain the poster's table is.** Its highest F1, {best['printed']:.2f} %, has a "
        f"95 % interval of {best['low']:.0%} to {best['high']:.0%} if its test set was as small as "
        f"its percentages suggest ({best['n_pairs']} pairs). Answering “similar” every time "
        f"scores {best['always_similar']:.1%} on the same pairs."
    )


_OUTCOMES = {
    PAIRS: "**Pairs of songs that never co-occurred in training** (AUC; 0.5 is chance)",
    RANKING: "**Continuing a playlist** (NDCG)",
}


def standing(declared: Mapping[str, pd.DataFrame]) -> list[str]:
    """State how MuSE compares with its rivals, tuned and seeing alike, one sentence per outcome.

    Where there are several rivals, the differences from all are counted, and the one from the
    strongest is given.

    Parameters
    ----------
    declared : mapping of DataFrame
        By corpus, `muse_lib.poster.replication.declared_table`.
    """
    said = []
    for question, outcome in _OUTCOMES.items():
        parts = []
        for corpus, table in declared.items():
            rows = table[table["question"] == question]
            seeing = rows["comparison"].str.replace("^.*?, ", "", regex=True)
            of_corpus = [
                f"{sees}, {_against(alike)}" for sees, alike in rows.groupby(seeing, sort=False)
            ]
            parts += [f"on {corpus}, {'; '.join(of_corpus)}"] * bool(of_corpus)
        if parts:
            said.append(f"{outcome}, MuSE minus equally tuned rivals: {'; '.join(parts)}.")
    return said


def _against(rows: pd.DataFrame) -> str:
    """Return the difference from a rival, or from the strongest of several, with its interval."""
    strongest = rows.sort_values("difference", kind="stable").iloc[0]
    difference = (
        f"{strongest['difference']:+.3f} ({strongest['low']:+.3f} to {strongest['high']:+.3f}) "
        f"from `{rival_of(strongest['other'])}`"
    )
    if len(rows) == 1:
        return f"{difference}, {strongest['verdict']}"
    better, worse = ((rows["verdict"] == verdict).sum() for verdict in (BETTER, WORSE))
    return (
        f"{difference}, the strongest of {len(rows)} rivals: significantly better than {better} "
        f"and worse than {worse} of them"
    )


def side_information(pairs: Mapping[str, pd.DataFrame]) -> list[str]:
    """State what MuSE gains from artists and titles, in at most one sentence.

    Parameters
    ----------
    pairs : mapping of DataFrame
        By corpus, `muse_lib.evaluation.benchmark.pair_table`.
    """
    parts = []
    for corpus, table in pairs.items():
        rows = table[table["label_source"] == PLAYLISTS]
        if {PLAIN_MUSE, FULL_MUSE} <= set(rows["model"]):
            without, with_both = (
                _interval(rows[rows["model"] == one].iloc[0]) for one in (PLAIN_MUSE, FULL_MUSE)
            )
            parts.append(f"on {corpus} {with_both} with them and {without} without")
    if not parts:
        return []
    return [f"**Artists and titles.** Tuned MuSE's AUC on these pairs is {'; '.join(parts)}."]


def unseen(measured: Mapping[str, pd.DataFrame]) -> list[str]:
    """State how well artist and name place songs without a playlist, in at most one sentence.

    Parameters
    ----------
    measured : mapping of DataFrame
        By corpus, ``model, kind, value, low, high`` of `muse_lib.evaluation.unseen.table_of`.
    """
    parts = []
    for corpus, table in measured.items():
        rows = table[(table["model"] == DEFAULT) & (table["kind"] == WITH_SEEN)]
        parts += [f"on {corpus} {_interval(row)}" for _, row in rows.iterrows()]
    if not parts:
        return []
    return [
        f"**Songs in no playlist** get a vector from artist and name. Its AUC on pairs of such a "
        f"song and a known one is {_listed(parts)}."
    ]


def saved(costs: Mapping[str, pd.DataFrame]) -> list[str]:
    """State how many fewer operations one exact gradient takes than looping over all pairs.

    Parameters
    ----------
    costs : mapping of DataFrame
        By corpus, ``method, operations``: over every pair, then as in `muse_lib.models.muse`.
    """
    parts = [
        f"{table['operations'].iloc[0] / table['operations'].iloc[1]:.0f} times fewer operations "
        f"on {corpus}"
        for corpus, table in costs.items()
    ]
    if not parts:
        return []
    return [
        f"**Cost.** An exact gradient over all pairs of songs, computed list by list, takes "
        f"{_listed(parts)} than going through the pairs."
    ]


def significant_differences(compared: pd.DataFrame) -> str:
    """State how many exploratory comparisons are significant, for each outcome.

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
    said = []
    for verdict, rows in claims.groupby("verdict", sort=False):
        named = _listed(
            [f"“{row.comparison}” ({row.difference:+.3f})" for row in rows.itertuples()]
        )
        said.append(f"*{verdict}*: {named}")
    return f"By F1, the poster's own measure, with our difference: {'; '.join(said)}."


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
            f"{question}: {best['setting']} {_interval(best)}, and lowest {worst['setting']} "
            f"{_interval(worst)}"
        )
    return f"{'; '.join(parts)}."


def _measured(row: pd.Series) -> str:
    """Return the model of a row, its value and its interval."""
    return f"`{row['model']}` {_interval(row)}"


def _interval(row: pd.Series) -> str:
    """Return a value and its interval."""
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, highest ``value`` first, undefined ones last."""
    return rows.sort_values("value", ascending=False, kind="stable")


def _listed(parts: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), *parts[-1:]] if len(parts) > 1 else parts)
