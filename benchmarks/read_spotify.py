"""Time and peak memory of reading a file the size of the Spotify Playlists Dataset.

Writes a seeded file of that shape to a temporary folder (12.9 million rows, 230 thousand
playlists, 2.8 million songs, 290 thousand artists, 1.2 GB) and reads it in a separate process:

    python benchmarks/read_spotify.py [--rows N] [--json FILE]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load

ROWS = 12_900_000
ROWS_PER_USER = 800
ROWS_PER_PLAYLIST = 56
ROWS_PER_SONG = 4.6
ROWS_PER_ARTIST = 44
BLOCK_ROWS = 1_000_000


def names(rng: np.random.Generator, n_names: int, n_words: int) -> pa.StringArray:
    """Return made-up names of one to ``n_words`` words, one in a hundred with quotes."""
    syllables = [
        "ma",
        "lo",
        "ri",
        "ten",
        "sha",
        "bel",
        "Ko",
        "vi",
        "dra",
        "nu",
        "é",
        "ßa",
        "St",
        "愛",
    ]
    vocabulary = pa.array(
        ["".join(rng.choice(syllables, size=rng.integers(2, 5))) for _ in range(5_000)]
    )
    words = [vocabulary.take(pa.array(rng.integers(5_000, size=n_names))) for _ in range(n_words)]
    for word in range(1, n_words):
        words[word] = pc.if_else(pa.array(rng.random(n_names) < 0.7), words[word], "")
    name = pc.utf8_rtrim_whitespace(pc.binary_join_element_wise(*words, " "))
    quoted = pc.binary_join_element_wise('"', name, '"', "")
    return pc.if_else(pa.array(rng.random(n_names) < 0.01), quoted, name)


def write(path: Path, n_rows: int) -> None:
    """Write a file in the format of the data set: a few songs are popular, most are rare."""
    rng = np.random.default_rng(0)
    n_users, n_playlists, n_songs, n_artists = (
        max(1, int(n_rows / rows))
        for rows in (ROWS_PER_USER, ROWS_PER_PLAYLIST, ROWS_PER_SONG, ROWS_PER_ARTIST)
    )
    users = pa.array([rng.bytes(16).hex() for _ in range(n_users)])
    playlists, artists, tracks = (
        names(rng, n_playlists, 2),
        names(rng, n_artists, 2),
        names(rng, n_songs, 4),
    )
    artist_of = (n_artists * rng.random(n_songs) ** 2).astype(np.int64)
    popular = (n_songs * rng.random(n_rows - n_songs) ** 4).astype(np.int64)
    songs = rng.permutation(np.concatenate([np.arange(n_songs), popular]))
    playlist_of = np.sort(rng.integers(n_playlists, size=n_rows))
    user_of = playlist_of * n_users // n_playlists

    with path.open("wb") as file:
        file.write(b'"user_id", "artistname", "trackname", "playlistname"\n')
        for start in range(0, n_rows, BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            fields = [
                users.take(pa.array(user_of[block])),
                artists.take(pa.array(artist_of[songs[block]])),
                tracks.take(pa.array(songs[block])),
                playlists.take(pa.array(playlist_of[block])),
            ]
            lines = pc.binary_join_element_wise(
                '"', pc.binary_join_element_wise(*fields, '","'), '"\n', ""
            )
            file.write("".join(lines.to_pylist()).encode())


def measure(path: Path) -> dict[str, float]:
    """Read the file in this process and measure it."""
    start = time.perf_counter()
    corpus = load(DataConfig(corpus="spotify", data_file=str(path)))
    seconds = time.perf_counter() - start
    return {
        "seconds": round(seconds, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "file_megabytes": round(path.stat().st_size / 1e6),
        "playlists": len(corpus.playlists),
        "songs": len(corpus.songs),
        "memberships": len(corpus.memberships),
        "dropped": int(corpus.dropped["count"].sum()),
    }


def main() -> None:
    """Write the file, read it in another process, and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--json", type=Path, help="also write the measurements to this file")
    arguments.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spotify_dataset.csv"
        write(path, options.rows)
        command = [sys.executable, __file__, "--measure", str(path)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    report = json.dumps({"rows": options.rows, **json.loads(done.stdout)}, indent=2)
    print(report)
    if options.json:
        options.json.write_text(f"{report}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
