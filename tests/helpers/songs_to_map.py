"""A few songs on a map, whose nearest songs are known."""

import numpy as np
import pandas as pd

from tests.helpers.awkward import AWKWARD

N_NEAREST = 10


def songs_to_map(n_songs=60):
    """Songs on a spiral, those with awkward names first; the song before has the next's names."""
    turn = np.sqrt(np.arange(n_songs) + 1)
    names = (AWKWARD + [f"song {k}" for k in range(n_songs)])[:n_songs]
    return pd.DataFrame(
        {
            "x": turn * np.cos(turn),
            "y": turn * np.sin(turn),
            "track": names,
            "artist": [names[k // 10] for k in range(n_songs)],
            "genre": [["<b>pop</b>", "$$ rock $$", ""][k % 3] for k in range(n_songs)],
            "popularity": 1 + np.arange(n_songs) % 7,
        }
    )


def next_ones(n_songs=60):
    """The ten songs that come next are the nearest, at cosines 0.99, 0.98 ..."""
    nearest = (np.arange(n_songs)[:, None] + 1 + np.arange(N_NEAREST)) % n_songs
    return nearest, np.tile(0.99 - 0.01 * np.arange(N_NEAREST), (n_songs, 1))


def one_line(name):
    """A name as a page shows it."""
    kept = [sign if sign.isprintable() or sign in "\u200c\u200d" else " " for sign in name]
    return " ".join("".join(kept).split())
