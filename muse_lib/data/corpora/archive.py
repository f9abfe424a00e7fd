"""Three snapshots of the Spotify Playlist Archive: 409 playlists as Spotify showed them (MIT).

The snapshots are one commit each of the archive and two forks. A playlist is identified by its id,
the name of its file; if several snapshots contain it, the newest copy is used. Snapshots are dated
by their songs: `SNAPSHOTS` gives for each the month of the newest release in its daily and weekly
lists, such as Top 50 and New Music Friday, which older snapshots lack.
"""

import re
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from muse_lib.config import DataConfig
from muse_lib.data.corpora import artist_genres
from muse_lib.data.corpora.download import Remote, cannot_write
from muse_lib.data.corpora.opening import own_path, read_text
from muse_lib.data.corpora.rows import WITHOUT_SONGS, Rows
from muse_lib.data.corpus import Corpus
from muse_lib.data.makers import is_by_spotify
from muse_lib.errors import InputError
from muse_lib.names import folded
from muse_lib.paths import data_dir, shown
from muse_lib.progress import reporter


@dataclass(frozen=True)
class Snapshot:
    """One commit of the archive or of a fork.

    Attributes
    ----------
    place : str
        The folder of its playlists in the data folder.
    owner, commit : str
        The owner of the GitHub repository, and the commit.
    megabytes : int
        Approximate free space needed for the download.
    """

    place: str
    owner: str
    commit: str
    megabytes: int

    @property
    def zip(self) -> Remote:
        """The zip archive of the whole commit; only its playlists are kept."""
        return Remote(
            place=f"{self.place.split('/')[0]}/{self.commit}.zip",
            url=f"https://github.com/{self.owner}/spotify-playlist-archive/archive/{self.commit}.zip",
            megabytes=self.megabytes,
        )


SNAPSHOTS = (
    Snapshot(  # October 2021: "Easy On Me" by Adele
        "spotify-playlist-archive-tg-z/playlists/plain",
        "tg-z",
        "669518c5d9f50429984df1ddf66ca0892aab8bce",
        megabytes=100,
    ),
    Snapshot(  # May 2021: "Higher Power" by Coldplay
        "spotify-playlist-archive/plain",
        "mackorone",
        "97a1f6dae9218808e5a7d897e38ee999b8777dcc",
        megabytes=300,
    ),
    Snapshot(  # November 2020: "Prisoner" by Miley Cyrus and Dua Lipa
        "spotify-playlist-archive-catzs/playlists/plain",
        "catzs",
        "0f0fd8fc9d499b5b9ad7275b3ecfe446868bf7cc",
        megabytes=100,
    ),
)
"""Newest first."""

DIGEST = "a9b7aee5dca3020861b8e77cb0690bc3b0d4ba37052a6857fe25baf6920dc07f"
REMEDY = (
    "delete the folders that begin with spotify-playlist-archive, and artist-genres/, in the data "
    "folder so that they are downloaded again"
)

PLAYLIST = re.compile(r"[^/]+/playlists/plain/([0-9A-Za-z]+)")
"""A playlist in the zip archive; its name is a Spotify id, so it cannot escape the folder."""


def locate(config: DataConfig) -> list[Path]:
    """Return the folders of playlists, newest first; download missing ones."""
    artist_genres.FILE.fetch()
    if config.data_file:
        named = own_path(config.data_file)
        below = named / "playlists/plain"  # if it is a checkout of the archive or a fork
        return [below if below.is_dir() else named]
    return [_at_hand(snapshot) for snapshot in SNAPSHOTS]


