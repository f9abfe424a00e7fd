"""Say how far a long computation is, without leaving a trace in what is published.

Under the runner a reporter writes one short line of JSON to the file that ``MUSE_PROGRESS``
names, and the runner shows it in the terminal. In JupyterLab and in a terminal it draws a bar
that vanishes at the end. Anywhere else it is silent.
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
"""Environment variable by which the runner names the file that progress is reported to."""

PAUSE = 0.25
"""Seconds between two reports that are really made; the ones between them cost next to nothing."""


class Report:
    """What `reporter` hands out: call it with the steps done so far and, if useful, a note."""

    def __init__(self, total: int, show: Callable[[int, str], None]) -> None:
        self._total = total
        self._show = show
        self._due = 0.0

    def __call__(self, done: int, note: str = "") -> None:
        """Report that ``done`` of the total steps are done."""
        now = time.monotonic()
        if now >= self._due or done >= self._total:
            self._due = now + PAUSE
            self._show(done, note)


@contextmanager
def reporter(total: int, label: str) -> Iterator[Report]:
    """Report the progress of ``total`` steps of what ``label`` names.

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
            bar.total = bar.n  # in JupyterLab a bar that is cut short would stay, in red


def duration(seconds: float) -> str:
    """Return a length of time as people say it: ``8.4 s``, ``48 s``, ``3 min 5 s``, ``1 h 2 min``.

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
    """Return as a sentence what a reporter wrote last; empty if it wrote nothing (yet)."""
    try:
        state = json.loads(file.read_text("utf-8"))
        parts = [f"{state['label']} {state['done']} of {state['total']}", state["note"]]
        return plain(", ".join(part for part in parts if part))
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # not there, or caught while it was being written: the next look will do


def _to_file(file: Path, total: int, label: str) -> Callable[[int, str], None]:
    def write(done: int, note: str) -> None:
        state = {"label": label, "done": done, "total": total, "note": note}
        file.write_text(json.dumps(state), "utf-8")

    return write


def _is_watched() -> bool:
    """Tell whether standard error is a terminal or the page of a notebook."""
    return sys.stderr.isatty() or type(sys.stderr).__module__ == "ipykernel.iostream"
