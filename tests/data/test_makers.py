import pandas as pd
import pytest

from muse_lib.data.makers import is_by_spotify, is_chart


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Top 50 - Peru", True),
        ("Top 50 - Global", True),
        ("Viral 50 - USA", True),
        ("Top 100 - Dominican Republic", True),
        ("Bollywood Top 50", False),
        ("EDM Top 100", False),
        ("Today's Top Hits", False),
        ("Top 50", False),
        ("My Top 50 - Peru", False),
        ("", False),
    ],
)
def test_a_chart_is_named_as_spotify_names_those_of_a_country(title, expected):
    assert is_chart(pd.Series([title], dtype="str")).tolist() == [expected]


def test_spotify_s_own_playlists_are_told_by_their_ids():
    ids = pd.Series(["37i9dQZEVXbMDoHDwVN2tF", "1tPWTwuxOLsE2Do1JQSUxA", ""], dtype="str")
    assert is_by_spotify(ids).tolist() == [True, False, False]