def read(config: DataConfig) -> Corpus:
    """Read the playlists; the genres are those of a song's primary artist.

    If several snapshots contain a playlist, only the newest copy is read; the report lists the
    other copies and counts their lines.

    Raises
    ------
    InputError
        If the files are not available or cannot be read, or (unless they are the user's own) their
        content is not what the study was written for.
    """
    folders = locate(config)
    known = artist_genres.read(config.bad_utf8)
    rows = Rows()
    copies: dict[str, list[Path]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{shown(folder)} is a file: name the folder of playlists.")
        for path in folder.iterdir():
            if not path.name.startswith("."):
                copies.setdefault(path.name, []).append(path)
    with reporter(len(copies), "reading playlists") as report:
        for number, name in enumerate(sorted(copies), start=1):
            newest, *older = copies[name]
            for path in older:
                _report(path, rows, config)
            if newest.is_file():
                _add(newest, rows, known, config)
            else:
                rows.drop("folder not read", name)
            report(number)
    corpus = rows.corpus(config.corpus, " and ".join(map(shown, folders)))
    by_spotify = is_by_spotify(rows.playlists)
    corpus = replace(corpus, playlists=corpus.playlists.assign(by_spotify=by_spotify))
    corpus = artist_genres.labelled(corpus, known)
    if config.check_digest and not config.data_file:
        return corpus.verified(DIGEST, REMEDY)
    return corpus


def primary_artist(credit: str, known: Mapping[str, object]) -> str:
    """Return the first artist of a credit such as ``"Tyler, The Creator, Kali Uchis"``.

    Commas separate artists, but some names contain commas themselves. The longest prefix of the
    credit that is a known (folded) name is the artist; otherwise the first comma ends the name.
    """
    parts = credit.split(", ")
    for n_parts in range(len(parts), 1, -1):
        name = ", ".join(parts[:n_parts])
        if folded(name) in known:
            return name
    return parts[0]


def _below(path: Path, config: DataConfig) -> tuple[str, int, list[str]]:
    """Return a playlist's title, the line number of its first song, and the lines from there on.

    A file consists of a title, a description, an empty line, and one song per line. If no empty
    line follows the second line, that line is not a description and may be a song.
    """
    title, *lines = read_text(path, config.bad_utf8, config.max_unpacked).split("\n")
    n_described = 0 if "".join(lines[1:2]).strip() else 1
    return title, 2 + n_described, lines[n_described:]


def _report(path: Path, rows: Rows, config: DataConfig) -> None:
    """Report an older copy of a playlist, and its lines, as dropped."""
    title, _, lines = _below(path, config)
    copy = f"{path.name} of {path.relative_to(data_dir()).parts[0]}: {title!r}"
    rows.drop("playlist of an older snapshot", copy)
    rows.drop("line of an older snapshot", copy, sum(bool(line.strip()) for line in lines))


def _add(path: Path, rows: Rows, known: Mapping[str, object], config: DataConfig) -> None:
    """Add one playlist.

    Every non-blank line is either a song or in the report; the sum is checked at the end.
    """
    title, start, lines = _below(path, config)
    numbers, tracks, artists, n_others = [], [], [], 0
    for number, line in enumerate(lines, start=start):
        # a track may contain the separator, so split from the right
        match line.rsplit(" -- ", maxsplit=2):
            case [track, credit, _album]:
                numbers.append(number)
                tracks.append(track)
                artists.append(primary_artist(credit, known))
            case _ if line.strip():
                n_others += 1
                rows.drop("line that is not a song", f"{path.name}, line {number}: {line}")
    n_lines = sum(not line.isspace() for line in lines if line)
    if len(numbers) + n_others != n_lines:
        raise InputError(
            f"of {n_lines} lines of {shown(path)} {len(numbers)} were kept and {n_others} "
            f"reported: this is a bug in the reader; please report it."
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


def _at_hand(snapshot: Snapshot) -> Path:
    """Return the folder of a snapshot's playlists; download the snapshot if it is missing."""
    folder = data_dir() / snapshot.place
    if folder.is_dir():
        return folder
    had_zip = (data_dir() / snapshot.zip.place).exists()
    packed = snapshot.zip.fetch()
    draft = folder.with_name(".plain.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        with zipfile.ZipFile(packed) as archive:
            for name in archive.namelist():
                if playlist := PLAYLIST.fullmatch(name):
                    (draft / playlist[1]).write_bytes(archive.read(name))
        draft.rename(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise InputError(f"{snapshot.zip.place} is damaged: delete it and start again.") from None
    except OSError as error:
        raise cannot_write(snapshot.place, snapshot.megabytes, error) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not had_zip:
            packed.unlink(missing_ok=True)
    return folder
