"""Open plain, gzip or zip files in any encoding, with a clear error if that fails."""

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from muse_lib.errors import InputError
from muse_lib.paths import ROOT, shown

BadUtf8 = Literal["stop", "replace"]

LONGEST_TEXT = 400_000_000
"""Maximum characters of a file read in one piece: ten times those of a slice or a playlist."""

LONGEST_LINE = 16_000_000
"""Maximum characters per line; longer lines are not table rows, and are never read into memory."""

TEXTS = (".csv", ".tsv", ".tab", ".txt")
"""The suffixes of tables in a folder or an archive. The last counts only if there are none of the
others, since a text file beside tables is probably a note about them."""

MAX_UNPACKED, UNPACKED_ANYWAY = 50.0, 100_000_000
"""The maximum ratio of unpacked to packed size, and the number of bytes that is always allowed."""

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks and the encodings they indicate."""

OTHERS = {
    b"PAR1": "Parquet",
    b"SQLite format 3": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
}
"""First bytes of other formats that users often supply instead of CSV."""


def own_path(named: str, parameter: str = "data_file") -> Path:
    """Return the path that the user gave as a parameter, relative to the project's root.

    Raises
    ------
    InputError
        If it does not exist.
    """
    path = ROOT / Path(named).expanduser()
    if not path.exists():
        raise InputError(
            f"{parameter}={named} does not exist: name your file or folder with "
            f"--set {parameter}=PATH (relative paths start from the project's folder)."
        )
    return path


@dataclass(frozen=True)
class Table:
    """One table among the user's files: a file, or a member of a zip archive.

    Attributes
    ----------
    path : Path
        The file.
    member : str
        The name inside the archive; empty if ``path`` is the table itself.
    """

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The name shown in reports."""
        return Path(self.member).name or self.path.name

    @property
    def stem(self) -> str:
        """The name without its format suffixes: ``my`` for ``my.csv.gz``."""
        stem = self.name
        while Path(stem).suffix.lower() in (*TEXTS, ".gz", ".zip"):
            stem = Path(stem).stem
        return stem


def tables(path: Path) -> list[Table]:
    """Return the tables in a file, a folder or a zip archive, sorted by name.

    In folders and archives, only files that end in one of `TEXTS` count as tables. Hidden files
    and those that macOS adds to archives (``__MACOSX``) do not.

    Raises
    ------
    InputError
        If there is none.
    """
    if path.is_dir():
        files = {file.relative_to(path).as_posix(): file for file in path.rglob("*")}
        names = [name for name, file in files.items() if file.is_file()]
        found = [Table(files[name]) for name in _tables_among(names)]
        what = "folder"
    elif path.is_file() and zipfile.is_zipfile(path):
        with _reading(path), _opened(path) as archive:
            names = archive.namelist()
        if any(name.startswith(("xl/", "word/")) or name == "mimetype" for name in names):
            raise InputError(
                f"{shown(path)} is a spreadsheet or office document: save its table as CSV and "
                f"name that file."
            )
        found = [Table(path, name) for name in _tables_among(names)]
        what = "archive"
    else:
        return [Table(path)]
    if not found:
        raise InputError(
            f"the {what} {shown(path)} holds no table (a file that ends in {', '.join(TEXTS)}): "
            f"name another with --set data_file=PATH."
        )
    return found


def _tables_among(names: Iterable[str]) -> list[str]:
    """Return the names of tables, sorted."""

    def hidden(name: str) -> bool:
        return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))

    for suffixes in (TEXTS[:-1], TEXTS[-1:]):
        found = [
            name
            for name in names
            if name.lower().removesuffix(".gz").endswith(suffixes) and not hidden(name)
        ]
        if found:
            return sorted(found)
    return []


