"""The Million Playlist Dataset: JSON slices of a thousand playlists, plain or gzip.

Spotify released it for research (RecSys Challenge 2018). It can no longer be downloaded, so the
user must already have a copy.
"""

import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from muse_lib.config import DataConfig
from muse_lib.data.corpora.download import DATA_FOLDER
from muse_lib.data.corpora.kept import kept
from muse_lib.data.corpora.opening import BadUtf8, own_path, read_text
from muse_lib.data.corpora.rows import ROLES, WITHOUT_SONGS, Coded, Rows
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.paths import data_dir, shown
from muse_lib.progress import reporter
from muse_lib.workers import Workers

if TYPE_CHECKING:
    import pyarrow as pa

PLACE = "mpd"
SLICE = re.compile(r"mpd\.slice\.(\d+)-(\d+)\.json(\.gz)?", re.IGNORECASE)
ALMOST = re.compile(r"mpd.?slice", re.IGNORECASE)
"""Matches the names of files that look like misnamed slices."""

MISNAMED = "misnamed file (expected mpd.slice.0-999.json)"
HELD_TWICE = "file that duplicates playlists of another"
REMEDY = "copy it again, or name the folder of slices, or a single one, with --set data_file=PATH"


def locate(config: DataConfig) -> Path:
    """Return the folder of slices, or the single slice that the user names."""
    place = own_path(config.data_file) if config.data_file else data_dir() / PLACE
    if not config.data_file and not place.is_dir():
        raise InputError(
            f"the Million Playlist Dataset is missing and cannot be downloaded: put the files "
            f"mpd.slice.*.json in {PLACE}/ in the data folder ({DATA_FOLDER}), or name their "
            f"folder with --set data_file=FOLDER."
        )
    return place


def read(config: DataConfig) -> Corpus:
    """Read the slices on all cores, in the order of their numbers, or load the cached corpus.

    Every track of every slice becomes a membership of the corpus or appears in its report. A slice
    with an incomplete playlist or track is rejected as a whole: it is damaged or from another data
    set, so the rest of it cannot be trusted either.

    Raises
    ------
    InputError
        If there is no slice, or one is truncated, damaged or does not follow the schema.
    """
    place = locate(config)
    paths, unread = slices(place)
    rows = Rows()
    for reason, files in unread.items():
        if files:
            rows.drop(reason, ", ".join(path.name for path in files), len(files))
    source = [*paths, *(path for files in unread.values() for path in files)]
    return kept(config, source, __name__, lambda why: _read(paths, rows, place, config, why))


def _read(paths: list[Path], rows: Rows, place: Path, config: DataConfig, why: str) -> Corpus:
    """Read slices into ``rows``, which already list the files not read."""
    with Workers() as workers, reporter(len(paths), f"{why}reading slices") as report:
        found = workers.map(partial(read_slice, config=config), paths)
        for number, (path, one) in enumerate(zip(paths, found, strict=True), start=1):
            for empty in one.without_songs:
                rows.drop(WITHOUT_SONGS, empty)
            rows.add(f"{path.name}, playlist", one.pids, **one.columns)
            report(number)
    return rows.corpus(config.corpus, shown(place))


