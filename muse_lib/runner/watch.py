"""Show the progress of a running stage, and measure its time and memory."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from muse_lib.progress import duration, read_progress

MEGABYTE = 1_000_000


class Estimate:
    """An estimate of a run's remaining time, based on how long its stages took last.

    The recorded times may come from another machine, so they are scaled by the time this run has
    taken so far relative to the recorded times of the same stages.

    Parameters
    ----------
    last : mapping
        Recorded seconds by stage.
    ahead : iterable of str
        The stages that may run, in order.
    """

    def __init__(self, last: Mapping[str, float], ahead: Iterable[str]) -> None:
        self._last = dict(last)
        self._ahead = list(ahead)
        self._took = self._took_last = 0.0

    def finished(self, name: str, seconds: float) -> None:
        """Record how long a stage actually took."""
        if name in self._last:
            self._took += seconds
            self._took_last += self._last[name]

    def over(self, name: str) -> None:
        """Record that a stage is done, either by running it or because it was up to date."""
        self._ahead.remove(name)

    def left(self, name: str, spent: float) -> float | None:
        """Return the seconds left once stage ``name`` has been running for ``spent`` seconds.

        None if a recorded time is missing, or if the stage has exceeded its expected time.
        """
        if not self._ahead or not {*self._ahead} <= self._last.keys():
            return None
        pace = self._took / self._took_last if self._took_last else 1.0
        now = pace * self._last[name] - spent
        later = sum(self._last[other] for other in self._ahead if other != name)
        return now + pace * later if now > 0 else None


class Watch:
    """Show the progress of one stage and measure its time and memory.

    In a terminal, one line is updated in place; elsewhere a line is printed every minute.

    Parameters
    ----------
    title : str
        The title of the stage, shown in every line.
    left : function, optional
        Returns the remaining seconds of the run, given the seconds spent in this stage.

    Attributes
    ----------
    seconds : float
        Wall time.
    peak_mb : float
        Peak resident memory of the kernel and the processes it started, in megabytes.
    """

    def __init__(self, title: str, left: Callable[[float], float | None] | None = None) -> None:
        self.title = title
        self._left = left or (lambda _: None)
        self.seconds = 0.0
        self.peak_mb = 0.0
        self._live = sys.stderr.isatty()

    @contextmanager
    def over(self, progress: Path) -> Iterator[None]:
        """Watch while the block runs; ``progress`` is the kernel's progress file."""
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
                self._show(self.line(spent, read_progress(progress)))

    def line(self, spent: float, progress: str) -> str:
        """Return the line shown after ``spent`` seconds of this stage."""
        left = self._left(spent)
        state = f"{self.title} ... {duration(spent)}"
        if left is not None:
            state += f", about {duration(left)} left in the whole run"
        return f"{state}: {progress}" if progress else state

    def _show(self, line: str) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{line[:width]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, flush=True)


def _memory() -> int:
    """Return the memory in bytes of all descendants of this process: the kernel and its own."""
    now = peak = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            now += process.memory_info().rss
            peak = max(peak, _high_water(process.pid))
    return max(now, peak)


def _high_water(pid: int) -> int:
    """Return the peak memory of a process in bytes, or 0 on systems other than Linux."""
    with suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    return 0
