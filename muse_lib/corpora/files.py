"""Open the files people have: plain, gzip or zip, in UTF-8, or say clearly why not."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, cast

from muse_lib.errors import InputError
from muse_lib.paths import ROOT, shown

BadUtf8 = Literal["stop", "replace"]

LONGEST_TEXT = 400_000_000
"""Characters of a file that is read in one piece: ten times what a slice or a playlist holds."""


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


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a plain file, a ``.gz``, or the one CSV file inside a ``.zip``.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder, not readable, truncated or damaged; also while
        the caller reads from it.
    """
    try:
        if path.is_file() and path.stat().st_size == 0:
            raise InputError(f"{shown(path)} is empty: copy or download it anew.")
        if path.suffix == ".zip":
            with _opened(path) as archive, _only_csv(archive, path) as file:
                yield file
        else:
            packed = path.suffix == ".gz"
            with cast(IO[bytes], gzip.open(path)) if packed else path.open("rb") as file:
                yield file
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
def open_text(path: Path, bad_utf8: BadUtf8) -> Iterator[IO[str]]:
    """Open what `open_bytes` opens as UTF-8 text, with or without a byte-order mark.

    Line endings are left as they are. At bytes that are not UTF-8, ``"replace"`` puts U+FFFD and
    ``"stop"`` raises InputError naming the line.
    """
    errors = "strict" if bad_utf8 == "stop" else "replace"
    with open_bytes(path) as file:
        try:
            yield io.TextIOWrapper(file, "utf-8-sig", errors=errors, newline="")
        except UnicodeDecodeError:
            raise not_utf8(path, _first_bad_line(path)) from None


def read_text(path: Path, bad_utf8: BadUtf8) -> str:
    r"""Return a whole text file, with ``\r\n`` put as ``\n``; refuse one of over `LONGEST_TEXT`."""
    with open_text(path, bad_utf8) as file:
        text = file.read(LONGEST_TEXT + 1)
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"{shown(path)} holds more than {LONGEST_TEXT:,} characters, unpacked: it is no file "
            f"of this corpus; take it away."
        )
    return text.replace("\r\n", "\n")


def not_utf8(path: Path, line: int) -> InputError:
    """Return the error that names the line which is not UTF-8, and the remedy."""
    return InputError(
        f"{shown(path)}, line {line} is not UTF-8: save the file as UTF-8, or put the sign U+FFFD "
        f"for what cannot be read with --set bad_utf8=replace."
    )


def _first_bad_line(path: Path) -> int:
    """Return the number of the first line that is not UTF-8, counted from 1."""
    with open_bytes(path) as file:
        return next(number for number, line in enumerate(file, start=1) if not _is_utf8(line))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (UnicodeDecodeError, NotImplementedError) as error:  # of names, of a later version
        raise zipfile.BadZipFile(str(error)) from None


def _only_csv(archive: zipfile.ZipFile, path: Path) -> IO[bytes]:
    """Open the one CSV file in a zip archive."""
    found = [name for name in archive.namelist() if name.endswith(".csv")]
    if len(found) != 1:
        raise InputError(
            f"{shown(path)} holds {len(found)} CSV files and not one: unpack it and name the file "
            f"with --set data_file=FILE."
        )
    try:
        return archive.open(found[0])
    except (RuntimeError, UnicodeDecodeError) as error:  # encrypted, or packed as nobody knows
        raise InputError(f"{shown(path)} cannot be unpacked ({error}): unpack it.") from None
