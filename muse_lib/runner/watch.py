"""What a user sees of a running stage, and what is measured of it from outside."""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from muse_lib.progress import duration, read_progress

MEGABYTE = 1_000_000


class Watch:
    """Shows the progress of one stage and measures its time and memory.

    In a terminal one live line is drawn over and over; elsewhere a line is printed every minute.

    Parameters
    ----------
    title : str
        How the stage is called in the lines.

    Attributes
    ----------
    seconds : float
        Wall time.
    peak_mb : float
        Largest resident memory of the kernel and the processes it started, in megabytes.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.seconds = 0.0
        self.peak_mb = 0.0
        self._live = sys.stderr.isatty()

    @contextmanager
    def over(self, progress: Path) -> Iterator[None]:
        """Watch while the block runs; ``progress`` is the file that its kernel reports to."""
        done = threading.Event()
        start = time.monotonic()
        thread = threading.Thread(target=self._look, args=(progress, done, start), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.seconds = time.monotonic() - start
            done.set()
            thread.join()
            if self._live:
                print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _look(self, progress: Path, done: threading.Event, start: float) -> None:
        due = 0.0 if self._live else 60.0
        while not done.wait(0.25):
            self.peak_mb = max(self.peak_mb, _memory() / MEGABYTE)
            spent = time.monotonic() - start
            if spent >= due:
                due = spent + (0.5 if self._live else 60.0)
                self._show(f"{self.title} ... {duration(spent)}", read_progress(progress))

    def _show(self, state: str, progress: str) -> None:
        line = f"{state}: {progress}" if progress else state
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{line[:width]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, flush=True)


def _memory() -> int:
    """Return the memory in bytes of all processes below this one: the kernel and its own."""
    now = peak = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            now += process.memory_info().rss
            peak = max(peak, _high_water(process.pid))
    return max(now, peak)


def _high_water(pid: int) -> int:
    """Return the most memory in bytes that a process has had, where the system (Linux) knows."""
    with suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    return 0
