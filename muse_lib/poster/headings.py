"""The tables of `00_poster` as a reader sees them: the poster's names, and headings in words."""

from types import MappingProxyType

import pandas as pd

from muse_lib.poster.printed import NAMES

HEADINGS = MappingProxyType(
    {
        "left_out": "metric left out",
        "n_pairs": "pairs",
        "convention": "decimals",
        "multiple": "multiple of the smallest",
        "largest": "fits up to (pairs)",
        "n_simulated": "rows simulated",
        "n_fits": "rows that fit",
        "times": "multiple of the size",
        "smallest_p": "smallest p (Holm)",
        "n_significant": "significant differences",
    }
)
"""What stands above a column whose name in the file is too short to understand."""


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the poster's names of its models, and with `HEADINGS`.

    An empty ``left_out`` becomes "none". The files keep the short names.
    """
    names = {column: dict(NAMES) for column in ("model", "other")}
    named = table.replace({**names, "left_out": {"": "none"}})
    return named.rename(columns=HEADINGS)
