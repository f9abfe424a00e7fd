"""The results of a search: the best trial of each model, its gain, and parameter importance.

All functions take the table of `muse_lib.tuning.search.Search`, one row per candidate and purpose:
``split``, ``model``, ``point`` (the number of a combination; the search starts at 0), one column
per hyper-parameter, ``purpose``, ``value`` and ``reason``. A candidate is a point after some
number of rounds of its run.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from muse_lib.tuning.chosen import Value
from muse_lib.tuning.limits import beyond, longer, rank
from muse_lib.tuning.spaces import Space, declared, rounds_of

NOT_PARAMETERS = ("split", "model", "point", "purpose", "value", "reason")

Row = Mapping[Any, Any]
"""A row of the table, by column."""

QUESTION = ["split", "purpose", "model"]
"""The key of a choice: each model has one set of hyper-parameters per search and purpose."""


def best_trials(table: pd.DataFrame) -> pd.DataFrame:
    """Return the best row for each search, purpose and model.

    Ties go to the earlier point, then to fewer rounds. A model without any successful trial is
    left out.
    """
    judged = table[table["value"].notna()].reset_index(drop=True)
    best = judged.loc[judged.groupby(QUESTION, sort=False)["value"].idxmax()]
    order = judged.groupby(QUESTION, sort=False).ngroup()[best.index]
    return best.loc[order.sort_values().index].reset_index(drop=True)


def choices(table: pd.DataFrame) -> pd.DataFrame:
    """Return the hyper-parameters of the `best_trials`.

    Returns
    -------
    DataFrame
        ``split, purpose, model, parameter, value, lowest, highest, n_candidates``: one row per
        search, purpose, model and parameter. ``value`` is text, numbers with six digits;
        ``lowest`` and ``highest`` are the range tried, nan for text values, and ``n_candidates``
        is the number of candidates of the model. See `muse_lib.tuning.chosen`.
    """
    rows = []
    for best in best_trials(table).to_dict("records"):
        tried = _of_question(table, best)
        for name in parameters(tried):
            numbers = pd.to_numeric(tried[name], errors="coerce")
            value = best[name]
            text = value if isinstance(value, str) else f"{value:.6g}"
            question = [best[column] for column in QUESTION]
            rows.append((*question, name, text, numbers.min(), numbers.max(), len(tried)))
    columns = [*QUESTION, "parameter", "value", "lowest", "highest", "n_candidates"]
    return pd.DataFrame(rows, columns=columns)


def edges(table: pd.DataFrame, spaces: Mapping[str, Space], n_widenings: int) -> pd.DataFrame:
    """Return the choices at the lowest or highest value tried, and why the search ended there.

    Parameters
    ----------
    table : DataFrame
        The trials.
    spaces : mapping
        The spaces of the models, by name.
    n_widenings : int
        How often each could be widened.

    Returns
    -------
    DataFrame
        ``split, purpose, model, parameter, value, side, reason``: the side is "lowest" or
        "highest"; the reason is a limit of the parameter, a failure of the next value, or that
        the spaces had been widened ``n_widenings`` times already.
    """
    rows = []
    for best in best_trials(table).to_dict("records"):
        tried = _of_question(table, best)
        for name, side in outermost(tried, best).items():
            following = next_value(tried, best, name, spaces)
            if isinstance(following, str):
                reason = following
            elif failed := _reason_at(tried, best, name, following):
                reason = failed
            else:
                reason = f"widened {n_widenings} times, the maximum"
            question = [best[column] for column in QUESTION]
            rows.append((*question, name, best[name], side, reason))
    columns = [*QUESTION, "parameter", "value", "side", "reason"]
    return pd.DataFrame(rows, columns=columns)


def outermost(tried: pd.DataFrame, best: Row) -> dict[str, str]:
    """Return the parameters of a model whose best value is the lowest or highest one tried.

    Only successfully evaluated values count, and only parameters with at least two. Rounds are
    compared only with those evaluated at the best point.

    Parameters
    ----------
    tried : DataFrame
        The candidates of one model for one purpose.
    best : dict
        The best of them.

    Returns
    -------
    dict
        "lowest" or "highest", by parameter.
    """
    found = {}
    judged = tried[tried["value"].notna()]
    for name in parameters(tried):
        values = _values(judged, best, name)
        if isinstance(best[name], str) or len(values) < 2:
            continue
        places = [rank(name, value) for value in values]
        here = rank(name, float(best[name]))
        if here in (min(places), max(places)):
            found[name] = "lowest" if here == min(places) else "highest"
    return found


def next_value(
    tried: pd.DataFrame, best: Row, name: str, spaces: Mapping[str, Space]
) -> float | tuple[int, ...] | str:
    """Return what to try beyond an outermost value, or why there is nothing to try.

    For rounds, a tuple: where to evaluate the longer or shorter run.
    """
    value = float(best[name])
    values = _values(tried[tried["value"].notna()], best, name)
    if name != rounds_of(str(best["model"])):
        return beyond(name, value, values, declared(spaces, str(best["model"]), name))
    if value == max(values):
        return longer([int(one) for one in values], name)
    following = beyond(name, int(value), [int(value), 2 * int(value)])
    return following if isinstance(following, str) else (int(following),)


def gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return how much the search improved each model, for every purpose.

    Returns
    -------
    DataFrame
        ``split, purpose, model, n_candidates, start, chosen``: the value at the end of the run
        from which the search starts, and the best value.
    """
    best = best_trials(table)[[*QUESTION, "value"]].rename(columns={"value": "chosen"})
    is_first = table["point"] == table.groupby(QUESTION)["point"].transform("min")
    first = table[is_first].groupby(QUESTION, sort=False)["value"].last()
    n = table.groupby(QUESTION, sort=False).size().rename("n_candidates")
    both = n.to_frame().join(first.rename("start")).reset_index()
    return both.merge(best, how="left")


