r"""The poster's own data: the Spotify Playlists Dataset (Pichl, Zangerle, Specht 2015), Zenodo.

The CSV file does not escape quotes inside fields, so CSV readers garble it. A row is a line that
matches ``^"([0-9a-f]{32})","(.*)","(.*)","(.*)"$``: user, artist, track, playlist.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muse_lib.config import DataConfig
from muse_lib.data.corpora.download import Remote
from muse_lib.data.corpora.kept import kept
from muse_lib.data.corpora.opening import LONGEST_LINE, not_decoded, open_bytes, own_path, too_long
from muse_lib.data.corpora.rows import ROLES, Coded, Rows
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.paths import data_dir, shown
from muse_lib.progress import reporter

FILE = Remote(
    place="spotify/spotify_playlists.zip",
    url="doi:10.5281/zenodo.2594557/spotify_playlists.zip",
    megabytes=300,
)
UNPACKED = "spotify/spotify_dataset.csv"

COLUMNS = ["user_id", "artistname", "trackname", "playlistname"]
USER = re.compile(rb'"[0-9a-f]{32}","')
USER_BYTES = 36
BLOCK_BYTES = 1 << 24


def locate(config: DataConfig) -> Path:
    """Return the path of the CSV file or its zip archive, downloaded if necessary."""
    if config.data_file:
        return own_path(config.data_file)
    unpacked = data_dir() / UNPACKED
    return unpacked if unpacked.exists() else FILE.fetch()


def read(config: DataConfig) -> Corpus:
    """Read the file, or load the cached corpus; user and name together identify a playlist.

    Raises
    ------
    InputError
        If the file is not available, damaged, not UTF-8, or not this data set.
    """
    path = locate(config)
    return kept(config, [path], __name__, lambda why: _read(path, config, why))


def _read(path: Path, config: DataConfig, why: str) -> Corpus:
    """Read the file in blocks of lines."""
    rows = Rows(key=("playlist", "title"))
    first, found = 1, list[np.ndarray]()
    blocks: dict[str, list[pa.DictionaryArray]] = {name: [] for name in ROLES}
    with (
        open_bytes(path, max_unpacked=config.max_unpacked) as (file, stream),
        reporter(stream.total, f"{why}reading {path.name}" if why else path.name) as report,
    ):
        for block in _whole_lines(file, path):
            report(stream.done)
            try:
                text = block.decode("utf-8", "strict" if config.bad_utf8 == "stop" else "replace")
            except UnicodeDecodeError as error:
                raise not_decoded(path, first + block.count(b"\n", 0, error.start)) from None
            lines = pc.split_pattern(pa.array([text]), "\n").values
            numbers = np.arange(first, first + len(lines), dtype=np.int32)
            first += len(lines)
            if numbers[0] == 1:
                lines, numbers = _without_header(lines, numbers, path)
            is_row, columns = split_rows(lines)
            bad = np.flatnonzero(~is_row)
            if len(bad):
                example = f"{path.name}, line {numbers[bad[0]]}: {lines[bad[0]]}"
                rows.drop("line that is not a row", example, len(bad))
            found.append(numbers[is_row])
            for name, column in columns.items():
                blocks[name].append(column.dictionary_encode())
    whole = {name: _coded(encoded) for name, encoded in blocks.items()}
    rows.add(f"{path.name}, line", np.concatenate([*found, np.empty(0, np.int32)]), **whole)
    return rows.corpus(config.corpus, shown(path))


def split_rows(lines: pa.StringArray) -> tuple[np.ndarray, dict[str, pa.Array]]:
    r"""Match every line with ``^"([0-9a-f]{32})","(.*)","(.*)","(.*)"$``.

    The expression is greedy: if ``","`` occurs inside a field, the last two separate the fields.

    Returns
    -------
    is_row : ndarray of bool, shape (n_lines,)
        Which lines match.
    columns : dict
        ``playlist`` (the user), ``artist``, ``track`` and ``title`` of those that do.
    """
    raw = lines.cast(pa.binary())  # slicing bytes is fast; slicing characters has to count them
    users = pc.binary_slice(raw, 0, USER_BYTES).dictionary_encode()
    known = [USER.fullmatch(user) is not None for user in users.dictionary.to_pylist()]
    fields = pc.split_pattern(
        pc.binary_slice(raw, USER_BYTES, -1), b'","', max_splits=2, reverse=True
    )
    is_row = pc.and_(
        pc.and_(pa.array(known, pa.bool_()).take(users.indices), pc.ends_with(raw, b'"')),
        pc.equal(pc.list_value_length(fields), 3),
    )
    fields = fields.filter(is_row)
    artist, track, title = (pc.list_element(fields, i).cast(pa.string()) for i in range(3))
    columns = {"playlist": users.filter(is_row), "artist": artist, "track": track, "title": title}
    return is_row.to_numpy(zero_copy_only=False), columns


def _coded(blocks: list[pa.DictionaryArray]) -> Coded:
    """Convert Arrow's dictionary-encoded blocks to `Coded`."""
    if not blocks:
        return Coded(np.empty(0, np.int32), [])
    whole = pa.chunked_array(blocks).unify_dictionaries()
    texts = whole.chunk(0).dictionary.to_pylist()
    if isinstance(
        next(iter(texts), ""), bytes
    ):  # users; arbitrary bytes in lines that are not rows
        texts = [text.decode("utf-8", "replace") for text in texts]
    return Coded(np.concatenate([block.indices.to_numpy() for block in whole.chunks]), texts)


def _whole_lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    r"""Yield blocks of whole lines, with ``\r\n`` converted to ``\n``."""
    rest = b""
    n_lines = 0
    while chunk := file.read(BLOCK_BYTES):
        block, newline, rest = (rest + chunk).rpartition(b"\n")
        n_lines += block.count(b"\n") + len(newline)
        if len(rest) > LONGEST_LINE:
            raise too_long(path, n_lines + 1)
        if newline:
            yield block.replace(b"\r\n", b"\n").removesuffix(b"\r")
    if rest:
        yield rest.removesuffix(b"\r")


def _without_header(
    lines: pa.StringArray, numbers: np.ndarray, path: Path
) -> tuple[pa.StringArray, np.ndarray]:
    """Remove the header from the first block of lines, if there is one."""
    line = lines[0].as_py()
    if [name.strip(' "\ufeff') for name in line.split(",")] == COLUMNS:
        return lines[1:], numbers[1:]
    if split_rows(lines[:1])[0][0]:
        return lines, numbers
    raise InputError(
        f"{shown(path)} is not the Spotify Playlists Dataset: it starts with {line[:80]!r} and not "
        f"with the columns {', '.join(COLUMNS)}; name that file with --set data_file=FILE, or use "
        f"the corpus csv for a file of your own."
    )
