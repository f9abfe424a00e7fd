"""Damage small files of every kind that is read, and see what the readers say of it."""

import gzip
import io
import json
import random
import re
import signal
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from muse_lib.config import DataConfig
from muse_lib.data.corpora import artist_genres, load, tidytuesday
from muse_lib.data.corpora.spotify import COLUMNS
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.models.embedding import Embedding
from muse_lib.names import folded
from muse_lib.runner.parameters import declared, read_notebook
from muse_lib.runner.receipts import Receipt
from muse_lib.storage.files import read_frame, read_json, write_frame
from muse_lib.storage.results import Results

SECONDS = 60
"""What no small file takes; a reader that does hangs."""

PIECES = (
    *(b'"', b'""', b",", b";", b"\n", b"\r", b"\r\n", b"\t", b"\0", b" -- ", b'","', b"''", b"\\"),
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x94\xa5", b"\xef\xbb\xbf", "\u2028".encode()),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b"[" * 3000,
        b"null",
        b"NaN",
        b"1e999",
        b"-1",
        b"9" * 30,
        b"9" * 5000,
    ),
    *(b"true", b"\\ud83d", b"\\u0000", b"=1+1", b"\x1b[2J", b"<script>", b"()", b"{}", b"x" * 9000),
    *(b"[1]*10**9", b"__import__('os')", b"nan", b"inf", b"0x7f", b"\x7f\xff\xff\xff"),
)
"""What has broken readers, put where it does not belong."""

ROWS = "".join(f"{k % 3},Mix {k % 3},Song {k},Ana & Bo,Sky,pop,dance pop\n" for k in range(6))
SOUND_OF_ROWS = "".join(f"{row},{'0.5,' * 9}-1e5\n" for row in ROWS.splitlines())
SPOTIFY = '"user_id", "artistname", "trackname", "playlistname"\r\n' + "".join(
    f'"{"0123456789abcdef" * 2}","Ana "Bo"","Song {k}","Mix "1"""\r\n' for k in range(6)
)
SLICE = {
    "info": {"slice": "0-999"},
    "playlists": [
        {
            "pid": pid,
            "name": f"Mix {pid}",
            "tracks": [{"track_name": f"Song {k}", "artist_name": "Ana"} for k in range(4)],
        }
        for pid in range(3)
    ],
}
PLAYLIST = "Mix\nFor wet days\n\nDrops -- Ana, Bo -- Sky\nA -- B -- Cy -- Sea\n\nNo song\n"
GENRES = """uri,followers,genres,name,popularity
u1,10,"['dream pop', 'wet rock']",Ana,1
u2,90,"[""children's music""]",Bo,1
u3,50,[],Cy,1
"""
SONGS = pd.DataFrame({"song_id": [0, 1], "track": ["Drops", "夜"], "artist": ["Ana", "Bo"]})


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes
    ----------
    whole : bytes
        One that is in order.
    read : function
        Takes the folder that a damaged one was put into, and reads it.
    place : str
        Where in the folder it belongs.
    n_rows : function, optional
        Counts the rows of a file of playlists without its reader; None where that is impossible.
    """

    whole: bytes
    read: Callable[[Path], object]
    place: str
    n_rows: Callable[[bytes], int | None] | None = None


def _corpus(name: str, place: str, **options: object) -> Callable[[Path], Corpus]:
    def read(folder: Path) -> Corpus:
        config = DataConfig(corpus=name, data_file=str(folder / place), **options)
        return load(config)

    return read


def _lines(content: bytes) -> list[str]:
    """Return the lines of a text that show anything."""
    text = content.decode("utf-8-sig", "replace")
    return [line for line in re.split(r"\r\n|\r|\n", text) if folded(line)]


def _rows_of_table(content: bytes) -> int | None:
    """Return the number of lines below the header; None if it is no plain one."""
    header, *rows = _lines(content) or [""]
    return None if '"' in header or header.lower().startswith("sep=") else len(rows)


def _rows_of_spotify(content: bytes) -> int | None:
    """Return the number of lines that are not the header."""
    lines = content.decode("utf-8-sig", "replace").removesuffix("\n").split("\n")
    header = [name.strip(' "\ufeff\r') for name in lines[0].split(",")]
    return len(lines) - (header == COLUMNS)


def _rows_of_slice(content: bytes) -> int | None:
    """Return the number of tracks."""
    return sum(len(playlist["tracks"]) for playlist in json.loads(content)["playlists"])


def _rows_of_playlist(content: bytes) -> int | None:
    """Return the number of lines below the title, the description and the empty line."""
    _, *lines = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    described = len(lines) < 2 or not lines[1].strip()
    return sum(bool(line.strip()) for line in lines[described:])


def _genres(_: Path) -> object:
    return artist_genres.read("stop")


def _notebook(folder: Path) -> object:
    path = folder / "x.ipynb"
    return declared(read_notebook(path), path)


def _written(write: Callable[[Path], object]) -> bytes:
    """Return what a function writes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