def slices(place: Path) -> tuple[list[Path], dict[str, list[Path]]]:
    """Return the slices to read, and the files that look like slices but are not read.

    Parameters
    ----------
    place : Path
        A slice, whatever its name, or a folder that is searched recursively for slices.

    Returns
    -------
    list of Path
        Sorted by the number of their first playlist. If the ranges of files overlap, only the
        first is read; if two start at the same number, the one with more playlists, or else the
        uncompressed one.
    dict of str to list of Path
        The files not read, by reason.

    Raises
    ------
    InputError
        If there is no slice.
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
            f"{shown(place)} holds no file mpd.slice.*.json or .json.gz: name the folder of "
            f"slices with --set data_file=FOLDER."
        )
    return found, unread


@dataclass(frozen=True)
class Slice:
    """The content of a slice, one row per track.

    Attributes
    ----------
    pids : ndarray
        (n_rows,) int32: the slice's id of the playlist.
    columns : dict of str to Coded
        One for each of `muse_lib.data.corpora.rows.ROLES`.
    without_songs : list of str
        Location and title of each playlist without songs.
    """

    pids: np.ndarray
    columns: dict[str, Coded]
    without_songs: list[str]


def read_slice(path: Path, config: DataConfig) -> Slice:
    """Read one slice.

    Arrow parses several times faster than Python's own parser, and releases the GIL. If it finds
    anything unusual, the Python parser decides, and explains what is wrong.
    """
    text = read_text(path, config.bad_utf8, config.max_unpacked)
    return _parsed_by_arrow(text, path.name) or _parsed(text, path, config.bad_utf8)


def _parsed(text: str, path: Path, bad_utf8: BadUtf8) -> Slice:
    """Parse a slice with Python's parser, which reports what is wrong and where."""
    try:
        content = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)} is truncated or not JSON ({error}): {REMEDY}.") from None
    try:
        return _checked(content["playlists"], path.name, bad_utf8)
    except UnicodeEncodeError:
        raise InputError(
            f"{shown(path)} contains half of a surrogate pair (an escape such as \\ud83d without "
            f"its other half): replace it by U+FFFD with --set bad_utf8=replace."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise InputError(
            f"{shown(path)} is not a slice of the Million Playlist Dataset ({reason}): {REMEDY}."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object, rejecting duplicate names: the first would be lost silently."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("an object has a duplicate name")
    return made


def _checked(playlists: Any, name: str, bad_utf8: BadUtf8) -> Slice:
    """Return the content of a slice's list of playlists."""
    if not isinstance(playlists, list):
        raise TypeError("its playlists are not a list")
    pids: list[int] = []
    without_songs: list[str] = []
    columns: dict[str, list[str]] = {role: [] for role in ROLES}
    for place, playlist in enumerate(playlists):
        pid, title, songs = playlist["pid"], playlist["name"], playlist["tracks"]
        if not songs:
            without_songs.append(_named(name, pid, title))
        pids += [pid] * len(songs)
        columns["playlist"] += [f"{name}:{place}"] * len(songs)  # whatever its pid
        columns["title"] += [title] * len(songs)
        columns["track"] += [song["track_name"] for song in songs]
        columns["artist"] += [song["artist_name"] for song in songs]
    if bad_utf8 == "replace":
        columns = {
            column: [text and _whole(text) for text in texts] for column, texts in columns.items()
        }
    coded = {column: Coded.of(texts) for column, texts in columns.items()}
    return Slice(np.asarray(pids, dtype=np.int32), coded, without_songs)


def _parsed_by_arrow(text: str, name: str) -> Slice | None:
    """Parse a slice as `_parsed` does; return None if `_parsed` has to decide."""
    try:
        import pyarrow as pa  # comes with the study; without it, reading is slower
        from pyarrow import json as arrow
    except ImportError:
        return None
    track = pa.struct({"track_name": pa.string(), "artist_name": pa.string()})
    fields = {"pid": pa.int32(), "name": pa.string(), "tracks": pa.list_(track)}
    schema = pa.schema({"playlists": pa.list_(pa.struct(fields))})
    raw = text.encode()
    try:
        table = arrow.read_json(
            pa.BufferReader(raw),
            arrow.ReadOptions(use_threads=False, block_size=len(raw) + 1),
            arrow.ParseOptions(schema, newlines_in_values=True, unexpected_field_behavior="ignore"),
        )
        (lists,) = table["playlists"].chunks
        playlists, tracks = lists.flatten(), lists.flatten().field("tracks")
        songs = tracks.flatten()
        title, pid = playlists.field("name"), playlists.field("pid")
        parts = [lists, playlists, tracks, songs, title, pid, *songs.flatten()]
        if len(lists) != 1 or any(part.null_count for part in parts):
            return None
        lengths = tracks.value_lengths().to_numpy()
        columns = {
            "title": _coded(title, lengths),
            "track": _coded(songs.field("track_name")),
            "artist": _coded(songs.field("artist_name")),
        }
    except (pa.ArrowException, ValueError):  # for example, a field is not text, or half a pair
        return None
    places = np.repeat(np.arange(lengths.size), lengths)
    columns["playlist"] = Coded(places, [f"{name}:{place}" for place in range(lengths.size)])
    without_songs = [
        _named(name, pid[place].as_py(), title[place].as_py())
        for place in np.flatnonzero(lengths == 0).tolist()
    ]
    return Slice(np.repeat(pid.to_numpy(), lengths), columns, without_songs)


def _coded(texts: "pa.StringArray", times: np.ndarray | None = None) -> Coded:
    """Encode an Arrow column, repeating each text ``times`` times, once by default."""
    texts.validate(full=True)  # without it, half of a surrogate pair would pass
    encoded = texts.dictionary_encode()
    codes = encoded.indices.to_numpy()
    return Coded(
        codes if times is None else np.repeat(codes, times), encoded.dictionary.to_pylist()
    )


def _named(name: str, pid: object, title: object) -> str:
    """Return a playlist's name for the report."""
    return f"{name}, playlist {pid}: {title!r}"


def _whole(text: str) -> str:
    """Return text with U+FFFD for every half of a surrogate pair."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
