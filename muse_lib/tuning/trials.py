"""What a search found: the best point of each model, what it brought, what mattered.

All functions take the table that `muse_lib.tuning.search.Search` makes, one row a reading:
``model``, ``point``, a column a hyper-parameter, ``epochs``, ``label_source``, ``auc`` and
``reason``.
"""

import numpy as np
import pandas as pd

from muse_lib.evaluation.pairs import PLAYLISTS

NOT_PARAMETERS = ("model", "point", "label_source", "auc", "reason")


def chosen(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a search at which each model is best on held-out playlists.

    Of equals the first is taken: the earlier point, then the fewer epochs. A model of which no
    trial could be read is left out.
    """
    judged = table[(table["label_source"] == PLAYLISTS) & table["auc"].notna()]
    best = judged.loc[judged.groupby("model", sort=False)["auc"].idxmax()]
    return best.reset_index(drop=True)


def choice(table: pd.DataFrame) -> pd.DataFrame:
    """Return the hyper-parameters of the `chosen` rows.

    Returns
    -------
    DataFrame
        ``model, parameter, value, lowest, highest``: one row a model and parameter, the last two
        being the range that was tried. See `muse_lib.tuning.chosen`.
    """
    rows = []
    for best in chosen(table).to_dict("records"):
        tried = table[table["model"] == best["model"]]
        rows += [
            (best["model"], name, best[name], tried[name].min(), tried[name].max())
            for name in parameters(table)
            if not np.isnan(best[name])
        ]
    return pd.DataFrame(rows, columns=["model", "parameter", "value", "lowest", "highest"])


def edges(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the `choice` at the lowest or highest of three or more values tried.

    There, a better value may lie outside of what was searched.
    """
    found = choice(table)
    n_values = [
        table.loc[table["model"] == model, name].nunique()
        for model, name in found[["model", "parameter"]].to_numpy()
    ]
    outermost = (found["value"] == found["lowest"]) | (found["value"] == found["highest"])
    return found[outermost & (np.array(n_values) >= 3)].reset_index(drop=True)


def gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the search brought each model, under every kind of label.

    Returns
    -------
    DataFrame
        ``model, n_points, label_source, start, chosen``: the AUC where the search starts, at the
        end of that run, and at the point and epochs chosen on held-out playlists.
    """
    n_points = table.groupby("model", sort=False)["point"].nunique()
    last = table[table["point"] == 0].groupby(["model", "label_source"], sort=False).tail(1)
    best = chosen(table)[["model", "point", "epochs"]].merge(table, how="left")
    start = last[["model", "label_source", "auc"]].rename(columns={"auc": "start"})
    both = start.merge(
        best[["model", "label_source", "auc"]].rename(columns={"auc": "chosen"}), how="left"
    )
    both.insert(1, "n_points", both["model"].map(n_points))
    return both


def effects(table: pd.DataFrame) -> pd.DataFrame:
    """Return how far each parameter moves the AUC on held-out playlists.

    The trials of a model are averaged by the value of one parameter, each trial at its best
    epochs; the effect is the range of these means. With few trials it is a rough measure.

    Returns
    -------
    DataFrame
        ``model, parameter, effect``, the largest first within a model; parameters of which one
        value was tried are left out.
    """
    rows = []
    for model, trials in at_best_epochs(table).groupby("model", sort=False):
        for name in searched(trials):
            means = trials.groupby(name)["auc"].mean()
            rows.append((model, name, means.max() - means.min()))
    measured = pd.DataFrame(rows, columns=["model", "parameter", "effect"])
    order = measured.groupby("model", sort=False)["effect"].rank(ascending=False, method="first")
    rank = pd.factorize(measured["model"])[0] * len(measured) + order
    return measured.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)


def at_best_epochs(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a trial: its best reading on held-out playlists."""
    judged = table[(table["label_source"] == PLAYLISTS) & table["auc"].notna()]
    best = judged.groupby(["model", "point"], sort=False)["auc"].idxmax()
    return judged.loc[best].reset_index(drop=True)


def parameters(table: pd.DataFrame) -> list[str]:
    """Return the columns of a search that are hyper-parameters."""
    return [str(name) for name in table.columns if name not in NOT_PARAMETERS]


def searched(trials: pd.DataFrame) -> list[str]:
    """Return the parameters, epochs apart, of which more than one value was tried."""
    return [n for n in parameters(trials) if n != "epochs" and trials[n].dropna().unique().size > 1]


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Put the parameters between the number of a point and what was found there, epochs last."""
    names = [name for name in parameters(table) if name != "epochs"]
    first, last = NOT_PARAMETERS[:2], NOT_PARAMETERS[2:]
    return table.reindex(columns=[*first, *names, "epochs", *last])
