"""The themes of playlists and their songs: steps 3 and 4 of the synthetic world."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from muse_lib.data.corpora.synthetic.catalogue import N_SCENES, Catalogue
from muse_lib.data.corpora.synthetic.draws import Urns, evenly_spread_normal
from muse_lib.data.corpora.synthetic.words import MOOD_SCENES, SCENE_GENRE
from muse_lib.data.corpora.synthetic.world import World


@dataclass(frozen=True)
class Themes:
    """The theme and length of each playlist."""

    kind: np.ndarray  # (n_playlists,) str, a key of World.kinds
    scene: np.ndarray  # (n_playlists,) the scene that a scene, genre or artist list starts from
    mood: np.ndarray  # (n_playlists,) the mood of a mood list
    anchor: np.ndarray  # (n_playlists,) the artist of an artist list, else -1
    length: np.ndarray  # (n_playlists,) number of songs added
    scenes_of_playlist: Urns


def themes_of(world: World, catalogue: Catalogue, rng: np.random.Generator) -> Themes:
    """Give every playlist a kind, a mixture of scenes and a length (step 3)."""
    n = world.n_playlists
    share = catalogue.scene_share
    ends = np.cumsum(list(world.kinds.values()))
    kind = np.array(list(world.kinds))[np.searchsorted(ends, (np.arange(n) + 0.5) / n * ends[-1])]
    kind = rng.permutation(kind)

    scene = rng.choice(N_SCENES, n, p=share)
    mood = rng.integers(len(MOOD_SCENES), size=n)
    anchor = np.full(n, -1)
    of_artist = kind == "artist"
    fame = catalogue.fame / catalogue.fame.sum()
    anchor[of_artist] = rng.choice(fame.size, of_artist.sum(), p=fame)
    scene[of_artist] = catalogue.artist_scene[anchor[of_artist]]

    itself = np.eye(N_SCENES)
    genre = (SCENE_GENRE[:, None] == SCENE_GENRE) * share
    genre /= genre.sum(axis=1, keepdims=True)
    of_scene = world.own_scene * itself + (1 - world.own_scene) * genre
    mixture = np.select(
        [(kind == name)[:, None] for name in ("genre", "mood", "everything")],
        [genre[scene], MOOD_SCENES[mood], np.broadcast_to(share, (n, N_SCENES))],
        default=of_scene[scene],
    )
    # a Dirichlet draw without normalisation, which an urn does not need
    taste = np.where(kind == "everything", world.taste_for_everything, world.taste)
    own_mixture = rng.standard_gamma(taste[:, None] * mixture)

    spread = np.empty(n)
    for name in world.kinds:
        spread[kind == name] = evenly_spread_normal((kind == name).sum(), rng)
    length = np.ceil(world.length_median * np.exp(world.length_sigma * spread))
    given_up = rng.random(n) < world.given_up
    length = np.where(given_up, rng.integers(1, 3, size=n), np.minimum(length, world.length_max))
    return Themes(
        kind=kind,
        scene=scene,
        mood=mood,
        anchor=anchor,
        length=length.astype(int),
        scenes_of_playlist=Urns.of(
            np.repeat(np.arange(n), N_SCENES),
            np.tile(np.arange(N_SCENES), n),
            own_mixture.ravel(),
            n,
        ),
    )


@dataclass(frozen=True)
class Slots:
    """The entries of all playlists, in order."""

    playlist: np.ndarray  # (n_slots,)
    song: np.ndarray  # (n_slots,)
    depth: np.ndarray  # (n_slots,) relative position in its playlist, from 0 (first) to below 1

    def where(self, mask: np.ndarray) -> Self:
        """Return the slots selected by a boolean mask."""
        return type(self)(self.playlist[mask], self.song[mask], self.depth[mask])


def fill(world: World, catalogue: Catalogue, themes: Themes, rng: np.random.Generator) -> Slots:
    """Fill the playlists with songs (step 4)."""
    playlist = np.repeat(np.arange(themes.length.size), themes.length)
    n = playlist.size
    first_slot = (np.cumsum(themes.length) - themes.length)[playlist]
    position = np.arange(n) - first_slot

    def happens(probability: float | np.ndarray) -> np.ndarray:
        return rng.random(n) < probability

    stray = happens(world.strays)
    scene = np.where(
        stray,
        rng.choice(N_SCENES, n, p=catalogue.scene_share),
        themes.scenes_of_playlist.draw(playlist, rng),
    )
    artist = catalogue.artists_of_scene.draw(scene, rng)
    of_anchor = (themes.anchor[playlist] >= 0) & happens(world.artist_share)
    artist = np.where(of_anchor, themes.anchor[playlist], artist)
    hit = happens(np.where(position == 0, world.first_is_hit, world.hits))
    hit_song = catalogue.chart.draw(np.zeros_like(playlist), rng)
    artist = np.where(hit, catalogue.song_artist[hit_song], artist)

    # an echo copies the artist of an earlier slot, which may be an echo too: follow to the source
    earlier = first_slot + (rng.random(n) * position).astype(int)
    source = np.where(happens(world.echoes) & ~hit & ~of_anchor, earlier, np.arange(n))
    while not np.array_equal(source[source], source):
        source = source[source]
    song = catalogue.songs_of_artist.draw(artist[source], rng)
    return Slots(playlist, np.where(hit, hit_song, song), position / themes.length[playlist])
