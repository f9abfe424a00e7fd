"""What a user sees of a running stage, and what is measured of it from outside."""

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
    """How long a run still takes, by what its stages took last; None where that is not known.

    What this run has taken so far, beside what the same stages took last, is the pace of this
    machine: the record may come from another one.

    Parameters
    ----------
    last : mapping
        Seconds by stage.
    ahead : iterable of str
        The stages that may run, in order.
    """

    def __init__(self, last: Mapping[str, float], ahead: Iterable[str]) -> None:
        self._last = dict(last)
        self._ahead = list(ahead)
        self._took = self._took_last = 0.0

    def finished(self, name: str, seconds: float) -> None:
        """Take note of how long a stage has really taken."""
        if name in self._last:
            self._took += seconds
            self._took_last += self._last[name]

    def over(self, name: str) -> None:
        """Take note that a stage is done, by running it or because it was up to date."""
        self._ahead.remove(name)

    def left(self, name: str, spent: float) -> float | None:
        """Return the seconds left while stage ``name`` has been running for ``spent``.

        None also where it takes longer than it should, as then nothing is known of its end.
        """
        if not self._ahead or not {*self._ahead} <= self._last.keys():
            return None
        pace = self._took / self._took_last if self._took_last else 1.0
        now = pace * self._last[name] - spent
        later = sum(self._last[other] for other in self._ahead if other != name)
        return now + pace * later if now > 0 else None


class Watch:
    """Shows the progress of one stage and measures its time and memory.

    In a terminal one live line is drawn over and over; elsewhere a line is printed every minute.

    Parameters
    ----------
    title : str
        How the stage is called in the lines.
    left : function, optional
        Says how many seconds the whole run still takes, after so many of this stage.

    Attributes
    ----------
    seconds : float
        Wall time.
    peak_mb : float
        Largest resident memory of the kernel and the processes it started, in megabytes.
    """

    def __init__(self, title: str, left: Callable[[float], float | None] | None = None) -> None:
        self.title = title
        self._left = left or (lambda _: None)
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
                self._show(self.line(spent, read_progress(progress)))

    def line(self, spent: float, progress: str) -> str:
        """Return what is shown after so many seconds of this stage."""
        left = self._left(spent)
        state = f"{self.title} ... {duration(spent)}"
        if left is not None:
            state += f", the whole run about {duration(left)} more"
        return f"{state}: {progress}" if progress else state

    def _show(self, line: str) -> None:
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
