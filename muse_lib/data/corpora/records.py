"""Records of delimited text: which lines belong to a record, and its cells.

A record usually has one line; a quoted cell may span several.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from muse_lib.data.corpora.opening import MAX_UNPACKED, BadUtf8
from muse_lib.names import INVISIBLE

LONGEST_FIELD = 131_072
"""Maximum characters of a cell, the limit of Python's csv; no song name is that long."""

MOST_LINES, MOST_CHARACTERS = 500, 1_000_000
"""How far a quoted cell may extend before its quote counts as never closed."""

NEVER_CLOSED = "row with a quote that never closes"
NOT_WELL_QUOTED = "row with invalid quoting"
SPANS = "row with a line break in a name"


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


@dataclass(frozen=True)
class Record:
    """A record of the table: its cells, or what is wrong with it, and the number of its lines."""

    cells: list[str]
    n_lines: int = 1
    problem: str = ""


def next_record(
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
        Indices of the columns whose cells must not span lines.
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
    cells as a row: its quote was never closed, and pairing it with a later quote would swallow the
    rows in between.
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
            n_cells = (_cells_of(line, dialect) for _, line in inside)
            if width is None or all(n < width for n in n_cells):
                n_lines = 1 + sum(not is_blank(line) for _, line in taken)
                spans = not {*places}.isdisjoint(spanning)
                return Record(cells, n_lines, SPANS if spans else "")
            problem = NEVER_CLOSED
        lines.put_back(taken)
    return Record([], problem=problem)


def _cells_of(line: str, dialect: Dialect) -> int:
    """Return the number of cells of a line that is taken for a row; 0 if it cannot be one."""
    row = csv.reader([line], delimiter=dialect.delimiter, skipinitialspace=True)
    try:
        return len(next(row, []))
    except csv.Error:
        return 0


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
