"""Cache the corpus read from a large source, so that loading it again takes seconds.

A cached corpus consists of four Parquet tables and, written last, a file with their digests and a
key, the digest of what the corpus was read from. If the cache is incomplete or has another key,
the source is read again.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from muse_lib.config import DataConfig
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.paths import CACHE
from muse_lib.storage.code_digest import code_digest
from muse_lib.storage.files import read_frame, read_json, write_frame, write_json

WORTH_KEEPING = 100_000_000
"""Minimum size in bytes of a source to cache; smaller ones are read in a few seconds."""

TABLES = ("playlists", "songs", "memberships", "dropped")
CONTENTS = "corpus.json"

OF_THE_SAMPLE = {
    *("seed", "n_seed_songs", "n_playlists", "max_playlist_length", "min_song_count"),
    "check_digest",
}
"""Parameters that do not affect reading."""

DAMAGED = "the cache is damaged, so "
"""Prefix of the progress label when a source has to be read again."""


def kept(
    config: DataConfig, files: Sequence[Path], reader: str, read: Callable[[str], Corpus]
) -> Corpus:
    """Return the corpus cached for these files, or read and cache it.

    Parameters
    ----------
    config : DataConfig
        How to read the source.
    files : sequence of Path
        The source. Changes are detected by size and modification time; a change that preserves
        both goes unnoticed.
    reader : str
        The dotted name of the module that reads it; a change of its code invalidates the cache.
    read : callable
        Reads the corpus. Its argument, `DAMAGED` or empty, is a prefix for the progress label.
    """
    states = [(path.name, path.stat()) for path in files]
    is_large = sum(state.st_size for _, state in states) >= WORTH_KEEPING
    if not is_large or find_spec("pyarrow") is None:
        return read("")
    how = config.model_dump(exclude=OF_THE_SAMPLE)
    listed = [(name, state.st_size, state.st_mtime_ns) for name, state in states]
    key = _digest([how, listed, code_digest([reader])])
    # one folder per source, so that an outdated cache is overwritten
    folder = CACHE / "corpora" / f"{config.corpus}-{_digest(str(files[0].resolve()))[:16]}"
    why = ""
    if (folder / CONTENTS).exists():
        try:
            if found := _found(folder, key):
                return found
        except InputError:
            why = DAMAGED
    corpus = read(why)
    try:
        _keep(corpus, folder, key)
    except OSError:  # for example, the disk is full: read it again next time
        shutil.rmtree(folder, ignore_errors=True)
    return corpus


def _found(folder: Path, key: str) -> Corpus | None:
    """Return the corpus cached in a folder; None if its key differs.

    Raises
    ------
    InputError
        If the cache is damaged.
    """
    contents = read_json(folder / CONTENTS, "read again.")
    try:
        if contents["key"] != key:
            return None
        tables = {name: folder / f"{name}.parquet" for name in TABLES}
        if contents["digests"] != {name: _digest_of(path) for name, path in tables.items()}:
            raise InputError("its tables have changed.")
        frames = {name: read_frame(path, "read again.") for name, path in tables.items()}
        return Corpus(contents["name"], **frames, notes=tuple(contents["notes"]))
    except (KeyError, TypeError, OSError) as error:
        raise InputError(f"it is not a cached corpus ({error}).") from None


def _keep(corpus: Corpus, folder: Path, key: str) -> None:
    """Write a corpus. If the process is killed, no `CONTENTS` refers to the tables left behind."""
    (folder / CONTENTS).unlink(missing_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for name, path in paths.items():
        write_frame(path, getattr(corpus, name))
    digests = {name: _digest_of(path) for name, path in paths.items()}
    contents = {"key": key, "name": corpus.name, "notes": corpus.notes, "digests": digests}
    write_json(folder / CONTENTS, contents)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