class Stream(io.RawIOBase):
    """The unpacked bytes of a file, up to the allowed size.

    Attributes
    ----------
    done, total : int
        Bytes read so far and in total, both packed or both unpacked.
    """

    def __init__(self, path: Path, file: IO[bytes], packed: IO[bytes] | None, most: float) -> None:
        self._path, self._file, self._packed, self._most = path, file, packed, most
        self._n_bytes = 0
        self.total = max(1, path.stat().st_size)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read some bytes; raise `InputError` if the file unpacks to more than allowed."""
        chunk = self._file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._n_bytes += len(chunk)
        if self._packed is not None and 0 < self._most < self._n_bytes:
            raise InputError(
                f"{shown(self._path)} unpacks to more than {self._most:,.0f} bytes, far more than "
                f"a table should: unpack it yourself, or allow more with --set max_unpacked=NUMBER "
                f"(times its size; 0 for no limit)."
            )
        return len(chunk)

    @property
    def done(self) -> int:
        """Bytes of the file on disk read so far."""
        return min(self.total, self._n_bytes if self._packed is None else self._packed.tell())


@contextmanager
def open_bytes(
    path: Path, member: str = "", max_unpacked: float = MAX_UNPACKED
) -> Iterator[tuple[io.BufferedReader, Stream]]:
    """Open a plain file, a gzip, or the one table inside a zip archive.

    The format is detected from the first bytes, not from the name.

    Parameters
    ----------
    path : Path
        The file.
    member : str
        Which member of an archive; empty for the only one.
    max_unpacked : float
        Maximum ratio of unpacked to packed size; 0 for no limit.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder, unreadable, truncated or damaged, or unpacks to
        more than allowed; possibly only while the caller reads from it.
    """
    with _reading(path):
        size = path.stat().st_size
        if path.is_file() and size == 0:
            raise InputError(f"{shown(path)} is empty: copy or download it again.")
        most = max(max_unpacked * size, UNPACKED_ANYWAY) if max_unpacked else 0
        with path.open("rb") as raw:
            start = raw.read(16)
            raw.seek(0)
            for begins, kind in OTHERS.items():
                if start.startswith(begins):
                    raise InputError(f"{shown(path)} is {kind}: save its table as CSV.")
            if start.startswith(b"\x1f\x8b"):
                with cast(IO[bytes], gzip.open(raw)) as file:
                    stream = Stream(path, file, raw, most)
                    yield io.BufferedReader(stream, 1 << 16), stream
            elif start.startswith(b"PK\x03\x04") or path.suffix.lower() == ".zip":
                with _opened(path) as archive, _member(archive, path, member) as file:
                    stream = Stream(path, file, cast(IO[bytes], archive.fp), most)
                    yield io.BufferedReader(stream, 1 << 16), stream
            elif path.suffix.lower() == ".gz":
                raise gzip.BadGzipFile
            else:
                stream = Stream(path, raw, None, most)
                yield io.BufferedReader(stream, 1 << 16), stream


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn exceptions while reading a file into an `InputError`."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{shown(path)} does not exist: put it there, or name another.") from None
    except IsADirectoryError:
        raise InputError(f"{shown(path)} is a folder: name a file in it.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile):
        raise InputError(
            f"{shown(path)} is truncated or damaged: delete it, and copy or download it again."
        ) from None
    except OSError as error:
        raise InputError(f"{shown(path)} cannot be read: {error.strerror or error}.") from None


@contextmanager
def open_text(
    path: Path,
    bad_utf8: BadUtf8,
    encoding: str = "utf-8",
    member: str = "",
    max_unpacked: float = MAX_UNPACKED,
) -> Iterator[tuple[io.TextIOWrapper, Stream]]:
    """Open a file as text, with or without a byte-order mark; otherwise like `open_bytes`.

    A byte-order mark overrides ``encoding``. Line endings are left unchanged. Undecodable bytes
    become U+FFFD with ``"replace"``; with ``"stop"`` they raise InputError naming the line.
    """
    errors = "strict" if bad_utf8 == "stop" else "replace"
    with open_bytes(path, member, max_unpacked) as (file, stream):
        start = file.peek(4)[:4]
        marked = next((name for mark, name in MARKS if start.startswith(mark)), encoding)
        try:
            yield io.TextIOWrapper(file, marked, errors=errors, newline=""), stream
        except UnicodeError:
            line = _first_bad_line(path, marked, member, max_unpacked)
            raise not_decoded(path, line, marked) from None


def text_lines(file: io.TextIOWrapper, path: Path) -> Iterator[str]:
    r"""Yield the lines of a text with their endings; raise if one exceeds `LONGEST_LINE`.

    A line ends in ``\n``, ``\r\n`` or ``\r``.
    """
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise too_long(path, number)
        yield line


def too_long(path: Path, line: int) -> InputError:
    """Return the error for a line that is longer than `LONGEST_LINE`."""
    return InputError(
        f"{shown(path)}, line {line} is longer than {LONGEST_LINE:,} characters: it is not a table "
        f"with one song per line; name another file."
    )


def read_text(path: Path, bad_utf8: BadUtf8, max_unpacked: float = MAX_UNPACKED) -> str:
    r"""Return a whole text file, with ``\r\n`` as ``\n``; raise if it exceeds `LONGEST_TEXT`."""
    with open_text(path, bad_utf8, max_unpacked=max_unpacked) as (file, _):
        text = file.read(LONGEST_TEXT + 1)
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"{shown(path)} unpacks to more than {LONGEST_TEXT:,} characters, so it does not "
            f"belong to this corpus: remove it."
        )
    return text.replace("\r\n", "\n")


def not_decoded(path: Path, line: int, encoding: str = "utf-8") -> InputError:
    """Return the error for a line that cannot be decoded, with the remedies."""
    name = "UTF-8" if encoding.startswith("utf-8") else encoding
    return InputError(
        f"{shown(path)}, line {line} is not {name}: name the file's encoding, such as --set "
        f"encoding=cp1252, save the file as UTF-8, or replace undecodable bytes by U+FFFD with "
        f"--set bad_utf8=replace."
    )


def _first_bad_line(path: Path, encoding: str, member: str, max_unpacked: float) -> int:
    """Return the number of the first line that cannot be decoded, counted from 1."""
    with open_bytes(path, member, max_unpacked) as (file, _):
        text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
        lines = enumerate(text_lines(text, path), start=1)
        return next((number for number, line in lines if "\ufffd" in line), 1)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (
        UnicodeDecodeError,
        NotImplementedError,
    ) as error:  # undecodable names, a newer zip version
        raise zipfile.BadZipFile(str(error)) from None


def _member(archive: zipfile.ZipFile, path: Path, member: str) -> IO[bytes]:
    """Open a member of a zip archive, by default its only table."""
    found = [member] if member else _tables_among(archive.namelist())
    if len(found) != 1:
        raise InputError(
            f"{shown(path)} must contain exactly one table, not {len(found)}: unpack it and name "
            f"the file with --set data_file=FILE."
        )
    try:
        return archive.open(found[0])
    except (RuntimeError, UnicodeDecodeError) as error:  # encrypted, or unknown compression
        raise InputError(
            f"{shown(path)} cannot be unpacked ({error}): unpack it yourself."
        ) from None
