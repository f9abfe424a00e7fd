"""Allow one run at a time per folder; a killed run leaves no lock behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from muse_lib.errors import InputError
from muse_lib.paths import shown

LOCK = ".lock"


@contextmanager
def locked(results: Path) -> Iterator[None]:
    """Keep two runs from writing to one folder; runs in other folders are not affected.

    Raises
    ------
    InputError
        If another run is writing there; the message names its process.
    """
    results.mkdir(parents=True, exist_ok=True)
    with (results / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise InputError(
                f"another run (process {lock.read().strip() or 'unknown'}) is writing to "
                f"{shown(results)}: wait for it to end or stop it."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def in_turn(folder: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for ``folder``; for short operations."""
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
