"""A generated world in the format of the Million Playlist Dataset, of any size.

Playlists have a scene; most of their songs come from it, the others from anywhere. A few songs are
everywhere and most are rare (Zipf and Mandelbrot). Titles speak of the scene, or of nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from muse_lib.data.corpus import Corpus

N_SCENES = 40
STRAYS = 0.3
SONGS_PER_ARTIST = 7
WORDS = ("chill", "party", "gym", "sad", "summer", "road", "old", "love", "night", "focus")


@dataclass(frozen=True)
class Lists:
    """Who holds what: ``song`` (n,) int32, list by list, and ``start`` (n_lists + 1,) int64."""

    song: np.ndarray
    start: np.ndarray
    scene: np.ndarray

    def __len__(self) -> int:
        return self.start.size - 1


def lists(n_playlists: int, seed: int = 0, n_songs: int = 2_400_000) -> Lists:
    """Draw playlists of 5 to 250 songs, 66 in the mean."""
    rng = np.random.default_rng(seed)
    length = np.clip(rng.lognormal(3.9, 0.75, n_playlists), 5, 250).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(length)])
    scene = rng.integers(N_SCENES, size=n_playlists)
    share = np.cumsum(1 / (np.arange(n_songs // N_SCENES) + 30.0) ** 1.25)
    # the rank of a song in its scene; songs of one rank differ in nothing but their scene
    rank = np.searchsorted(share, rng.random(start[-1]) * share[-1])
    stray = rng.random(start[-1]) < STRAYS
    of_scene = np.where(stray, rng.integers(N_SCENES, size=start[-1]), np.repeat(scene, length))
    return Lists((rank * N_SCENES + of_scene).astype(np.int32), start, scene)


def title(number: int, scene: int) -> str:
    """Return what a playlist is called."""
    if number % 9 == 0:
        return f"mix {number}"
    word = WORDS[(number * 7) % len(WORDS)]
    return f"{word} scene {scene}" if number % 3 else f"{word} {number % 50}"


def artist(song: int) -> int:
    """Return the artist of a song: songs of one scene and of near ranks."""
    return (song // N_SCENES // SONGS_PER_ARTIST) * N_SCENES + song % N_SCENES


def playlists_of(world: Lists, first: int, last: int) -> Iterator[dict]:
    """Yield playlists in the full schema of the data set."""
    for number in range(first, last):
        songs = world.song[world.start[number] : world.start[number + 1]].tolist()
        yield {
            "name": title(number, int(world.scene[number])),
            "collaborative": "false",
            "pid": number,
            "modified_at": 1_500_000_000,
            "num_tracks": len(songs),
            "num_albums": 1,
            "num_followers": 1,
            "tracks": [
                {
                    "pos": pos,
                    "artist_name": f"artist {artist(song)}",
                    "track_uri": f"spotify:track:{song:022}",
                    "artist_uri": f"spotify:artist:{artist(song):022}",
                    "track_name": f"track number {song}",
                    "album_uri": f"spotify:album:{song:022}",
                    "duration_ms": 200_000,
                    "album_name": f"album {artist(song)}",
                }
                for pos, song in enumerate(songs)
            ],
            "num_edits": 1,
            "duration_ms": 200_000,
            "num_artists": 1,
        }


def write_slices(folder: Path, n_playlists: int, per_slice: int = 1_000, seed: int = 0) -> None:
    """Write the world as slices ``mpd.slice.0-999.json`` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    world = lists(n_playlists, seed)
    for first in range(0, n_playlists, per_slice):
        last = min(first + per_slice, n_playlists)
        content = {
            "info": {"generated_on": "2017-12-03", "slice": f"{first}-{last - 1}", "version": "v1"},
            "playlists": list(playlists_of(world, first, last)),
        }
        path = folder / f"mpd.slice.{first}-{first + per_slice - 1}.json"
        path.write_text(json.dumps(content, indent=4), "utf-8")  # as the data set is written


def corpus_of_world(n_playlists: int, seed: int = 0) -> Corpus:
    """Return what reading the slices gives, without writing them."""
    world = lists(n_playlists, seed)
    playlist = np.repeat(np.arange(n_playlists, dtype=np.int32), np.diff(world.start))
    key = playlist.astype(np.int64) * (int(world.song.max()) + 1) + world.song
    first = ~pd.Series(key).duplicated().to_numpy()
    song, known = pd.factorize(world.song[first])
    return Corpus(
        name="mpd",
        playlists=pd.DataFrame(
            {
                "playlist_id": np.arange(n_playlists, dtype=np.int32),
                "title": [title(number, int(one)) for number, one in enumerate(world.scene)],
            }
        ),
        songs=pd.DataFrame(
            {
                "song_id": np.arange(known.size, dtype=np.int32),
                "track": [f"track number {one}" for one in known],
                "artist": [f"artist {artist(one)}" for one in known.tolist()],
            }
        ),
        memberships=pd.DataFrame(
            {"playlist_id": playlist[first], "song_id": song.astype(np.int32)}
        ),
        dropped=pd.DataFrame({"reason": [], "count": [], "example": []}),
    )
