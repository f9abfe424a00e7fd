"""Small worlds whose answers are known."""

import itertools

import numpy as np
import pandas as pd

from muse_lib.data.corpus import Corpus

NOTHING_DROPPED = pd.DataFrame({"reason": [], "count": [], "example": []})


def corpus_of(playlists: list[list[int]], **song_columns: list[str]) -> Corpus:
    """Return a corpus of playlists given as lists of song numbers."""
    n_songs = max((song for playlist in playlists for song in playlist), default=-1) + 1
    songs = {
        "song_id": np.arange(n_songs, dtype=np.int32),
        "track": [f"track {song}" for song in range(n_songs)],
        "artist": [f"artist {song}" for song in range(n_songs)],
    }
    lengths = [len(playlist) for playlist in playlists]
    return Corpus(
        name="world",
        playlists=pd.DataFrame(
            {
                "playlist_id": np.arange(len(playlists), dtype=np.int32),
                "title": [f"playlist {number}" for number in range(len(playlists))],
            }
        ),
        songs=pd.DataFrame(songs | song_columns),
        memberships=pd.DataFrame(
            {
                "playlist_id": np.repeat(np.arange(len(playlists), dtype=np.int32), lengths),
                "song_id": np.array(list(itertools.chain.from_iterable(playlists)), dtype=np.int32),
            }
        ),
        dropped=NOTHING_DROPPED,
    )


def two_scenes(n_songs: int = 60, n_playlists: int = 120, length: int = 12) -> list[list[int]]:
    """Playlists of even or of odd songs, in which one pick in ten strays to the other scene."""
    rng = np.random.default_rng(0)
    playlists = []
    for number in range(n_playlists):
        strays = rng.random(length) < 0.1
        scene = (number + strays) % 2
        songs = 2 * rng.integers(n_songs // 2, size=length) + scene
        playlists.append(sorted(set(songs.tolist())))
    return playlists


def song_table(n_songs: int) -> pd.DataFrame:
    """One row a song, each by its own artist."""
    return pd.DataFrame(
        {
            "song_id": np.arange(n_songs),
            "track": [f"track {song}" for song in range(n_songs)],
            "artist": [f"artist {song}" for song in range(n_songs)],
        }
    )
