"""Synthetic playlists, up to a million or more; also as MPD slices.

    python benchmarks/large_world.py FOLDER [--playlists N]

They have the proportions of the Million Playlist Dataset: lists of 5 to 250 songs, 60 on average;
1,000,000 lists have about 60 million memberships of 2.15 million songs, 44 % of which occur once.
Popularity follows a Zipf-Mandelbrot law, p(rank) ~ (rank + 1,000)^-1.4. Each list belongs to a
scene, from which four in five of its songs come; the others come from anywhere. Each thousand
lists has its own random stream, so a smaller data set is the beginning of a larger one.

Given a folder, it writes ``mpd.slice.0-999.json`` and so on, which the corpus ``mpd`` reads.
"""

import argparse
import json
from pathlib import Path

import numpy as np

PER_SLICE = 1_000
POOL = 4_000_000
"""Total number of songs; a small data set contains only some of them."""
EXPONENT, SHIFT = 1.4, 1_000
SCENES = 50
OF_SCENE = 0.8
SONGS_OF_ARTIST = 8


def playlists(n_playlists: int) -> tuple[list[np.ndarray], int]:
    """Return the playlists, each sorted int32, and the number of songs, numbered without gaps."""
    slices = [slice_of(k)[0] for k in range(-(-n_playlists // PER_SLICE))]
    drawn = [songs for part in slices for songs in part][:n_playlists]
    occurs = np.zeros(POOL, dtype=bool)
    for songs in drawn:
        occurs[songs] = True
    number = np.cumsum(occurs, dtype=np.int32) - 1
    for songs in drawn:
        songs[:] = number[songs]
    return drawn, int(number[-1]) + 1


def slice_of(k: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the lists of slice k, songs as numbers in the pool, and the scene of each list."""
    rng = np.random.default_rng([0, k])
    scene = rng.integers(SCENES, size=PER_SLICE)
    lengths = np.clip(np.exp(rng.normal(3.98, 0.72, PER_SLICE)), 6, 280).astype(int)
    of = np.repeat(scene, lengths)
    songs = ranks(rng.random(of.size))
    inside = rng.random(of.size) < OF_SCENE
    songs[inside] += (of - songs % SCENES)[inside]  # the song of that scene nearest in rank
    lists = np.split(np.minimum(songs, POOL - 1).astype(np.int32), np.cumsum(lengths)[:-1])
    return [np.unique(songs) for songs in lists], scene


def ranks(shares: np.ndarray) -> np.ndarray:
    """Return the ranks, from 0, below which given shares of all memberships lie."""
    ends = np.power([SHIFT, POOL + SHIFT], 1.0 - EXPONENT)
    at = np.power(ends[0] + shares * (ends[1] - ends[0]), 1 / (1 - EXPONENT)) - SHIFT
    return np.minimum(at, POOL - 1).astype(np.int64)


def write_slice(folder: Path, k: int, n_playlists: int = PER_SLICE) -> Path:
    """Write the first lists of slice k in the format of the challenge, and return the file."""
    lists, scene = slice_of(k)
    content = [
        {
            "name": f"scene {of}" if pid % 3 else "my mix",
            "collaborative": "false",
            "pid": k * PER_SLICE + pid,
            "num_tracks": songs.size,
            "tracks": [_track(place, int(song)) for place, song in enumerate(songs)],
        }
        for pid, (songs, of) in enumerate(zip(lists[:n_playlists], scene, strict=False))
    ]
    file = folder / f"mpd.slice.{k * PER_SLICE}-{(k + 1) * PER_SLICE - 1}.json"
    file.write_text(json.dumps({"info": {"generated": True}, "playlists": content}), "utf-8")
    return file


def _track(place: int, song: int) -> dict[str, object]:
    artist = f"artist {song % SCENES}.{song // (SCENES * SONGS_OF_ARTIST)}"
    return {
        "pos": place,
        "artist_name": artist,
        "track_uri": f"spotify:track:{song:022d}",
        "artist_uri": f"spotify:artist:{artist}",
        "track_name": f"song {song}",
        "album_uri": f"spotify:album:{song // SCENES:022d}",
        "duration_ms": 200_000,
        "album_name": f"album {song // (2 * SCENES)}",
    }


def main() -> None:
    """Write slices."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--playlists", type=int, default=1_000_000)
    options = arguments.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for k in range(-(-options.playlists // PER_SLICE)):
        write_slice(options.folder, k, options.playlists - k * PER_SLICE)


if __name__ == "__main__":
    main()
