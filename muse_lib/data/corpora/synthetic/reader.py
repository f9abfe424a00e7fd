"""Generate a world from a seed, name its songs and playlists, and return it as a corpus."""

from dataclasses import replace

import numpy as np
import pandas as pd

from muse_lib.config import DataConfig
from muse_lib.data.corpora.rows import Coded, Rows
from muse_lib.data.corpora.synthetic.catalogue import catalogue_of
from muse_lib.data.corpora.synthetic.names import artist_names, track_names
from muse_lib.data.corpora.synthetic.playlists import fill, themes_of
from muse_lib.data.corpora.synthetic.size import cut_to_size
from muse_lib.data.corpora.synthetic.titles import playlist_titles
from muse_lib.data.corpora.synthetic.words import GENRE_NAMES, SCENE_GENRE, SCENE_NAMES
from muse_lib.data.corpora.synthetic.world import World
from muse_lib.data.corpus import Corpus
from muse_lib.seeds import stream


def locate(_: DataConfig) -> None:
    """Do nothing, since there are no files."""


def read(config: DataConfig) -> Corpus:
    """Return the world's playlists; ``config.seed`` determines every draw.

    Besides ``genre``, songs have ``scene``, the scene they were planted in: a similarity label
    that is not derived from playlists.
    """
    return grow(World(), config.seed)


def grow(world: World, seed: int) -> Corpus:
    """Return the playlists of a world with custom constants."""
    catalogue = catalogue_of(world, stream(seed, "synthetic catalogue"))
    themes = themes_of(world, catalogue, stream(seed, "synthetic themes"))
    slots = cut_to_size(world, fill(world, catalogue, themes, stream(seed, "synthetic songs")))

    artists = artist_names(
        len(catalogue.artist_scene), catalogue.stars, stream(seed, "synthetic artist names")
    )
    tracks = track_names(
        catalogue.song_artist, catalogue.hits, stream(seed, "synthetic track names")
    )
    kept = slice(slots.playlist[-1] + 1)
    titles = playlist_titles(
        kind=themes.kind[kept],
        scene=themes.scene[kept],
        mood=themes.mood[kept],
        artist=[artists[anchor] if anchor >= 0 else "" for anchor in themes.anchor[kept]],
        length=themes.length[kept],
        rng=stream(seed, "synthetic titles"),
    )
    rows = Rows()
    rows.add(
        "line",
        np.arange(len(slots.song)),
        playlist=Coded(slots.playlist, [str(playlist) for playlist in range(len(titles))]),
        title=Coded(slots.playlist, titles),
        track=Coded(slots.song, tracks),
        artist=Coded(catalogue.song_artist[slots.song], artists),
    )
    corpus = rows.corpus("synthetic", "the synthetic world")

    songs = pd.unique(slots.song)  # in the order of the corpus: by first appearance
    assert len(corpus.songs) == len(songs), "two songs of one artist were given the same name"
    scene = catalogue.artist_scene[catalogue.song_artist[songs]]
    planted = corpus.songs.assign(
        genre=np.array(GENRE_NAMES)[SCENE_GENRE[scene]], scene=np.array(SCENE_NAMES)[scene]
    )
    return replace(corpus, songs=planted)
