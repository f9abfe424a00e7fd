"""The findings on all real playlists in a few sentences: the first thing a reader sees.

Compared models are tuned alike and see the same data. Every number is computed from the tables,
and every measurement has its 95 % interval.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.new_songs import WITH_SEEN
from muse_lib.evaluation.primary import CONTRASTS
from muse_lib.models.base import PAIRS, RANKING
from muse_lib.models.baselines.fusion import rival_of
from muse_lib.models.unseen.methods import DEFAULT
from muse_lib.poster.replication import BETTER, OPEN, SYNTHETIC, WORSE
from muse_lib.report.findings import published
from muse_lib.report.sentences import interval, listed

PLAIN_MUSE, FULL_MUSE = dict.fromkeys(model for _, model, _ in CONTRASTS)
"""Tuned MuSE, from playlists alone and with artists and titles."""

OUTCOMES = {
    PAIRS: "**Similar songs** (AUC on pairs that never co-occurred in training; 0.5 is chance).",
    RANKING: "**Playlists continued** (NDCG, half of the songs given).",
}
"""The primary outcomes in words."""

READING = (
    "Values have 95 % intervals. *Better* and *worse* are significant after Holm's correction for "
    "all declared comparisons. Rivals are standard recommenders, tuned alike. "
    f"`{PLAIN_MUSE}` is the poster's model, tuned; `{FULL_MUSE}` is our extension of it."
)
"""What a reader must know to read the overview."""


def overview(corpora: Sequence[Path]) -> list[str]:
    """Return the findings on all real playlists, one sentence or two in Markdown per question.

    How certain the poster's best F1 is; MuSE against its rivals; the gain from artists and
    titles; songs in no playlist; the cost of training. Questions without a table are left out.

    Parameters
    ----------
    corpora : sequence of Path
        Folders of results.
    """
    real = [folder for folder in corpora if folder.name != SYNTHETIC]
    intervals = (published(one, "poster_intervals") for one in corpora)
    poster = next((table for table in intervals if len(table)), None)
    by_corpus = {
        name: {one.name: table for one in real if len(table := published(one, name))}
        for name in ("declared", "pairs", "unseen", "cost")
    }
    return [
        *([worth_of_the_poster(poster)] if poster is not None else []),
        *standing(by_corpus["declared"]),
        *side_information(by_corpus["pairs"]),
        *unseen_songs(by_corpus["unseen"]),
        *cost(by_corpus["cost"]),
    ]


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
        f"**The poster's table.** Its highest F1, {best['printed']:.2f} %, has a 95 % interval of "
        f"{100 * best['low']:.0f} % to {100 * best['high']:.0f} % if its test set was as small as "
        f"its percentages suggest ({best['n_pairs']} pairs); answering “similar” every time scores "
        f"{100 * best['always_similar']:.1f} % on such a set."
    )


def standing(declared: Mapping[str, pd.DataFrame]) -> list[str]:
    """State how MuSE compares with the declared rivals, for each primary outcome.

    Parameters
    ----------
    declared : mapping of DataFrame
        By corpus, `muse_lib.poster.replication.declared_table`.
    """
    tables = [table.assign(corpus=corpus) for corpus, table in declared.items()]
    if not tables:
        return []
    every = pd.concat(tables, ignore_index=True)
    said = []
    for question, outcome in OUTCOMES.items():
        rows = every[every["question"] == question]
        seeing = rows["comparison"].str.replace("^.*?, ", "", regex=True)
        parts = [
            f"{seen[0].upper()}{seen[1:]}, `{alike['model'].iloc[0]}` is {_verdict(alike)}"
            f"{_differences(alike)}."
            for seen, alike in rows.groupby(seeing, sort=False)
        ]
        if parts:
            said.append(f"{outcome} {' '.join(parts)}")
    return said


def _verdict(rows: pd.DataFrame) -> str:
    """Return the rivals that MuSE is significantly better or worse than, and on which corpora."""
    parts = [
        f"{word} than `{rival_of(str(other))}` on {listed(of_rival['corpus'].tolist())}"
        for verdict, word in ((BETTER, "better"), (WORSE, "worse"))
        for other, of_rival in rows[rows["verdict"] == verdict].groupby("other", sort=False)
    ]
    if parts:
        return listed(parts)
    rivals = [f"`{rival_of(str(other))}`" for other in rows["other"].unique()]
    several = f"any of its {len(rivals)} declared rivals"
    return f"not significantly different from {rivals[0] if len(rivals) == 1 else several}"


def _differences(rows: pd.DataFrame) -> str:
    """Return on each corpus the difference from the strongest of the rivals, with its interval."""
    strongest = rows.loc[rows.groupby("corpus", sort=False)["difference"].idxmin()]
    strongest = strongest.sort_values("verdict", key=lambda of: of == OPEN, kind="stable")
    several = len(set(rows["other"])) > 1
    said = listed(
        [
            f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}"
            f"{_uncertain(row)}) on {row['corpus']}"
            + (f" (`{rival_of(row['other'])}`)" if several else "")
            for _, row in strongest.iterrows()
        ]
    )
    return (
        f"; its difference from the strongest declared rival is {said}" if several else f": {said}"
    )


def _uncertain(row: pd.Series) -> str:
    """Return a caution about an interval that excludes 0 before the correction alone."""
    excludes_0 = row["low"] > 0 or row["high"] < 0
    return "; not significant" if excludes_0 and row["verdict"] == OPEN else ""


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
            with_both, without = (
                interval(rows[rows["model"] == one].iloc[0]) for one in (FULL_MUSE, PLAIN_MUSE)
            )
            parts.append(f"{with_both} and {without} on {corpus}")
    if not parts:
        return []
    return [
        f"**Artists and titles.** AUC on such pairs of `{FULL_MUSE}`, which sees them, and of "
        f"`{PLAIN_MUSE}`, which does not: {'; '.join(parts)}."
    ]


def unseen_songs(measured: Mapping[str, pd.DataFrame]) -> list[str]:
    """State how well artist and name place songs without a playlist, in at most one sentence.

    Parameters
    ----------
    measured : mapping of DataFrame
        By corpus, ``model, kind, value, low, high`` of `muse_lib.evaluation.unseen.table_of`.
    """
    parts = []
    for corpus, table in measured.items():
        rows = table[(table["model"] == DEFAULT) & (table["kind"] == WITH_SEEN)]
        parts += [f"{interval(row)} on {corpus}" for _, row in rows.iterrows()]
    if not parts:
        return []
    return [
        "**Songs in no training playlist** get a vector from artist and name. On pairs of such a "
        f"song and a known one, AUC is {listed(parts)}."
    ]


def cost(costs: Mapping[str, pd.DataFrame]) -> list[str]:
    """State how many fewer operations one exact gradient takes than looping over all pairs.

    Parameters
    ----------
    costs : mapping of DataFrame
        By corpus, ``method, operations``: over every pair, then as in `muse_lib.models.muse`.
    """
    parts = [
        f"{table['operations'].iloc[0] / table['operations'].iloc[1]:.0f} times fewer on {corpus}"
        for corpus, table in costs.items()
    ]
    if not parts:
        return []
    return [
        f"**Cost.** An exact gradient over all pairs of songs, computed list by list, takes fewer "
        f"operations than going through the pairs: {listed(parts)}."
    ]
