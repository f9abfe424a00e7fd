"""Which playlists are charts of a country: counted by a service, and put together by nobody."""

import pandas as pd

CHART = r"(?:Top|Viral) \d+ - \S"
"""How Spotify names the chart of a country, or of the world: "Top 50 - Peru", "Viral 50 - USA"."""


def is_chart(titles: pd.Series) -> pd.Series:
    """Return whether each playlist is a country's chart, (n_playlists,) bool, by its title.

    Parameters
    ----------
    titles : Series
        (n_playlists,) str.
    """
    return titles.str.match(CHART).astype(bool)
