"""Move what a stage made into place: all of it on success, none of it on failure."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIGNALS = {signal.SIGINT, signal.SIGTERM}


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
    files = sorted(path.relative_to(draft) for path in draft.rglob("*") if path.is_file())
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (draft / file).replace(target / file)
    names = [file.as_posix() for file in files]
    for name in stale - set(names):
        (target / name).unlink(missing_ok=True)
    shutil.rmtree(draft)
    return names


def keep_failed(draft: Path, failed: Path, name: str) -> Path | None:
    """Move a failed notebook and its kernel's log apart and return where the notebook lies."""
    forget_failed(failed, name)
    notebook, log = draft / "notebooks" / f"{name}.ipynb", draft / "kernel.log"
    failed.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size:
        log.replace(failed / f"{name}.log")
    kept = failed / notebook.name if notebook.exists() else None
    if kept:
        notebook.replace(kept)
    shutil.rmtree(draft, ignore_errors=True)
    return kept


def forget_failed(failed: Path, name: str) -> None:
    """Remove what an earlier failure of the stage left."""
    for suffix in (".ipynb", ".log"):
        (failed / f"{name}{suffix}").unlink(missing_ok=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put Ctrl-C and the signal to terminate off until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
