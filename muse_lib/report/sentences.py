"""What was found, in sentences of Markdown computed from the tables of a study.

Each function holds for any choice of variants and says so where there is nothing to say.
"""

from collections.abc import Collection, Sequence

import pandas as pd

from muse_lib.evaluation.comparison import seen_from
from muse_lib.evaluation.pairs import PLAYLISTS
from muse_lib.poster.replication import OPEN, REVERSED, SHOWS, SIGNIFICANT

ALWAYS = "always_similar"


def best_models(
    headline: pd.DataFrame, compared: pd.DataFrame, variants: Sequence[str], muse: Collection[str]
) -> str:
    """Say how the variants as trained do by AUC, and the best MuSE beside the best rule.

    Parameters
    ----------
    headline : DataFrame
        ``model, metric, value, low, high``: held-out playlists in
        `measurement.classification_table`.
    compared : DataFrame
        `muse_lib.evaluation.comparison.comparisons`.
    variants : sequence of str
        The variants as trained.
    muse : collection of str
        The variants and what was tuned; every other model is a rule.
    """
    auc = headline[headline["metric"] == "roc_auc"].set_index("model")
    f1 = headline[headline["metric"] == "f1"].set_index("model")["value"]
    ours, rules = auc[auc.index.isin(muse)], auc[~auc.index.isin(muse)]
    reached = _listed([f"{auc['value'][name]:.3f} (`{name}`)" for name in variants])
    best, rule = _in_order(ours).iloc[0], _in_order(rules).iloc[0]
    by_lists = compared[(compared["label_source"] == PLAYLISTS) & (compared["metric"] == "roc_auc")]
    beside = seen_from(by_lists, str(best.name)).set_index("other").loc[str(rule.name)]
    told = "beyond luck" if beside["p_adjusted"] < SIGNIFICANT else "which can be luck"
    n_told = (auc["low"][list(variants)] > 0.5).sum()
    n_above = (f1[list(variants)] > f1[ALWAYS]).sum()
    return (
        f"{n_told} of {len(variants)} variants as trained put songs of one held-out playlist "
        f"closer together than others, by an AUC whose interval lies above 0.5: {reached}. The "
        f"best MuSE, tuned or not, is `{best.name}` with {best['value']:.3f} ({best['low']:.3f} to "
        f"{best['high']:.3f}); the best simple rule is `{rule.name}` with {rule['value']:.3f} "
        f"({rule['low']:.3f} to {rule['high']:.3f}), a difference of {beside['difference']:+.3f}, "
        f"{told}. Always answering *similar* has an F1 of {f1[ALWAYS]:.1%}; that of {n_above} of "
        f"{len(variants)} variants as trained is higher."
    )


def told_apart(compared: pd.DataFrame) -> str:
    """Say how many models differ beyond luck by AUC, for each kind of label.

    Parameters
    ----------
    compared : DataFrame
        `muse_lib.evaluation.comparison.comparisons`.
    """
    auc = compared[compared["metric"] == "roc_auc"]
    counted = [
        f"{(rows['p_adjusted'] < SIGNIFICANT).sum()} of {len(rows)} by {source}"
        for source, rows in auc.groupby("label_source", sort=False)
    ]
    return f"Of the comparisons by AUC, {_listed(counted)} are significant."


def replicated(claims: pd.DataFrame) -> str:
    """Say which of the poster's claims show again by F1 on held-out playlists.

    Parameters
    ----------
    claims : DataFrame
        `muse_lib.poster.replication.replication_table`; empty where no variant of a claim was
        judged.
    """
    if claims.empty:
        return "Of the models that the poster compares, too few were judged to ask what replicates."
    asked = claims[(claims["label_source"] == PLAYLISTS) & (claims["metric"] == "f1")]
    told = []
    for verdict in (SHOWS, REVERSED, OPEN):
        rows = asked[asked["verdict"] == verdict]
        named = _listed([f"“{row.claim}” ({row.difference:+.3f})" for row in rows.itertuples()])
        told.append(f"*{verdict}*: {named or 'none'}")
    n_shown = (claims["verdict"] == SHOWS).sum()
    return (
        f"By F1 on held-out playlists, the poster's own measure, with our difference beside each "
        f"claim: {'; '.join(told)}. By all metrics and labels, {n_shown} of {len(claims)} checks "
        f"show again."
    )


def best_by_auc(headline: pd.DataFrame, n_models: int = 3) -> str:
    """Say which models have the highest AUC on held-out playlists, with their intervals.

    Parameters
    ----------
    headline : DataFrame
        ``model, metric, value, low, high``.
    n_models : int
        How many are named.
    """
    auc = _in_order(headline[headline["metric"] == "roc_auc"]).head(n_models)
    told = "`{0.model}` with {0.value:.3f} ({0.low:.3f} to {0.high:.3f})"
    best = _listed([told.format(row) for row in auc.itertuples()])
    return f"By AUC on held-out playlists, the best {len(auc)} are {best}."


def best_by_genre(genres: pd.DataFrame, n_models: int = 3) -> str:
    """Say which models do best by labels that owe nothing to playlists.

    Parameters
    ----------
    genres : DataFrame
        ``model, metric, value``; empty where the corpus has no genres.
    n_models : int
        How many are named.
    """
    auc = _in_order(genres[genres["metric"] == "roc_auc"]).head(n_models)
    if auc.empty:
        return "This corpus has no labels but its playlists."
    best = _listed([f"`{row.model}` ({row.value:.3f})" for row in auc.itertuples()])
    return f"By genres, which owe nothing to playlists, the best {len(auc)} by AUC are {best}."


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


def agreements(shared: pd.DataFrame) -> str:
    """Say which two variants agree most on what is near, and which least.

    Parameters
    ----------
    shared : DataFrame
        `muse_lib.report.explorer.agreement`; empty where there is one variant only.
    """
    if shared.empty:
        return "There is one variant only, and nothing to agree with."
    pairs = shared.set_index("`" + shared["model"] + "` and `" + shared["other"] + "`")["share"]
    most = f"{pairs.idxmax()} agree most ({pairs.max():.0%})"
    return f"{most}, {pairs.idxmin()} least ({pairs.min():.0%})." if len(pairs) > 1 else f"{most}."


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


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, the highest ``value`` first; those that are undefined come last."""
    return rows.sort_values("value", ascending=False, kind="stable")


def _listed(parts: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), *parts[-1:]] if len(parts) > 1 else parts)
