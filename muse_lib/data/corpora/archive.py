"""Spotify Playlist Archive, one commit of it: 250 playlists as Spotify showed them (MIT)."""

import re
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from muse_lib.config import DataConfig
from muse_lib.data.corpora import artist_genres
from muse_lib.data.corpora.download import Remote, cannot_write
from muse_lib.data.corpora.opening import own_path, read_text
from muse_lib.data.corpora.rows import WITHOUT_SONGS, Rows
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.names import folded
from muse_lib.paths import data_dir, shown
from muse_lib.progress import reporter

PLACE = "spotify-playlist-archive/plain"
COMMIT = "97a1f6dae9218808e5a7d897e38ee999b8777dcc"
SOURCE = Remote(
    place=f"spotify-playlist-archive/{COMMIT}.zip",
    url=f"https://github.com/mackorone/spotify-playlist-archive/archive/{COMMIT}.zip",
    megabytes=300,
)
DIGEST = "d731f2024579e3b0e58b92e8c40a1bd6c4bd1529935b3a6a6a48871f30637a18"
REMEDY = (
    "delete spotify-playlist-archive/ and artist-genres/ in the data folder so that they are "
    "downloaded anew"
)

PLAYLIST = re.compile(r"[^/]+/playlists/plain/([0-9A-Za-z]+)")
"""A playlist inside the zip; its name is a Spotify id, so it cannot lead out of the folder."""


def locate(config: DataConfig) -> Path:
    """Return the folder of playlists; it and the artists' genres are downloaded if they must be."""
    artist_genres.FILE.fetch()
    if config.data_file:
        named = own_path(config.data_file)
        below = named / "playlists/plain"  # of a checkout of the archive, or of a fork
        return below if below.is_dir() else named
    folder = data_dir() / PLACE
    return folder if folder.is_dir() else _download(folder)


def read(config: DataConfig) -> Corpus:
    """Read the playlists; the genres are those of a song's primary artist.

    The main genre of an artist is the one of theirs that most songs of the corpus share.

    Raises
    ------
    InputError
        If the files cannot be had or read, or (unless they are the user's own) their content is
        not what the study was written for.
    """
    folder = locate(config)
    if not folder.is_dir():
        raise InputError(f"{shown(folder)} is a file: name the folder of playlists.")
    known = artist_genres.read(config.bad_utf8)
    rows = Rows()
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    with reporter(len(paths), "reading playlists") as report:
        for number, path in enumerate(paths, start=1):
            if path.is_file():
                _add(path, rows, known, config)
            else:
                rows.drop("folder not read", path.name)
            report(number)
    corpus = rows.corpus(config.corpus, shown(folder))

    artist_of_song = corpus.songs["artist"].map(folded)
    songs_of_genre = Counter(genre for name in artist_of_song for genre in known.get(name, []))
    labels = {
        name: (
            min(genres, key=lambda genre: (-songs_of_genre[genre], genre), default=""),
            "|".join(sorted(genres)),
        )
        for name, genres in ((name, known.get(name, [])) for name in artist_of_song.unique())
    }
    corpus = replace(
        corpus,
        songs=corpus.songs.assign(
            genre=[labels[name][0] for name in artist_of_song],
            subgenre=[labels[name][1] for name in artist_of_song],
        ),
    )
    if config.check_digest and not config.data_file:
        return corpus.verified(DIGEST, REMEDY)
    return corpus


def primary_artist(credit: str, known: Mapping[str, object]) -> str:
    """Return the first artist of a credit such as ``"Tyler, The Creator, Kali Uchis"``.

    Artists are separated by commas, but some names hold commas themselves: the longest beginning
    of the credit that is a known (folded) name is one artist; else the first comma ends the name.
    """
    parts = credit.split(", ")
    for n_parts in range(len(parts), 1, -1):
        name = ", ".join(parts[:n_parts])
        if folded(name) in known:
            return name
    return parts[0]


def _add(path: Path, rows: Rows, known: Mapping[str, object], config: DataConfig) -> None:
    """Add one playlist: its title, a description, an empty line, then a song a line.

    Every line that is not blank after these is a song or in the report, and a sum at the end checks
    it; where no empty line follows the second, it is no description and may be a song, too.
    """
    title, *lines = read_text(path, config.bad_utf8, config.max_unpacked).split("\n")
    n_described = 0 if "".join(lines[1:2]).strip() else 1
    numbers, tracks, artists, n_others = [], [], [], 0
    for number, line in enumerate(lines[n_described:], start=2 + n_described):
        # a track may hold the separator, so it is looked for from the right
        match line.rsplit(" -- ", maxsplit=2):
            case [track, credit, _album]:
                numbers.append(number)
                tracks.append(track)
                artists.append(primary_artist(credit, known))
            case _ if line.strip():
                n_others += 1
                rows.drop("line that is not a song", f"{path.name}, line {number}: {line}")
    n_lines = sum(not line.isspace() for line in lines[n_described:] if line)
    if len(numbers) + n_others != n_lines:
        raise InputError(
            f"of {n_lines} lines of {shown(path)} {len(numbers)} were kept and {n_others} "
            f"reported: this is a fault of the reader; please report it."
        )
    if not numbers:
        rows.drop(WITHOUT_SONGS, f"{path.name}: {title!r}")
    n_rows = len(numbers)
    rows.add(
        f"{path.name}, line",
        numbers,
        playlist=[path.name] * n_rows,
        title=[title] * n_rows,
        track=tracks,
        artist=artists,
    )


def _download(folder: Path) -> Path:
    """Download the commit and unpack its playlists, all of them or nothing."""
    had_zip = (data_dir() / SOURCE.place).exists()
    packed = SOURCE.fetch()
    draft = folder.with_name(".plain.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        with zipfile.ZipFile(packed) as archive:
            for name in archive.namelist():
                if playlist := PLAYLIST.fullmatch(name):
                    (draft / playlist[1]).write_bytes(archive.read(name))
        draft.rename(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise InputError(f"{SOURCE.place} is damaged: delete it, and start again.") from None
    except OSError as error:
        raise cannot_write(PLACE, SOURCE.megabytes, error) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not had_zip:
            packed.unlink(missing_ok=True)
    return folder