def effects(table: pd.DataFrame) -> pd.DataFrame:
    """Return the effect of each parameter on the value of a model: a rough importance.

    The trials of a model are averaged by the value of one parameter, each trial at its best
    rounds; the effect is the range of these means. With few trials it is only a rough measure.

    Returns
    -------
    DataFrame
        ``split, purpose, model, parameter, effect``, largest first within a model; parameters
        with a single value are left out.
    """
    rows = []
    for question, trials in at_best_rounds(table).groupby(QUESTION, sort=False):
        for name in searched(trials):
            means = trials.groupby(name)["value"].mean()
            rows.append((*question, name, means.max() - means.min()))
    measured = pd.DataFrame(rows, columns=[*QUESTION, "parameter", "effect"])
    groups = measured.groupby(QUESTION, sort=False)
    order = groups["effect"].rank(ascending=False, method="first")
    place = groups.ngroup() * len(measured) + order
    return measured.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def at_best_rounds(table: pd.DataFrame) -> pd.DataFrame:
    """Return the best candidate of each point and purpose."""
    judged = table[table["value"].notna()]
    best = judged.groupby([*QUESTION, "point"], sort=False)["value"].idxmax()
    return judged.loc[best].reset_index(drop=True)


def parameters(table: pd.DataFrame) -> list[str]:
    """Return the columns that are hyper-parameters of any of the trials."""
    return [
        str(name)
        for name in table.columns
        if name not in NOT_PARAMETERS and table[name].notna().any()
    ]


def searched(trials: pd.DataFrame) -> list[str]:
    """Return the parameters of one model with several values tried, except rounds."""
    rounds = rounds_of(str(trials["model"].iloc[0]))
    return [n for n in parameters(trials) if n != rounds and trials[n].dropna().unique().size > 1]


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Put the parameters between the number of a point and its result, rounds last."""
    rounds = {rounds_of(str(model)) for model in table["model"].unique()}
    names = [str(name) for name in table.columns if name not in NOT_PARAMETERS]
    names.sort(key=lambda name: name in rounds)
    return table.reindex(columns=[*NOT_PARAMETERS[:3], *names, *NOT_PARAMETERS[3:]])


def of_question(table: pd.DataFrame, split: int, purpose: str, model: str) -> pd.DataFrame:
    """Return the candidates of one model for one purpose in one search."""
    return table[
        (table["split"] == split) & (table["purpose"] == purpose) & (table["model"] == model)
    ]


def _of_question(table: pd.DataFrame, best: Row) -> pd.DataFrame:
    return of_question(table, int(best["split"]), str(best["purpose"]), str(best["model"]))


def _values(tried: pd.DataFrame, best: Row, name: str) -> list[float]:
    """Return the distinct values of a parameter; for rounds, those at the best point."""
    if name == rounds_of(str(best["model"])):
        tried = tried[tried["point"] == best["point"]]
    return list(tried[name].dropna().unique())


def _reason_at(
    tried: pd.DataFrame, best: Row, name: str, following: float | tuple[int, ...]
) -> str:
    """Return why the candidate beyond the best one failed; empty if it was not tried."""
    there = following if isinstance(following, tuple) else (following,)
    others = [other for other in searched(tried) if other != name]
    alike = np.all([tried[other] == best[other] for other in others], axis=0) if others else True
    reasons = tried.loc[alike & tried[name].isin(there), "reason"]
    return str(reasons.iloc[0]) if len(reasons) else ""


def exact(value: Value) -> Value:
    """Return a value from the table as a model expects it: whole numbers as int."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
