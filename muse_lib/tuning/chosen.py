"""The hyper-parameters chosen by the searches: a small table for people and notebooks to read.

One row per search, purpose, model and parameter: ``split, purpose, model, parameter, value,
lowest, highest, n_candidates``, see `muse_lib.tuning.trials.choices`. Each block of splits has
one search, on its last split, whose validation playlists are test playlists of no split in the
block. So no playlist is tested with hyper-parameters that were chosen on it.
"""

import numpy as np
import pandas as pd

from muse_lib.errors import InputError
from muse_lib.models.base import PAIRS
from muse_lib.storage.results import Results

NAME, MADE_BY = "hyperparameters", "04_grid_search"

BLOCK = 5
"""Number of splits that share a search. Split k of ten tests on fold k and validates on fold
k + 1, so the validation fold of the last split of a block is a test fold of the next block."""

TEXT_VALUED = ("weighting",)
"""Hyper-parameters with text values."""

Value = int | float | str
Point = dict[str, Value]
"""A value for each hyper-parameter, by name."""


def searched_at(number: int, n_splits: int) -> int:
    """Return the split whose search split ``number`` of ``n_splits`` uses: the last of its block.

    Examples
    --------
    >>> [searched_at(number, 7) for number in range(7)]
    [4, 4, 4, 4, 4, 6, 6]
    """
    return min(BLOCK * (number // BLOCK) + BLOCK - 1, n_splits - 1)


def searched_splits(n_splits: int) -> list[int]:
    """Return the splits on which a search runs, ascending."""
    return sorted({searched_at(number, n_splits) for number in range(n_splits)})


def save(results: Results, choices: pd.DataFrame) -> None:
    """Write the choices as ``tables/hyperparameters.csv``."""
    results.save_table(NAME, choices)


def models(results: Results, purpose: str = PAIRS) -> list[str]:
    """Return the models tuned for a purpose, in the order of the search."""
    table = results.load_table(NAME, MADE_BY)
    return list(dict.fromkeys(table.loc[table["purpose"] == purpose, "model"]))


def selected(results: Results, model: str, purpose: str = PAIRS, number: int = 0) -> Point:
    """Return the hyper-parameters chosen for a model, whole numbers as int.

    Parameters
    ----------
    results : Results
        The results of the study, not of one of its splits.
    model : str
        A variant, a rival, or a rival with side information such as "als+artist".
    purpose : str
        ``"pairs"`` or ``"ranking"``.
    number : int
        The split that uses them.

    Raises
    ------
    InputError
        If no search has been run, it has no choice for this model, purpose and split, or a value
        is not a number.
    """
    table = results.load_table(NAME, MADE_BY)
    remedy = f"run notebooks/{MADE_BY}.ipynb again, or set hyperparameters=poster."
    if missing := {"split", "purpose", "model", "parameter", "value"} - set(table.columns):
        raise InputError(f"tables/{NAME}.csv has no column {min(missing)!r}: {remedy}")
    of_block = table["split"] // BLOCK == number // BLOCK
    rows = table[of_block & (table["model"] == model) & (table["purpose"] == purpose)]
    if rows.empty:
        raise InputError(
            f"tables/{NAME}.csv has no choice for {model!r}, {purpose!r} and split {number}: "
            f"{remedy}"
        )
    return {
        str(name): _parsed(str(name), value, model, remedy)
        for name, value in zip(rows["parameter"], rows["value"], strict=True)
    }


def _parsed(name: str, value: Value, model: str, remedy: str) -> Value:
    """Return a value as it was before it was written."""
    if name in TEXT_VALUED:
        return str(value)
    number = pd.to_numeric(value, errors="coerce")
    if not np.isfinite(number):
        raise InputError(f"tables/{NAME}.csv has no number for {name} of {model!r}: {remedy}")
    return int(number) if number == int(number) else float(number)
