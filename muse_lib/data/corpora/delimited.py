"""Read delimited text tables with one song per row, without losing a row silently.

Every line of a file other than the header and blank lines is either kept or reported; a check at
the end compares the sum with the number of lines.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from muse_lib.data.corpora.opening import Table, open_text, text_lines
from muse_lib.data.corpora.records import Dialect, Lines, next_record
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

SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""A first line that tells Excel the delimiter."""

GUESSES = ("\t", ";", "|")
"""Delimiters tried if the default comma does not find all columns."""

EXPORT = "save or export the playlists as CSV and name that file"


def blocks(
    table: Table,
    wanted: Sequence[str],
    rows: Rows,
    dialect: Dialect,
    remedy: str,
    no_table: str = EXPORT,
    may_span: Sequence[str] = (),
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
        quoting, or with a line break inside a wanted cell of other columns than ``may_span``. The
        next row begins at the next line. Cells missing at the end of a row are empty.
    dialect : Dialect
        The format of the table.
    remedy : str
        What to do if a column is missing, for the message.
    no_table : str
        What to do if the file is JSON, HTML or the like.
    may_span : sequence of str
        Columns whose cells may contain line breaks: texts that identify nothing.

    Raises
    ------
    InputError
        If the file cannot be read, or a wanted column is missing or duplicated.
    """
    with _opened(table, dialect) as lines:
        header, dialect = _header(lines, table, dialect, wanted, no_table)
        _check_columns(header, wanted, table, remedy)
        places = [header.index(name) for name in wanted]
        of_one_line = [header.index(name) for name in wanted if name not in may_span]
        n_before, n_kept, n_reported, n_spanning = lines.n_read, 0, 0, 0
        numbers: list[int] = []
        cells: list[list[str]] = [[] for _ in wanted]
        while (first := lines.take()) is not None:
            record = next_record(lines, first, dialect, len(header), of_one_line)
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
                f"{n_spanning:,} rows of {table.name} span several lines in titles or unused "
                f"cells: check for an unclosed quote."
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
    record = next_record(lines, first, dialect, None, ())
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
