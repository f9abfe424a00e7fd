"""The worlds that rivals are tested in."""

import numpy as np
import pytest

from muse_lib.data.dataset import Vocabulary
from tests.helpers.worlds import song_table, two_scenes


@pytest.fixture(scope="session")
def scenes():
    """60 songs: even and odd ones are two scenes, and playlists of each say so in their titles."""
    playlists = [np.array(playlist) for playlist in two_scenes(60)]
    titles = [("death metal", "smooth jazz")[number % 2] for number in range(len(playlists))]
    return Vocabulary(song_table(60), playlists, titles)


@pytest.fixture
def few():
    """Two artists have two songs each; song 4 is in a playlist of its own."""
    songs = song_table(5).assign(artist=["Ana", "Bo", "ana", "Bo", "Cy"])
    playlists = [np.array(songs) for songs in ([0, 1, 2], [1, 2, 3], [0, 1, 2], [4])]
    return Vocabulary(songs, playlists, ["gym", "gym", "", "run"])
