"""Credits such as "Ana feat. Bo": which of several artists is a song's primary artist."""

import re
from collections.abc import Sequence

import pandas as pd

SEPARATORS = (", ", ";", " / ", " & ", " + ", " x ", " vs. ", " feat. ", " ft. ", " featuring ")
"""Separators of artists in exported credits."""


def primary(credited: Sequence[str], separators: str | Sequence[str]) -> list[str]:
    """Return the first artist of each credit: the text before the first separator.

    Parameters
    ----------
    credited : sequence of str
        Credits.
    separators : str or sequence of str
        One or several, case-insensitive; without any, the whole credit is the artist. A credit
        that begins with a separator is left whole.

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
    """Count the songs whose credit contains a possible separator of several artists.

    Parameters
    ----------
    songs : DataFrame
        ``artist``: the credit of each song.

    Returns
    -------
    DataFrame
        ``separator``, ``count`` (songs) and ``example``, most frequent first; separators that
        occur in no credit are left out. Some artists' names contain one: "Tyler, The Creator".
    """
    rows = []
    for separator in SEPARATORS:
        holds = songs["artist"].str.contains(separator, case=False, regex=False)
        if holds.any():
            rows.append((separator, int(holds.sum()), songs.loc[holds, "artist"].iloc[0]))
    found = pd.DataFrame(rows, columns=["separator", "count", "example"])
    return found.sort_values("count", ascending=False, kind="stable", ignore_index=True)
