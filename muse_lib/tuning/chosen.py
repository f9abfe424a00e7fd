"""The hyper-parameters that a search chose: a small table that people and notebooks read.

One row a model and parameter: ``model, parameter, value, lowest, highest``, the last two being
the range that was tried.
"""

import pandas as pd

from muse_lib.errors import InputError
from muse_lib.storage.results import Results

NAME, MADE_BY = "hyperparameters", "04_grid_search"

Point = dict[str, int | float]
"""A value for each hyper-parameter, by name."""


def save(results: Results, choice: pd.DataFrame) -> None:
    """Write the choice as ``tables/hyperparameters.csv``."""
    results.save_table(NAME, choice)


def models(results: Results) -> list[str]:
    """Return the models for which a search has chosen, in its order."""
    return list(dict.fromkeys(results.load_table(NAME, MADE_BY)["model"]))


def selected(results: Results, model: str) -> Point:
    """Return the hyper-parameters chosen for a model, whole numbers as int.

    Raises
    ------
    InputError
        If no search has been run, it chose nothing for this model, or a value is no number.
    """
    table = results.load_table(NAME, MADE_BY)
    remedy = f"run notebooks/{MADE_BY}.ipynb again, or set hyperparameters=poster."
    if missing := {"model", "parameter", "value"} - set(table.columns):
        raise InputError(f"tables/{NAME}.csv has no column {min(missing)!r}: {remedy}")
    rows = table[table["model"] == model]
    if rows.empty:
        raise InputError(f"tables/{NAME}.csv chooses nothing for {model!r}: {remedy}")
    values = pd.to_numeric(rows["value"], errors="coerce")
    if values.isna().any():
        wrong = rows.loc[values.isna(), "parameter"].iloc[0]
        raise InputError(f"tables/{NAME}.csv gives {wrong} of {model!r} no number: {remedy}")
    return {
        str(name): int(value) if value == int(value) else float(value)
        for name, value in zip(rows["parameter"], values, strict=True)
    }
