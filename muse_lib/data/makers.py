"""Who made a playlist, inferred from its title and id: a chart, Spotify itself, or a user."""

import pandas as pd

CHART = r"(?:Top|Viral) \d+ - \S"
"""How Spotify titles its charts, national or global: "Top 50 - Peru", "Viral 50 - USA"."""

OWN_ID = "37i9dQZ"
"""The prefix of the ids of Spotify's own playlists, an undocumented convention."""


def is_chart(titles: pd.Series) -> pd.Series:
    """Return whether each playlist is a country's chart, judging by its title, (n_playlists,) bool.

    Parameters
    ----------
    titles : Series
        (n_playlists,) str.
    """
    return titles.str.match(CHART).astype(bool)


def is_by_spotify(ids: pd.Series) -> pd.Series:
    """Return whether each playlist was made by Spotify, not by a user, (n_playlists,) bool.

    Parameters
    ----------
    ids : Series
        (n_playlists,) str: Spotify ids.
    """
    return ids.str.startswith(OWN_ID).astype(bool)