def _zipped(name: str, content: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def targets() -> dict[str, Target]:
    """Return every kind of file that the project reads, by name."""
    own = {"playlist_column": "id", "title_column": "name", "track_column": "song"}
    tidy = "playlist_id,playlist_name,track_name,track_artist,track_album_name,playlist_genre,"
    sound = ",".join(tidytuesday.SOUND)
    model = Embedding(np.eye(2, 3, dtype=np.float32), np.zeros(2, np.float32), SONGS)
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder, {"seed": 0, "dim": 3})
        vectors = Path(folder, "model.safetensors").read_bytes()
        songs = Path(folder, "songs.json").read_bytes()
    frame = _written(lambda path: write_frame(path, SONGS))
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": "a",
                "metadata": {"tags": ["parameters"]},
                "outputs": [],
                "source": ["results = ''\n", "dim = 5"],
            }
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    receipt = {"key": "k", "parameters": {}, "outputs": {"a": "b"}}
    return {
        "csv": Target(
            f"id,name,song,artist,album,genre,sub\n{ROWS}".encode(),
            _corpus("csv", "x.csv", **own),
            "x.csv",
            _rows_of_table,
        ),
        "csv, signs replaced": Target(
            f"id,name,song,artist,album,genre,sub\n{ROWS}".encode(),
            _corpus("csv", "x.csv", bad_utf8="replace", **own),
            "x.csv",
            _rows_of_table,
        ),
        "tidytuesday": Target(
            f"{tidy}playlist_subgenre,{sound}\n{SOUND_OF_ROWS}".encode(),
            _corpus("tidytuesday", "x.csv"),
            "x.csv",
            _rows_of_table,
        ),
        "spotify": Target(SPOTIFY.encode(), _corpus("spotify", "x.csv"), "x.csv", _rows_of_spotify),
        "spotify, signs replaced": Target(
            SPOTIFY.encode(),
            _corpus("spotify", "x.csv", bad_utf8="replace"),
            "x.csv",
            _rows_of_spotify,
        ),
        "spotify, zipped": Target(_zipped("x.csv", SPOTIFY), _corpus("spotify", "x.zip"), "x.zip"),
        "mpd": Target(
            json.dumps(SLICE).encode(),
            _corpus("mpd", "."),
            "mpd.slice.0-999.json",
            _rows_of_slice,
        ),
        "mpd, signs replaced": Target(
            json.dumps(SLICE).encode(),
            _corpus("mpd", ".", bad_utf8="replace"),
            "mpd.slice.0-999.json",
        ),
        "mpd, packed": Target(
            gzip.compress(json.dumps(SLICE).encode()), _corpus("mpd", "."), "mpd.slice.0-9.json.gz"
        ),
        "archive": Target(
            PLAYLIST.encode(), _corpus("archive", "plain"), "plain/37i9", _rows_of_playlist
        ),
        "artists' genres": Target(GENRES.encode(), _genres, artist_genres.FILE.place),
        "parquet": Target(frame, lambda at: read_frame(at / "x.parquet", "again."), "x.parquet"),
        "songs of a model": Target(songs, _model(vectors=vectors), "songs.json"),
        "vectors of a model": Target(vectors, _model(songs=songs), "model.safetensors"),
        "table": Target(
            SONGS.to_csv(index=False).encode(),
            lambda at: Results(str(at)).load_table("x", "01_data"),
            "tables/x.csv",
        ),
        "json": Target(b'{"seed": 0}', lambda at: read_json(at / "x.json", "again."), "x.json"),
        "receipt": Target(
            json.dumps(receipt).encode(),
            lambda at: (made := Receipt.load(at, "x")) and made.holds("k", at),
            "artifacts/receipts/x.json",
        ),
        "notebook": Target(json.dumps(notebook).encode(), _notebook, "x.ipynb"),
    }


def _model(**beside: bytes) -> Callable[[Path], object]:
    names = {"vectors": "model.safetensors", "songs": "songs.json"}

    def read(folder: Path) -> object:
        for part, content in beside.items():
            (folder / names[part]).write_bytes(content)
        return Embedding.load(folder).unit

    return read


def damaged(whole: bytes, rng: random.Random) -> bytes:
    """Return a file with one to six things wrong with it."""
    content = bytearray(whole)
    for _ in range(rng.randint(1, 6)):
        start = rng.randint(0, len(content))
        end = min(len(content), start + rng.choice((1, 1, 2, 8, 40)))
        match rng.randrange(7):
            case 0:  # a bit
                if start < len(content):
                    content[start] ^= 1 << rng.randrange(8)
            case 1:
                del content[start:end]
            case 2:
                content[start:end] = rng.choice(PIECES)
            case 3:
                content[start:start] = rng.choice(PIECES)
            case 4:
                content[start:start] = content[start:end] * rng.choice((1, 2, 50))
            case 5:
                content[start:end] = rng.randbytes(end - start)
            case 6:
                if rng.random() < 0.3:
                    del content[start:]
    return bytes(content)


def complaint(target: Target, content: bytes, folder: Path) -> str:
    """Return what is wrong with how a file is read; empty if it is read, or refused well."""
    path = folder / target.place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        with at_most(SECONDS):
            found = target.read(folder)
            if isinstance(found, Corpus) and target.n_rows:
                return _lost(found, target.n_rows(content))
    except InputError as refusal:
        said = str(refusal)
        good = said.isprintable() and said.endswith((".", "./run_all.sh")) and len(said) < 2000
        return "" if good else f"says {ascii(said)[:100]} ... {ascii(said)[-100:]}"
    except Exception as error:  # any other is what is looked for
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "muse_lib" in f.filename]
        where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}"
        return f"{type(error).__name__} in {where}"
    return ""


def _lost(corpus: Corpus, n_rows: int | None) -> str:
    """Say that rows are neither kept nor reported, if so."""
    of_rows = ~corpus.dropped["reason"].str.startswith("playlist")
    n_reported = corpus.dropped.loc[of_rows, "count"].sum()
    if n_rows is None or len(corpus.memberships) + n_reported == n_rows:
        return ""
    return "rows are lost" if len(corpus.memberships) + n_reported < n_rows else "rows count twice"


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise TimeoutError if the block takes longer."""

    def late(*_: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
