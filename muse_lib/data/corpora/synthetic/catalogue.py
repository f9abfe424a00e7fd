"""Artists in their scenes, their songs, and the chart: steps 1 and 2 of the synthetic world."""

from dataclasses import dataclass

import numpy as np

from muse_lib.data.corpora.synthetic.draws import Urns, evenly_spread_normal, power_law
from muse_lib.data.corpora.synthetic.words import SCENE_NAMES
from muse_lib.data.corpora.synthetic.world import World

N_SCENES = len(SCENE_NAMES)


@dataclass(frozen=True)
class Catalogue:
    """Artists, their scenes and songs, all numbered; an artist's songs have consecutive numbers."""

    scene_share: np.ndarray  # (n_scenes,) shares of the artists, summing to 1
    artist_scene: np.ndarray  # (n_artists,) home scene
    fame: np.ndarray  # (n_artists,) unnormalised probability of being chosen within a scene
    song_artist: np.ndarray  # (n_songs,)
    first_song: np.ndarray  # (n_artists,) the artist's most popular song
    hits: np.ndarray  # (n_hits,) songs, from the top of the chart
    artists_of_scene: Urns
    songs_of_artist: Urns
    chart: Urns  # one urn

    @property
    def stars(self) -> np.ndarray:
        """The artists of the chart."""
        stars: np.ndarray = self.song_artist[self.hits]
        return stars


def catalogue_of(world: World, rng: np.random.Generator) -> Catalogue:
    """Return the artists in their scenes, their songs, and the chart (steps 1 and 2)."""
    share = rng.permutation(power_law(N_SCENES, world.scene_skew))
    share /= share.sum()
    home = np.repeat(np.arange(N_SCENES), np.ceil(share * world.n_artists).astype(int))
    n_artists = home.size
    fame = np.exp(world.fame_sigma * evenly_spread_normal(n_artists, rng))
    n_songs = np.ceil(
        world.songs_median * np.exp(world.songs_sigma * evenly_spread_normal(n_artists, rng))
    ).astype(int)
    crossing = np.flatnonzero(rng.random(n_artists) < world.crossing)
    second_home = rng.integers(N_SCENES, size=crossing.size)

    song_artist = np.repeat(np.arange(n_artists), n_songs)
    first_song = np.cumsum(n_songs) - n_songs
    rank = np.arange(song_artist.size) - first_song[song_artist] + 1.0
    stars = rng.choice(n_artists, world.n_hits, replace=False, p=fame / fame.sum())
    hits = first_song[stars]
    return Catalogue(
        scene_share=share,
        artist_scene=home,
        fame=fame,
        song_artist=song_artist,
        first_song=first_song,
        hits=hits,
        artists_of_scene=Urns.of(
            np.concatenate([home, second_home]),
            np.concatenate([np.arange(n_artists), crossing]),
            np.concatenate([fame, world.crossing_weight * fame[crossing]]),
            N_SCENES,
        ),
        songs_of_artist=Urns.of(
            song_artist, np.arange(song_artist.size), rank**-world.song_skew, n_artists
        ),
        chart=Urns.of(np.zeros_like(hits), hits, power_law(world.n_hits, world.hit_skew), n_urns=1),
    )
