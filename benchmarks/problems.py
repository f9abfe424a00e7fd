"""The data of the benchmarks: playlists of the poster's size, smaller and larger."""

import numpy as np

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.data.corpora.synthetic.catalogue import catalogue_of
from muse_lib.data.corpora.synthetic.playlists import fill, themes_of
from muse_lib.data.corpora.synthetic.world import World
from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.data.sampling import sample
from muse_lib.models.muse.cooccurrence import Cooccurrence

POSTER_PLAYLISTS = 527
DIM = 500
ARTISTS_PER_PLAYLIST = 17
"""As many as in the embedded corpus."""


def poster_playlists(n_playlists: int = POSTER_PLAYLISTS) -> list[np.ndarray]:
    """Return the poster's sample of the embedded corpus, including held-out playlists."""
    return poster_vocabulary(n_playlists).playlists


def poster_vocabulary(n_playlists: int = POSTER_PLAYLISTS) -> Vocabulary:
    """Return the same with songs and titles, all as training data."""
    rule = {"n_seed_songs": 10, "max_playlist_length": 5_000, "seed": 0}
    corpus = sample(load(DataConfig()), n_playlists=n_playlists, **rule)
    return Dataset.of(corpus, np.full(len(corpus.playlists), "train")).vocabulary


def world_playlists(n_playlists: int) -> list[np.ndarray]:
    """Return a synthetic corpus of any size: artists and songs grow with the playlists."""
    world = World(n_artists=ARTISTS_PER_PLAYLIST * n_playlists, n_playlists=n_playlists)
    rng = np.random.default_rng(0)
    catalogue = catalogue_of(world, rng)
    slots = fill(world, catalogue, themes_of(world, catalogue, rng), rng)
    playlist, song = np.unique([slots.playlist, slots.song], axis=1)  # once per playlist
    return _playlists(playlist, np.unique(song, return_inverse=True)[1])


def _playlists(playlist: np.ndarray, song: np.ndarray) -> list[np.ndarray]:
    return np.split(song, np.flatnonzero(np.diff(playlist)) + 1)


def n_songs_in(playlists: list[np.ndarray]) -> int:
    """Return the number of songs, which are numbered from 0 without gaps."""
    return int(max(songs.max() for songs in playlists)) + 1


def random_vectors(n_songs: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors and biases of the size they have after a few epochs, float32."""
    rng = np.random.default_rng(0)
    W = 0.1 * rng.standard_normal((n_songs, dim), dtype=np.float32)
    return W, 0.1 * rng.standard_normal(n_songs, dtype=np.float32)


def size_of(cooccurrence: Cooccurrence) -> dict[str, int]:
    """Return what determines the cost of a gradient: n, and the sum of L_p^2 over the cliques."""
    lengths = cooccurrence.lengths
    return {
        "n_songs": cooccurrence.n_songs,
        "n_cliques": lengths.size,
        "n_seen": cooccurrence.n_seen,
        "sum_of_squared_lengths": int((lengths**2).sum()),
    }
