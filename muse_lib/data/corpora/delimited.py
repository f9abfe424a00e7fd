"""Read delimited text tables with one song per row, without losing a row silently.

Every line of a file other than the header and blank lines is either kept or reported; a check at
the end compares the sum with the number of lines.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from muse_lib.data.corpora.opening import MAX_UNPACKED, BadUtf8, Table, open_text, text_lines
from muse_lib.data.corpora.rows import Rows
from muse_lib.errors import InputError
from muse_lib.names import INVISIBLE
from muse_lib.paths import shown
from muse_lib.progress import reporter

Block = tuple[list[int], dict[str, list[str]]]
"""The line number where each row starts, and the values of each requested column."""

BLOCK_ROWS = 200_000
REPORT_EVERY = 50_000
"""Lines between two progress reports."""

LONGEST_FIELD = 131_072
"""Maximum characters of a cell, the limit of Python's csv; no song name is that long."""

MOST_LINES, MOST_CHARACTERS = 500, 1_000_000
"""How far a quoted cell may extend before its quote counts as never closed."""

SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""A first line that tells Excel the delimiter."""

NEVER_CLOSED = "row with a quote that never closes"
NOT_WELL_QUOTED = "row with invalid quoting"
SPANS = "row with a line break in a name"

GUESSES = ("\t", ";", "|")
"""Delimiters tried if the default comma does not find all columns."""


EXPORT = "save or export the playlists as CSV and name that file"


@dataclass(frozen=True)
class Dialect:
    """The format of a table.

    Attributes
    ----------
    delimiter : str
        The character between cells.
    quoted : bool
        Whether cells may be quoted, with a quote inside doubled (or, as in MySQL, escaped with a
        backslash). If not, quotes are ordinary characters.
    encoding : str
        Overridden by a byte-order mark in the file.
    bad_utf8 : {"stop", "replace"}
        What to do at undecodable bytes.
    max_unpacked : float
        Maximum ratio of unpacked to packed file size; 0 for no limit.
    """

    delimiter: str = ","
    quoted: bool = True
    encoding: str = "utf-8"
    bad_utf8: BadUtf8 = "stop"
    max_unpacked: float = MAX_UNPACKED


@dataclass
class Lines:
    """The non-blank lines of a file with their numbers; lines can be put back and read again.

    Attributes
    ----------
    n_read : int
        Number of lines read, each counted once.
    """

    source: Iterator[str]
    n_read: int = 0
    _number: int = 0
    _waiting: deque[tuple[int, str]] = field(default_factory=deque)

    def take(self, inside: bool = False) -> tuple[int, str] | None:
        """Return number and text of the next line, including blank ones only ``inside`` quotes."""
        while True:
            if self._waiting:
                number, line = self._waiting.popleft()
                blank = is_blank(line)
            else:
                text = next(self.source, None)
                if text is None:
                    return None
                line = text
                self._number += 1
                number, blank = self._number, is_blank(line)
                self.n_read += not blank
            if inside or not blank:
                return number, line

    def put_back(self, lines: Sequence[tuple[int, str]]) -> None:
        """Put lines back in front, to be read again in the same order."""
        self._waiting.extendleft(reversed(lines))


def is_blank(line: str) -> bool:
    """Return whether a line has no visible characters."""
    seen = line.strip()
    return not seen or not (seen.isascii() or INVISIBLE.sub("", seen).strip())


def blocks(
    table: Table,
    wanted: Sequence[str],
    rows: Rows,
    dialect: Dialect,
    remedy: str,
    no_table: str = EXPORT,
) -> Iterator[Block]:
    """Read some columns of a table, block by block.

    Parameters
    ----------
    table : Table
        The file; its first non-blank line (after ``sep=;``, if present) names the columns.
    wanted : sequence of str
        The columns to read.
    rows : Rows
        Receives a report of every dropped line: one with more cells than the header, with invalid
        quoting, or with a line break inside a wanted cell. The next row begins at the next line.
        Cells missing at the end of a row are empty.
    dialect : Dialect
        The format of the table.
    remedy : str
        What to do if a column is missing, for the message.
    no_table : str
        What to do if the file is JSON, HTML or the like.

    Raises
    ------
    InputError
        If the file cannot be read, or a wanted column is missing or duplicated.
    """
    with _opened(table, dialect) as lines:
        header, dialect = _header(lines, table, dialect, wanted, no_table)
        _check_columns(header, wanted, table, remedy)
        places = [header.index(name) for name in wanted]
        n_before, n_kept, n_reported, n_spanning = lines.n_read, 0, 0, 0
        numbers: list[int] = []
        cells: list[list[str]] = [[] for _ in wanted]
        while (first := lines.take()) is not None:
            record = _record(lines, first, dialect, len(header), places)
            if record.problem:
                example = f"{table.name}, line {first[0]}: {first[1].strip()}"
                rows.drop(record.problem, example, record.n_lines)
                n_reported += record.n_lines
                continue
            n_kept += record.n_lines
            n_spanning += record.n_lines > 1
            numbers.append(first[0])
            for column, place in zip(cells, places, strict=True):
                column.append(record.cells[place])
            if len(numbers) == BLOCK_ROWS:
                yield numbers, dict(zip(wanted, cells, strict=True))
                numbers, cells = [], [[] for _ in wanted]
        if n_kept + n_reported != lines.n_read - n_before:
            raise InputError(
                f"{shown(table.path)} has {lines.n_read - n_before} rows, of which {n_kept} were "
                f"kept and {n_reported} reported: this is a bug in the reader; please report it."
            )
        if n_spanning:
            rows.note(
                f"{n_spanning:,} rows of {table.name} span several lines in unused cells: "
                f"check for an unclosed quote."
            )
        yield numbers, dict(zip(wanted, cells, strict=True))


def header_of(table: Table, dialect: Dialect, wanted: Sequence[str]) -> list[str]:
    """Return the column names of a table; ``wanted`` are those expected to be there."""
    with _opened(table, dialect) as lines:
        return _header(lines, table, dialect, wanted, EXPORT)[0]


@contextmanager
def _opened(table: Table, dialect: Dialect) -> Iterator[Lines]:
    """Open a table and report the progress of reading it."""
    with (
        open_text(
            table.path, dialect.bad_utf8, dialect.encoding, table.member, dialect.max_unpacked
        ) as (file, stream),
        reporter(stream.total, f"reading {table.name}") as report,
    ):

        def reported() -> Iterator[str]:
            for number, line in enumerate(text_lines(file, table.path)):
                if number % REPORT_EVERY == 0:
                    report(stream.done)
                yield line

        yield Lines(reported())


def _header(
    lines: Lines, table: Table, dialect: Dialect, wanted: Sequence[str], no_table: str
) -> tuple[list[str], Dialect]:
    """Consume the header and return the column names and the format of the rows."""
    first = lines.take()
    if first is not None and (separator := SEPARATOR.fullmatch(first[1].strip("\ufeff\r\n"))):
        dialect = replace(dialect, delimiter=separator[1])
        first = lines.take()
    if first is None:
        raise InputError(f"{shown(table.path)} contains no rows: name another file.")
    _refuse_what_is_no_table(first[1], table, no_table)
    header = _names(lines, first, dialect)
    if dialect.delimiter == "," and not set(wanted) <= set(header):
        for delimiter in GUESSES:
            guess = replace(dialect, delimiter=delimiter)
            names = _names(lines, first, guess)
            if wanted and set(wanted) <= set(names):
                return names, guess
    return header, dialect


def _names(lines: Lines, first: tuple[int, str], dialect: Dialect) -> list[str]:
    """Return the column names in a header, quoted or not."""
    record = _record(lines, first, dialect, None, ())
    cells = first[1].split(dialect.delimiter) if record.problem else record.cells
    return [" ".join(INVISIBLE.sub("", name).split()) for name in cells]


def _refuse_what_is_no_table(line: str, table: Table, remedy: str) -> None:
    start = line.lstrip("\ufeff \t").lower()
    kind = ""
    if start.startswith(("{", "[")):
        kind = "JSON"
    elif start.startswith(("<!doctype html", "<html")):
        kind = "an HTML page"
    elif start.startswith("<?xml"):
        kind = "XML"
    elif "\0" in line:
        kind = "binary data or UTF-16 without a byte-order mark (then: --set encoding=utf-16-le)"
    if kind:
        raise InputError(
            f"{shown(table.path)} is {kind}, not a table with one song per row: {remedy}."
        )


def _check_columns(header: list[str], wanted: Sequence[str], table: Table, remedy: str) -> None:
    """Raise `InputError` if a wanted column is missing or duplicated."""
    missing = [name for name in wanted if name not in header]
    if missing:
        raise InputError(
            f"{shown(table.path)} has no column {' and no column '.join(map(repr, missing))}; its "
            f"columns are {_listed(header)}: {remedy}."
        )
    for name in wanted:
        if header.count(name) > 1:
            raise InputError(
                f"{shown(table.path)} has {header.count(name)} columns called {name!r}: give each "
                f"column a unique name (its columns are {_listed(header)})."
            )


def _listed(header: list[str], n_shown: int = 20, width: int = 40) -> str:
    """Return column names for a message: not too many, none too long."""
    names = [repr(name[:width]) for name in header[:n_shown]]
    return ", ".join(names + ["..."] * (len(header) > n_shown))


@dataclass(frozen=True)
class Record:
    """A record of the table: its cells, or what is wrong with it, and the number of its lines."""

    cells: list[str]
    n_lines: int = 1
    problem: str = ""


def _record(
    lines: Lines,
    first: tuple[int, str],
    dialect: Dialect,
    width: int | None,
    places: Sequence[int],
) -> Record:
    """Return the record that starts at a line, with as many cells as the header has.

    Parameters
    ----------
    width : int or None
        The number of columns; None for the header itself.
    places : sequence of int
        Indices of the wanted columns, whose cells must not span lines.
    """
    line = first[1].rstrip("\r\n")
    if not dialect.quoted or ('"' not in line and len(line) <= LONGEST_FIELD):
        cells = line.split(dialect.delimiter)
        if dialect.quoted and " " in line:
            cells = [cell.lstrip(" ") for cell in cells]  # like skipinitialspace in csv
        record = Record(cells)
    else:
        record = _quoted(lines, first, dialect, width, places)
    cells = record.cells
    if record.problem or width is None or len(cells) == width:
        return record
    if any(cell.strip() for cell in cells[width:]):
        return replace(record, problem=f"row of more than {width} columns")
    return replace(record, cells=cells[:width] + [""] * (width - len(cells)))


def _quoted(
    lines: Lines,
    first: tuple[int, str],
    dialect: Dialect,
    width: int | None,
    places: Sequence[int],
) -> Record:
    """Parse a record with quotes.

    A malformed record consumes only its first line. So does one that contains lines with as many
    delimiters as a row: its quote was never closed, and pairing it with a later quote would
    swallow the rows in between.
    """
    problem = ""
    for escape in (None, "\\") if '\\"' in first[1] else (None,):
        taken: list[tuple[int, str]] = []
        reader = csv.reader(
            _while_open(lines, first, taken),
            delimiter=dialect.delimiter,
            skipinitialspace=True,
            escapechar=escape,
            strict=True,  # otherwise a stray quote silently swallows what follows
        )
        try:
            cells = next(reader)
        except csv.Error as error:
            problem = NEVER_CLOSED if "unexpected end" in str(error) else NOT_WELL_QUOTED
        else:
            spanning = [place for place, cell in enumerate(cells) if "\n" in cell or "\r" in cell]
            # if the first column spans lines, its last line rightly contains all other cells
            inside = taken if spanning and spanning[0] > 0 else taken[:-1]
            n_delimiters = (line.count(dialect.delimiter) for _, line in inside)
            if width is None or all(n < width - 1 for n in n_delimiters):
                n_lines = 1 + sum(not is_blank(line) for _, line in taken)
                spans = not {*places}.isdisjoint(spanning)
                return Record(cells, n_lines, SPANS if spans else "")
            problem = NEVER_CLOSED
        lines.put_back(taken)
    return Record([], problem=problem)


def _while_open(
    lines: Lines, first: tuple[int, str], taken: list[tuple[int, str]]
) -> Iterator[str]:
    """Yield a line and those after it on demand, appending the latter to ``taken``."""
    yield first[1]
    n_characters = len(first[1])
    while len(taken) < MOST_LINES and n_characters < MOST_CHARACTERS:
        line = lines.take(inside=True)
        if line is None:
            return
        taken.append(line)
        n_characters += len(line[1])
        yield line[1]
