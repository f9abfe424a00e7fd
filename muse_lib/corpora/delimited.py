"""The `csv` corpus: anybody's own playlists, a row per song, columns named by parameters."""

import csv
from collections.abc import Iterator
from itertools import compress, islice
from pathlib import Path
from typing import IO

from muse_lib.config import DataConfig
from muse_lib.corpora.corpus import Corpus
from muse_lib.corpora.files import BadUtf8, open_text, own_path
from muse_lib.corpora.rows import Rows
from muse_lib.errors import InputError
from muse_lib.paths import shown

Block = tuple[list[int], dict[str, list[str]]]
"""The line each row starts at, and for each column asked for its values."""

BLOCK_ROWS = 200_000
REMEDY = (
    "set --set playlist_column=NAME, title_column=NAME (it may be the playlist column), "
    "track_column=NAME, artist_column=NAME and delimiter=SIGN to what the file has"
)


def locate(config: DataConfig) -> Path:
    """Return the path of the user's file."""
    if not config.data_file:
        raise InputError("the corpus csv needs your file: name it with --set data_file=FILE.")
    return own_path(config.data_file)


def read(config: DataConfig) -> Corpus:
    """Read a delimited file; its playlists' titles are those of their first rows.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged or not UTF-8, or lacks a column.
    """
    path = locate(config)
    columns = {
        "playlist": config.playlist_column,
        "title": config.title_column,
        "track": config.track_column,
        "artist": config.artist_column,
    }
    rows = Rows()
    wanted = list(dict.fromkeys(columns.values()))
    for lines, found in blocks(path, wanted, rows, config.delimiter, config.bad_utf8, REMEDY):
        texts = {ours: found[theirs] for ours, theirs in columns.items()}
        named = [bool(name.strip()) for name in texts["playlist"]]
        for row in (row for row, has_name in enumerate(named) if not has_name):
            rows.drop("row without a playlist", f"{path.name}, line {lines[row]}")
        rows.add(
            f"{path.name}, line",
            list(compress(lines, named)),
            **{column: list(compress(values, named)) for column, values in texts.items()},
        )
    return rows.corpus(config.corpus, shown(path))


def blocks(
    path: Path, wanted: list[str], rows: Rows, delimiter: str, bad_utf8: BadUtf8, remedy: str
) -> Iterator[Block]:
    """Read some columns of a delimited file, block by block.

    Parameters
    ----------
    path : Path
        A file as CSV files are: quoted where needed (newlines may be quoted too), a quote inside
        quotes doubled, the first row naming the columns.
    wanted : list of str
        The columns to read.
    rows : Rows
        Told of every row that is dropped: of another width than the header, or quoted wrongly.
    remedy : str
        What to do if a column is missing, for the message.
    """
    with open_text(path, bad_utf8) as file:
        well_quoted = _rows(file, delimiter, path, rows)
        header = [name.strip() for name in next(well_quoted, (1, []))[1]]
        missing = [name for name in wanted if name not in header]
        if missing:
            raise InputError(
                f"{shown(path)} has no column {' and no column '.join(map(repr, missing))}; its "
                f"columns are {_listed(header)}: {remedy}."
            )
        places = {name: header.index(name) for name in wanted}
        while block := list(islice(well_quoted, BLOCK_ROWS)):
            lines: list[int] = []
            found: dict[str, list[str]] = {name: [] for name in wanted}
            for line, row in block:
                if len(row) == len(header):
                    lines.append(line)
                    for name, place in places.items():
                        found[name].append(row[place])
                elif row:  # a blank line is no row
                    widths = f"{len(row)} columns instead of {len(header)}"
                    rows.drop("row of another width", f"{path.name}, line {line}: {widths}")
            yield lines, found


def _listed(header: list[str], n_shown: int = 20, width: int = 40) -> str:
    """Return the names of columns as a message shows them: not too many, none too long."""
    names = [repr(name[:width]) for name in header[:n_shown]]
    return ", ".join(names + ["..."] * (len(header) > n_shown))


def _rows(file: IO[str], delimiter: str, path: Path, rows: Rows) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are well quoted, each with the line it starts at."""
    # strict, or a stray quote would swallow what follows and nobody would know
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise InputError(
                    f"{shown(path)}, line {line}: a quote opens here and never closes: close it, "
                    f"or double it if it belongs to the text."
                ) from None
            rows.drop("row that is not well quoted", f"{path.name}, line {line}: {error}")
