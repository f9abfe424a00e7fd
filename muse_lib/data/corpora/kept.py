"""Keep what reading a large source made, so that the next reading takes seconds.

A kept corpus is four tables in Parquet and, written last, a file that names the digest of each and
the key: what the corpus was made from. Whatever is not whole and of this key is read anew.
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
"""Bytes of a source from which on what was read is kept; less is read in a few seconds."""

TABLES = ("playlists", "songs", "memberships", "dropped")
CONTENTS = "corpus.json"

OF_THE_SAMPLE = {
    *("seed", "n_seed_songs", "n_playlists", "max_playlist_length", "min_song_count"),
    "check_digest",
}
"""Parameters that play no part in reading."""

DAMAGED = "what was kept of the last reading is damaged, so "
"""How the name of a reading begins that had to be done again."""


def kept(
    config: DataConfig, files: Sequence[Path], reader: str, read: Callable[[str], Corpus]
) -> Corpus:
    """Return the corpus that was made of these files before, or make and keep it.

    Parameters
    ----------
    config : DataConfig
        How it is read.
    files : sequence of Path
        The source. A file of another size or time of change is another file; that of one whose
        content was changed with neither is not seen.
    reader : str
        The dotted name of the module that reads it. Other code is another key.
    read : callable
        Makes the corpus. It is given the beginning of a sentence, `DAMAGED` or empty, to put
        before what it says it does.
    """
    states = [(path.name, path.stat()) for path in files]
    is_large = sum(state.st_size for _, state in states) >= WORTH_KEEPING
    if not is_large or find_spec("pyarrow") is None:
        return read("")
    how = config.model_dump(exclude=OF_THE_SAMPLE)
    listed = [(name, state.st_size, state.st_mtime_ns) for name, state in states]
    key = _digest([how, listed, code_digest([reader])])
    # one place for a source, so that what is out of date makes room
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
    except OSError:  # no space, say: then it is read again next time
        shutil.rmtree(folder, ignore_errors=True)
    return corpus


def _found(folder: Path, key: str) -> Corpus | None:
    """Return the corpus in a folder; None if it is of another key.

    Raises
    ------
    InputError
        If it is damaged.
    """
    contents = read_json(folder / CONTENTS, "read again.")
    try:
        if contents["key"] != key:
            return None
        tables = {name: folder / f"{name}.parquet" for name in TABLES}
        if contents["digests"] != {name: _digest_of(path) for name, path in tables.items()}:
            raise InputError("its tables are not those that were kept.")
        frames = {name: read_frame(path, "read again.") for name, path in tables.items()}
        return Corpus(contents["name"], **frames, notes=tuple(contents["notes"]))
    except (KeyError, TypeError, OSError) as error:
        raise InputError(f"it is no kept corpus ({error}).") from None


def _keep(corpus: Corpus, folder: Path, key: str) -> None:
    """Write a corpus. A kill on the way leaves tables that `CONTENTS` does not name."""
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
