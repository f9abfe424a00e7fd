"""Open the files people have: plain, gzip or zip, in whatever encoding, or say clearly why not."""

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
"""Characters of a file that is read in one piece: ten times what a slice or a playlist holds."""

LONGEST_LINE = 16_000_000
"""Characters of a line; what is longer is no row of a table, and is refused before it is held."""

TEXTS = (".csv", ".tsv", ".tab", ".txt")
"""What the name of a table ends in, in a folder or an archive; the last only if there is none of
the others, as it may be a note about them."""

MAX_UNPACKED, UNPACKED_ANYWAY = 50.0, 100_000_000
"""How many times its size a packed file may unpack to, and how many bytes any may."""

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks, and the encodings that they say a file is in."""

OTHERS = {
    b"PAR1": "Parquet",
    b"SQLite format 3": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
}
"""How files begin that are often taken for tables."""


def own_path(named: str, parameter: str = "data_file") -> Path:
    """Return the path the user named by a parameter; a relative one counts from the project's root.

    Raises
    ------
    InputError
        If nothing is there.
    """
    path = ROOT / Path(named).expanduser()
    if not path.exists():
        raise InputError(
            f"{parameter}={named} does not exist: name your file or folder with "
            f"--set {parameter}=PATH (a relative path counts from the project's folder)."
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
        The name inside the archive; empty for a file of its own.
    """

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The name that a report shows."""
        return Path(self.member).name or self.path.name

    @property
    def stem(self) -> str:
        """The name without what says how it is written: ``my.csv.gz`` is ``my``."""
        stem = self.name
        while Path(stem).suffix.lower() in (*TEXTS, ".gz", ".zip"):
            stem = Path(stem).stem
        return stem


def tables(path: Path) -> list[Table]:
    """Return the tables in a file, a folder or a zip archive, sorted by name.

    Hidden files, those that macOS puts into archives (``__MACOSX``), and in folders and archives
    whatever does not end in one of `TEXTS` are no tables.

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
                f"{shown(path)} is a workbook or a document of an office program: save its table "
                f"as CSV and name that file."
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
    """The bytes of a file, unpacked, as far as that may go.

    Attributes
    ----------
    done, total : int
        How far the reading is, and where it ends, in bytes of one kind.
    """

    def __init__(self, path: Path, file: IO[bytes], packed: IO[bytes] | None, most: float) -> None:
        self._path, self._file, self._packed, self._most = path, file, packed, most
        self._n_bytes = 0
        self.total = max(1, path.stat().st_size)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read some bytes; refuse what unpacks to more than it may."""
        chunk = self._file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._n_bytes += len(chunk)
        if self._packed is not None and 0 < self._most < self._n_bytes:
            raise InputError(
                f"{shown(self._path)} unpacks to more than {self._most:,.0f} bytes, far more than "
                f"tables do: unpack it yourself, or allow more with --set max_unpacked=NUMBER "
                f"(times its size; 0 for any)."
            )
        return len(chunk)

    @property
    def done(self) -> int:
        """How many of the bytes of the file as it lies there have been read."""
        return min(self.total, self._n_bytes if self._packed is None else self._packed.tell())


@contextmanager
def open_bytes(
    path: Path, member: str = "", max_unpacked: float = MAX_UNPACKED
) -> Iterator[tuple[io.BufferedReader, Stream]]:
    """Open a plain file, a gzip, or the one table inside a zip archive.

    What a file is, its first bytes say, and not its name.

    Parameters
    ----------
    path : Path
        The file.
    member : str
        Which member of an archive; empty for the only one.
    max_unpacked : float
        How many times its size it may unpack to; 0 for any.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder, not readable, truncated or damaged, or unpacks to
        more than it may; also while the caller reads from it.
    """
    with _reading(path):
        size = path.stat().st_size
        if path.is_file() and size == 0:
            raise InputError(f"{shown(path)} is empty: copy or download it anew.")
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
    """Say in a sentence why a file cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{shown(path)} does not exist: put it there, or name another.") from None
    except IsADirectoryError:
        raise InputError(f"{shown(path)} is a folder: name a file in it.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile):
        raise InputError(
            f"{shown(path)} is truncated or damaged: delete it, and copy or download it anew."
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
    """Open what `open_bytes` opens as text, with or without a byte-order mark.

    A mark says what the encoding is, whatever ``encoding`` says. Line endings are left as they
    are. At bytes that are not of the encoding, ``"replace"`` puts U+FFFD and ``"stop"`` raises
    InputError naming the line.
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
    r"""Yield the lines of a text, their endings with them; refuse one of over `LONGEST_LINE`.

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
        f"{shown(path)}, line {line} is longer than {LONGEST_LINE:,} characters: it is no table "
        f"with a song a line; name another file."
    )


def read_text(path: Path, bad_utf8: BadUtf8, max_unpacked: float = MAX_UNPACKED) -> str:
    r"""Return a whole text file, with ``\r\n`` put as ``\n``; refuse one of over `LONGEST_TEXT`."""
    with open_text(path, bad_utf8, max_unpacked=max_unpacked) as (file, _):
        text = file.read(LONGEST_TEXT + 1)
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"{shown(path)} holds more than {LONGEST_TEXT:,} characters, unpacked: it is no file "
            f"of this corpus; take it away."
        )
    return text.replace("\r\n", "\n")


def not_decoded(path: Path, line: int, encoding: str = "utf-8") -> InputError:
    """Return the error that names the line which is not of the encoding, and the remedies."""
    name = "UTF-8" if encoding.startswith("utf-8") else encoding
    return InputError(
        f"{shown(path)}, line {line} is not {name}: name the encoding it has, such as --set "
        f"encoding=cp1252, save the file as UTF-8, or put the sign U+FFFD for what cannot be read "
        f"with --set bad_utf8=replace."
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
    except (UnicodeDecodeError, NotImplementedError) as error:  # of names, of a later version
        raise zipfile.BadZipFile(str(error)) from None


def _member(archive: zipfile.ZipFile, path: Path, member: str) -> IO[bytes]:
    """Open a member of a zip archive, by default its only table."""
    found = [member] if member else _tables_among(archive.namelist())
    if len(found) != 1:
        raise InputError(
            f"{shown(path)} holds {len(found)} tables and not one: unpack it and name the file "
            f"with --set data_file=FILE."
        )
    try:
        return archive.open(found[0])
    except (RuntimeError, UnicodeDecodeError) as error:  # encrypted, or packed as nobody knows
        raise InputError(f"{shown(path)} cannot be unpacked ({error}): unpack it.") from None
