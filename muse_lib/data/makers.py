"""Who made a playlist, as far as its name and its id tell: a chart, Spotify itself, or somebody."""

import pandas as pd

CHART = r"(?:Top|Viral) \d+ - \S"
"""How Spotify names the chart of a country, or of the world: "Top 50 - Peru", "Viral 50 - USA"."""

OWN_ID = "37i9dQZ"
"""How the ids of Spotify's own playlists begin, a convention that it does not document."""


def is_chart(titles: pd.Series) -> pd.Series:
    """Return whether each playlist is a country's chart, (n_playlists,) bool, by its title.

    Parameters
    ----------
    titles : Series
        (n_playlists,) str.
    """
    return titles.str.match(CHART).astype(bool)


def is_by_spotify(ids: pd.Series) -> pd.Series:
    """Return whether each playlist is of Spotify's charts, editors or algorithms, (n,) bool.

    Parameters
    ----------
    ids : Series
        (n_playlists,) str: Spotify's ids.
    """
    return ids.str.startswith(OWN_ID).astype(bool)
