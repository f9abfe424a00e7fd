"""Move what a stage made into place: all of it on success, none of it on failure."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIGNALS = {signal.SIGINT, signal.SIGTERM}
PREFIX, NOTE = "muse-", "temporary.txt"
"""How a temporary folder's name begins, and the file in which the drafts say where it is."""


def publish(draft: Path, target: Path, stale: set[str]) -> list[str]:
    """Move every file below ``draft`` to the same place below ``target``.

    Parameters
    ----------
    draft, target : Path
        Folders of one file system.
    stale : set of str
        What the stage published when it ran before; what it did not make again is removed.

    Returns
    -------
    list of str
        The files published, as paths from ``target``, sorted.
    """
    names = files_of(draft)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).replace(target / name)
    for name in stale - set(names):
        (target / name).unlink(missing_ok=True)
    shutil.rmtree(draft)
    return names


def files_of(draft: Path) -> list[str]:
    """Return every file below ``draft``, as paths from there, sorted."""
    return sorted(p.relative_to(draft).as_posix() for p in draft.rglob("*") if p.is_file())


def sweep(draft: Path, results: Path) -> None:
    """Remove what a killed run left unfinished: its drafts, none of which was published."""
    with suppress(OSError, ValueError):
        temporary = Path((draft / NOTE).read_text("utf-8"))
        if temporary.name.startswith(PREFIX) and temporary.is_absolute():
            shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(draft, ignore_errors=True)
    for path in results.rglob(".*.draft"):
        path.unlink(missing_ok=True)


def keep_failed(draft: Path, failed: Path, name: str) -> list[Path]:
    """Move a failed notebook and its kernel's log, if it says anything, apart; return where to."""
    forget_failed(failed, name)
    notebook, log = draft / "notebooks" / f"{name}.ipynb", draft / "kernel.log"
    failed.mkdir(parents=True, exist_ok=True)
    there = [path for path in (notebook, log) if path.exists() and path.stat().st_size]
    kept = [path.replace(failed / f"{name}{path.suffix}") for path in there]
    shutil.rmtree(draft, ignore_errors=True)
    return kept


def forget_failed(failed: Path, name: str) -> None:
    """Remove what an earlier failure of the stage left."""
    for suffix in (".ipynb", ".log"):
        (failed / f"{name}{suffix}").unlink(missing_ok=True)


@contextmanager
def temporary_folder(draft: Path) -> Iterator[Path]:
    """Give a folder for what a kernel needs while it runs, its sockets above all.

    It lies among the system's temporary files, because the paths of sockets must be short. A run
    that is killed leaves it behind; the next one finds its name in the folder of drafts.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        note = draft / NOTE
        note.write_text(folder, "utf-8")
        try:
            yield Path(folder)
        finally:
            note.unlink(missing_ok=True)


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Block Ctrl-C and the signal to terminate until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
