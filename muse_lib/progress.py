"""Report the progress of a long computation without leaving a trace in published output.

Under the runner, a reporter writes one short line of JSON to the file named by ``MUSE_PROGRESS``,
and the runner shows it in the terminal. In JupyterLab and in a terminal, it draws a progress bar
that disappears at the end. Anywhere else it is silent.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm.auto import tqdm

from muse_lib.errors import plain

PROGRESS = "MUSE_PROGRESS"
"""The environment variable in which the runner names the progress file."""

PAUSE = 0.25
"""Minimum seconds between two reports shown; the calls in between cost next to nothing."""


class Report:
    """What `reporter` yields: call it with the number of steps done and an optional note."""

    def __init__(self, total: int, show: Callable[[int, str], None]) -> None:
        self._total = total
        self._show = show
        self._due = 0.0

    def __call__(self, done: int, note: str = "", *, long: bool = False) -> None:
        """Report that ``done`` steps of the total are complete.

        A note on a ``long`` step that begins is shown however soon it follows the last one, since
        it will stand there for a while.
        """
        now = time.monotonic()
        if long or now >= self._due or done >= self._total:
            self._due = now + PAUSE
            self._show(done, note)


@contextmanager
def reporter(total: int, label: str) -> Iterator[Report]:
    """Report the progress of a computation of ``total`` steps, shown under ``label``.

    Examples
    --------
    >>> with reporter(total=150, label="training") as report:
    ...     for epoch in range(150):
    ...         report(epoch + 1, note="J = 1.2e6")
    """
    if file := os.environ.get(PROGRESS):
        yield Report(total, _to_file(Path(file), total, label))
        return
    with tqdm(total=total, desc=label, leave=False, disable=not _is_watched()) as bar:

        def draw(done: int, note: str) -> None:
            bar.set_postfix_str(note, refresh=False)
            bar.update(done - bar.n)

        try:
            yield Report(total, draw)
        finally:
            bar.total = bar.n  # else JupyterLab keeps an unfinished bar, in red


def duration(seconds: float) -> str:
    """Format a duration for reading: ``8.4 s``, ``48 s``, ``3 min 5 s``, ``1 h 2 min``.

    Examples
    --------
    >>> duration(185)
    '3 min 5 s'
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{minutes} min {rest} s" if hours == 0 else f"{hours} h {minutes_left} min"


def read_progress(file: Path) -> str:
    """Return a reporter's latest message as a sentence; empty if there is none yet."""
    try:
        state = json.loads(file.read_text("utf-8"))
        parts = [f"{state['label']} {state['done']} of {state['total']}", state["note"]]
        return plain(", ".join(part for part in parts if part))
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # absent, or half written: the next read will succeed


def _to_file(file: Path, total: int, label: str) -> Callable[[int, str], None]:
    def write(done: int, note: str) -> None:
        state = {"label": label, "done": done, "total": total, "note": note}
        file.write_text(json.dumps(state), "utf-8")

    return write


def _is_watched() -> bool:
    """Return whether standard error is a terminal or a notebook."""
    return sys.stderr.isatty() or type(sys.stderr).__module__ == "ipykernel.iostream"
