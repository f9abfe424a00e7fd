"""The Million Playlist Dataset: slices of a thousand playlists in JSON, plain or gzip.

Spotify gave it for research (RecSys Challenge 2018); it can no longer be downloaded, so the user
has to have it.
"""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa

from muse_lib.config import DataConfig
from muse_lib.corpora.corpus import Corpus
from muse_lib.corpora.download import DATA_FOLDER
from muse_lib.corpora.files import BadUtf8, own_path, read_text
from muse_lib.corpora.rows import WITHOUT_SONGS, Rows
from muse_lib.errors import InputError
from muse_lib.paths import data_dir, shown

PLACE = "mpd"
SLICE = re.compile(r"mpd\.slice\.(\d+)-\d+\.json(\.gz)?")


def locate(config: DataConfig) -> Path:
    """Return the folder of slices."""
    folder = own_path(config.data_file) if config.data_file else data_dir() / PLACE
    if not folder.is_dir():
        raise InputError(
            f"the Million Playlist Dataset is not there, and it cannot be downloaded: put the "
            f"files mpd.slice.*.json in {PLACE}/ in the data folder ({DATA_FOLDER}), or name "
            f"their folder with --set data_file=FOLDER."
        )
    return folder


def read(config: DataConfig) -> Corpus:
    """Read the slices one after the other, in the order of their numbers.

    Raises
    ------
    InputError
        If there is no slice, or one is truncated, damaged or not of the data set's schema.
    """
    folder = locate(config)
    rows = Rows()
    for path in slices(folder):
        content = _parsed(path, config)
        try:
            _add(content, path, rows, config.bad_utf8)
        except UnicodeEncodeError:
            raise InputError(
                f"{shown(path)} holds half of a sign (an escape such as \\ud83d without its other "
                f"half): put the sign U+FFFD for it with --set bad_utf8=replace."
            ) from None
        except (
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            OverflowError,
            pa.ArrowException,
        ) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else error
            raise InputError(
                f"{shown(path)} is not a slice of the Million Playlist Dataset ({reason}): "
                f"copy it anew."
            ) from None
    return rows.corpus(config.corpus, shown(folder))


def slices(folder: Path) -> list[Path]:
    """Return the slices in a folder and those below it, by number; packed ones if not unpacked."""
    found: dict[int, Path] = {}
    for path in sorted(folder.rglob("mpd.slice.*")):
        if name := SLICE.fullmatch(path.name):
            found.setdefault(int(name[1]), path)  # .json comes before .json.gz
    if not found:
        raise InputError(
            f"{shown(folder)} holds no file mpd.slice.*.json or .json.gz: name the folder that "
            f"does with --set data_file=FOLDER."
        )
    return [found[number] for number in sorted(found)]


def _parsed(path: Path, config: DataConfig) -> Any:
    """Return what a JSON file says."""
    try:
        return json.loads(read_text(path, config.bad_utf8))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{shown(path)} is truncated or not JSON ({error}): copy it anew."
        ) from None


def _add(content: Any, path: Path, rows: Rows, bad_utf8: BadUtf8) -> None:
    """Add the playlists of one slice."""
    pids: list[int] = []
    columns: dict[str, list[str]] = {"playlist": [], "title": [], "track": [], "artist": []}
    for place, playlist in enumerate(content["playlists"]):
        pid, title, songs = playlist["pid"], playlist["name"], playlist["tracks"]
        if not songs:
            rows.drop(WITHOUT_SONGS, f"{path.name}, playlist {pid}: {title!r}")
        pids += [pid] * len(songs)
        columns["playlist"] += [f"{path.name}:{place}"] * len(songs)  # whatever its pid
        columns["title"] += [title] * len(songs)
        columns["track"] += [song["track_name"] for song in songs]
        columns["artist"] += [song["artist_name"] for song in songs]
    if bad_utf8 == "replace":
        columns = {
            name: [text and _whole(text) for text in texts] for name, texts in columns.items()
        }
    rows.add(f"{path.name}, playlist", pids, **columns)


def _whole(text: str) -> str:
    """Return text with U+FFFD for every half of a surrogate pair."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
