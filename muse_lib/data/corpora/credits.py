"""Credits such as "Ana feat. Bo": who of several artists a song is by."""

import re
from collections.abc import Sequence

import pandas as pd

SEPARATORS = (", ", ";", " / ", " & ", " + ", " x ", " vs. ", " feat. ", " ft. ", " featuring ")
"""What separates artists in the credits that people export."""


def primary(credited: Sequence[str], separators: str | Sequence[str]) -> list[str]:
    """Return the first artist of each credit: what stands before the first separator.

    Parameters
    ----------
    credited : sequence of str
        Credits.
    separators : str or sequence of str
        One or several, whatever their case; without any, a credit is the artist. A credit that
        begins with a separator stays whole.

    Examples
    --------
    >>> primary(["Ana; Bo", "Ana Feat. Bo", "Cy"], [";", " feat. "])
    ['Ana', 'Ana', 'Cy']
    """
    wanted = [separators] if isinstance(separators, str) else separators
    wanted = [separator for separator in wanted if separator]
    if not wanted:
        return list(credited)
    pattern = re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE)
    return [pattern.split(credit, maxsplit=1)[0].strip() or credit for credit in credited]


def credits_with_separator(songs: pd.DataFrame) -> pd.DataFrame:
    """Return how many credits of songs hold what may separate several artists.

    Parameters
    ----------
    songs : DataFrame
        ``artist``: the credit of each song.

    Returns
    -------
    DataFrame
        ``separator``, ``count`` (songs) and ``example``, the most frequent first; separators that
        no credit holds are left out. A band may be called so, too: "Tyler, The Creator".
    """
    rows = []
    for separator in SEPARATORS:
        holds = songs["artist"].str.contains(separator, case=False, regex=False)
        if holds.any():
            rows.append((separator, int(holds.sum()), songs.loc[holds, "artist"].iloc[0]))
    found = pd.DataFrame(rows, columns=["separator", "count", "example"])
    return found.sort_values("count", ascending=False, kind="stable", ignore_index=True)
