"""Move the files of a stage into place: all of them on success, none on failure."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIGNALS = {signal.SIGINT, signal.SIGTERM}
PREFIX, NOTE = "muse-", "temporary.txt"
"""The prefix of temporary folders, and the file in the draft folder that records their path."""


def publish(draft: Path, target: Path, stale: set[str]) -> list[str]:
    """Move every file below ``draft`` to the same place below ``target``.

    Parameters
    ----------
    draft, target : Path
        Folders on the same file system.
    stale : set of str
        Files that the stage published before; those it did not produce again are removed.

    Returns
    -------
    list of str
        The published files, as sorted paths relative to ``target``.
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
    """Return every file below ``draft``, as sorted relative paths."""
    return sorted(p.relative_to(draft).as_posix() for p in draft.rglob("*") if p.is_file())


def sweep(draft: Path, results: Path) -> None:
    """Remove the unpublished drafts of a killed run."""
    with suppress(OSError, ValueError):
        temporary = Path((draft / NOTE).read_text("utf-8"))
        if temporary.name.startswith(PREFIX) and temporary.is_absolute():
            shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(draft, ignore_errors=True)
    for path in results.rglob(".*.draft"):
        path.unlink(missing_ok=True)


def keep_failed(draft: Path, failed: Path, name: str) -> list[Path]:
    """Set aside a failed notebook and its kernel's log, unless empty; return their new paths."""
    forget_failed(failed, name)
    notebook, log = draft / "notebooks" / f"{name}.ipynb", draft / "kernel.log"
    failed.mkdir(parents=True, exist_ok=True)
    there = [path for path in (notebook, log) if path.exists() and path.stat().st_size]
    kept = [path.replace(failed / f"{name}{path.suffix}") for path in there]
    shutil.rmtree(draft, ignore_errors=True)
    return kept


def forget_failed(failed: Path, name: str) -> None:
    """Remove what an earlier failure of the stage left behind."""
    for suffix in (".ipynb", ".log"):
        (failed / f"{name}{suffix}").unlink(missing_ok=True)


@contextmanager
def temporary_folder(draft: Path) -> Iterator[Path]:
    """Yield a folder for a running kernel, mainly for its sockets.

    It is among the system's temporary files, because the paths of sockets must be short. A killed
    run leaves it behind; the next run finds its path in the draft folder and removes it.
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
    """Defer Ctrl-C and SIGTERM until the end of the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
