"""Differences between models, and their significance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from muse_lib.evaluation.benchmark import Figures
from muse_lib.evaluation.entrants import CONTROL, group_of
from muse_lib.evaluation.primary import PRIMARY, Outcome
from muse_lib.evaluation.statistics import SIGNIFICANT, adjusted

Pair = tuple[str, str]
"""Two models to compare."""


def compared(figures: Figures, outcome: Outcome, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Return the differences of pairs of models in one outcome.

    Pairs with a model that was not measured are left out.

    Returns
    -------
    DataFrame
        ``question, kind, metric, model, other, difference, low, high, p, error, detectable``: the
        model's value minus the other's with its 95 % interval, the p value for no difference, the
        standard error, and the smallest true difference detectable with a power of 80 %.
    """
    known = [pair for pair in pairs if all(figures.has(*outcome.what, model) for model in pair)]
    what = ["question", "kind", "metric"]
    table = pd.DataFrame(known, columns=["model", "other"])
    table = table.assign(**dict(zip(what, outcome.what, strict=True)))
    table = table[[*what, "model", "other"]]
    found = figures.difference([(*outcome.what, *pair) for pair in known]) if known else None
    names = {"difference": "value"} | {n: n for n in ("low", "high", "p", "error", "detectable")}
    return table.assign(
        **{name: getattr(found, theirs) if found else [] for name, theirs in names.items()}
    )


def exploratory(figures: Figures, muse: Sequence[str], rivals: Sequence[str]) -> pd.DataFrame:
    """Compare every MuSE variant with every rival and every other variant on primary outcomes.

    Controls are left out: beating them is no finding and would only add comparisons.

    Returns
    -------
    DataFrame
        As `compared`, with ``p_adjusted``, corrected within an outcome for the number of
        comparisons (Benjamini and Hochberg).
    """
    others = [name for name in rivals if group_of(name) != CONTROL]
    pairs = [(model, other) for k, model in enumerate(muse) for other in [*muse[k + 1 :], *others]]
    tables = []
    for outcome in PRIMARY:
        table = compared(figures, outcome, pairs)
        tables.append(table.assign(p_adjusted=adjusted(table["p"].to_numpy(dtype=float))))
    return pd.concat(tables, ignore_index=True).drop(columns=["error", "detectable"])


def seen_from(table: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return the comparisons of one model with all others: its value minus theirs.

    Parameters
    ----------
    table : DataFrame
        `exploratory` or `compared`.
    """
    back = table[table["other"] == model].rename(
        columns={"model": "other", "other": "model", "low": "high", "high": "low"}
    )
    back[["difference", "low", "high"]] *= -1
    mine = pd.concat([table[table["model"] == model], back])[table.columns]
    return mine.sort_index().reset_index(drop=True)


def significant(p: pd.Series) -> np.ndarray:
    """Return which p values are below `SIGNIFICANT`; nan is not."""
    return np.asarray(p.to_numpy(dtype=float) < SIGNIFICANT)
