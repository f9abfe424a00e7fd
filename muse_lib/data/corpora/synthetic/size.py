"""Cut the world to the size of the poster's sample: step 6 of the synthetic world."""

import numpy as np
import pandas as pd
from scipy.optimize import bisect
from scipy.stats import hypergeom

from muse_lib.data.corpora.synthetic.playlists import Slots
from muse_lib.data.corpora.synthetic.world import World
from muse_lib.errors import InputError


def cut_to_size(world: World, slots: Slots) -> Slots:
    """Shorten all playlists and drop some, to match the poster's numbers of playlists and songs.

    Raises
    ------
    InputError
        If the world's constants make it too small or too large.
    """

    def surplus(share: float) -> float:
        part = slots.where(slots.depth < share)
        return songs_foreseen(world, _enough_playlists(world, part)) - world.n_sampled_songs

    if not surplus(0.5) < 0 < surplus(1.0):
        raise InputError(
            f"this world cannot be cut to {world.n_sampled_songs:,} songs in {world.n_sampled:,} "
            f"playlists: half of each playlist would be off by {surplus(0.5):+,.0f} songs, all of "
            f"it by {surplus(1.0):+,.0f}; change n_artists={world.n_artists:,} or "
            f"length_median={world.length_median:g}."
        )
    share = bisect(surplus, 0.5, 1.0, xtol=5e-4)
    return _enough_playlists(world, slots.where(slots.depth < share))


def songs_foreseen(world: World, slots: Slots) -> float:
    """Return the expected number of songs in the poster's sample of these playlists.

    A sample of n playlists misses a song in c of the N eligible playlists with probability
    C(N - c, n) / C(N, n) (hypergeometric), hence

        E[songs] = sum_songs (1 - C(N - c, n) / C(N, n)).
    """
    playlist, song = _counted(slots)
    eligible = _eligible(world, playlist, song)
    popularity = np.bincount(song[np.isin(playlist, eligible)])
    n_songs = np.bincount(popularity)  # how many songs are in 0, 1, 2 ... eligible playlists
    n_sampled = min(world.n_sampled, eligible.size)
    missed = hypergeom.pmf(0, eligible.size, np.arange(n_songs.size), n_sampled)
    return float(n_songs @ (1 - missed))


def _enough_playlists(world: World, slots: Slots) -> Slots:
    """Return the first playlists, enough that at least ``n_eligible`` of them are eligible.

    The most popular songs depend on which playlists are counted. The loop therefore adds playlists
    until enough of those counted contain one of their own ten most popular songs.
    """
    playlist, song = _counted(slots)

    def needed(n_playlists: int) -> int:
        counted = playlist < n_playlists
        seeds = _seed_songs(world, song[counted])
        holders = np.unique(playlist[np.isin(song, seeds)])
        return int(holders[: world.n_eligible][-1]) + 1

    n_playlists = needed(int(playlist[-1]) + 1)
    while (n_needed := needed(n_playlists)) > n_playlists:
        n_playlists = n_needed
    return slots.where(slots.playlist < n_playlists)


def _counted(slots: Slots) -> tuple[np.ndarray, np.ndarray]:
    """Return playlist and song of each membership, songs numbered by first appearance.

    A song counts once per playlist; playlists of one song are left out, as they contain no pair.
    """
    once = ~pd.DataFrame({"playlist": slots.playlist, "song": slots.song}).duplicated().to_numpy()
    playlist, song = slots.playlist[once], pd.factorize(slots.song[once])[0]
    with_pairs = np.bincount(playlist)[playlist] > 1
    return playlist[with_pairs], song[with_pairs]


def _seed_songs(world: World, song: np.ndarray) -> np.ndarray:
    """Return the most popular songs, ties by number, as in `muse_lib.data.sampling`."""
    return np.argsort(-np.bincount(song), kind="stable")[: world.n_seed_songs]


def _eligible(world: World, playlist: np.ndarray, song: np.ndarray) -> np.ndarray:
    """Return the playlists that contain a seed song."""
    return np.unique(playlist[np.isin(song, _seed_songs(world, song))])
