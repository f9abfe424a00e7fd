"""The Million Playlist Dataset: slices of a thousand playlists in JSON, plain or gzip.

Spotify gave it for research (RecSys Challenge 2018); it can no longer be downloaded, so the user
has to have it.
"""

import json
import re
from pathlib import Path
from typing import Any

from muse_lib.config import DataConfig
from muse_lib.data.corpora.download import DATA_FOLDER
from muse_lib.data.corpora.opening import BadUtf8, own_path, read_text
from muse_lib.data.corpora.rows import WITHOUT_SONGS, Rows
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.paths import data_dir, shown
from muse_lib.progress import reporter

PLACE = "mpd"
SLICE = re.compile(r"mpd\.slice\.(\d+)-(\d+)\.json(\.gz)?", re.IGNORECASE)
ALMOST = re.compile(r"mpd.?slice", re.IGNORECASE)
"""What is in the name of a file that somebody may take for a slice."""

MISNAMED = "file not read, since its name is not like mpd.slice.0-999.json"
HELD_TWICE = "file not read, since another one holds its playlists"
REMEDY = "copy it anew, or name the folder of the slices, or one of them, with --set data_file=PATH"


def locate(config: DataConfig) -> Path:
    """Return the folder of slices, or the one slice that the user names."""
    place = own_path(config.data_file) if config.data_file else data_dir() / PLACE
    if not config.data_file and not place.is_dir():
        raise InputError(
            f"the Million Playlist Dataset is not there, and it cannot be downloaded: put the "
            f"files mpd.slice.*.json in {PLACE}/ in the data folder ({DATA_FOLDER}), or name "
            f"their folder with --set data_file=FOLDER."
        )
    return place


def read(config: DataConfig) -> Corpus:
    """Read the slices one after the other, in the order of their numbers.

    Every track of every slice is a membership of the corpus or in its report. A slice in which a
    playlist or a track lacks a part is refused as a whole: it is damaged or of another data set,
    and its other parts cannot be trusted either.

    Raises
    ------
    InputError
        If there is no slice, or one is truncated, damaged or not of the data set's schema.
    """
    place = locate(config)
    rows = Rows()
    paths, unread = slices(place)
    for reason, files in unread.items():
        if files:
            rows.drop(reason, ", ".join(path.name for path in files), len(files))
    with reporter(len(paths), "reading slices") as report:
        for number, path in enumerate(paths, start=1):
            _add(path, rows, config)
            report(number)
    return rows.corpus(config.corpus, shown(place))


def slices(place: Path) -> tuple[list[Path], dict[str, list[Path]]]:
    """Return the slices to read, and the files that look like slices and are not read.

    Parameters
    ----------
    place : Path
        A slice, whatever its name; or a folder of slices, those in the folders below it included.

    Returns
    -------
    list of Path
        By the number of their first playlist. Of files whose ranges of numbers overlap the first
        is read; of equal firsts the one with more playlists, then the plain one.
    dict of str to list of Path
        By reason.

    Raises
    ------
    InputError
        If there is none.
    """
    if place.is_file():
        return [place], {}
    named, unread = [], {MISNAMED: list[Path](), HELD_TWICE: list[Path]()}
    for path in sorted(place.rglob("[!.]*")):
        if path.is_file() and (name := SLICE.fullmatch(path.name)):
            named.append((int(name[1]), -int(name[2]), bool(name[3]), path))
        elif path.is_file() and ALMOST.search(path.name):
            unread[MISNAMED].append(path)
    found, end = list[Path](), -1
    for first, minus_last, _, path in sorted(named):
        if first > end:
            found.append(path)
            end = max(first, -minus_last)
        else:
            unread[HELD_TWICE].append(path)
    if not found:
        raise InputError(
            f"{shown(place)} holds no file mpd.slice.*.json or .json.gz: name the folder that "
            f"does with --set data_file=FOLDER."
        )
    return found, unread


def _add(path: Path, rows: Rows, config: DataConfig) -> None:
    """Add the playlists of one slice, or refuse it."""
    try:
        text = read_text(path, config.bad_utf8, config.max_unpacked)
        content = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)} is truncated or not JSON ({error}): {REMEDY}.") from None
    try:
        _add_playlists(content["playlists"], path.name, rows, config.bad_utf8)
    except UnicodeEncodeError:
        raise InputError(
            f"{shown(path)} holds half of a sign (an escape such as \\ud83d without its other "
            f"half): put the sign U+FFFD for it with --set bad_utf8=replace."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise InputError(
            f"{shown(path)} is not a slice of the Million Playlist Dataset ({reason}): {REMEDY}."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of JSON, in which no name stands twice: the first would be lost in silence."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("an object has one name twice")
    return made


def _add_playlists(playlists: Any, name: str, rows: Rows, bad_utf8: BadUtf8) -> None:
    """Add what the list of a slice holds."""
    if not isinstance(playlists, list):
        raise TypeError("its playlists are not a list")
    pids: list[int] = []
    columns: dict[str, list[str]] = {"playlist": [], "title": [], "track": [], "artist": []}
    for place, playlist in enumerate(playlists):
        pid, title, songs = playlist["pid"], playlist["name"], playlist["tracks"]
        if not songs:
            rows.drop(WITHOUT_SONGS, f"{name}, playlist {pid}: {title!r}")
        pids += [pid] * len(songs)
        columns["playlist"] += [f"{name}:{place}"] * len(songs)  # whatever its pid
        columns["title"] += [title] * len(songs)
        columns["track"] += [song["track_name"] for song in songs]
        columns["artist"] += [song["artist_name"] for song in songs]
    if bad_utf8 == "replace":
        columns = {
            column: [text and _whole(text) for text in texts] for column, texts in columns.items()
        }
    rows.add(f"{name}, playlist", pids, **columns)


def _whole(text: str) -> str:
    """Return text with U+FFFD for every half of a surrogate pair."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
