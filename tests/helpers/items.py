"""What tests of several processes run in them: they import it by name."""

import os
import signal
import sys
import time
from pathlib import Path

from muse_lib.errors import InputError
from muse_lib.processes import map_in_order
from muse_lib.progress import reporter
from muse_lib.workers import usable_cores


class CostlyError(InputError):
    """An error whose class takes more than a message, as that of a training that diverged."""

    def __init__(self, message, best):
        super().__init__(message)
        self.best = best


def who(item):
    """The first item is the slowest."""
    time.sleep(0.5 if item == 0 else 0)
    return item, os.getpid()


def cores(folder):
    """Wait until two processes are here."""
    (folder / f"{os.getpid()}.here").touch()
    _wait_for(lambda: len(list(folder.glob("*.here"))) == 2)
    return usable_cores()


def refused(item):
    if item == 1:
        raise InputError(f"item {item} cannot be used: use another.")
    return item


def diverged(item):
    raise CostlyError(f"item {item} diverged: lower the step.", best=[1, 2])


def divided(item):
    return 1 / item


def killed(item):
    if item == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def large(folder):
    """Hold 300 MB until told to go."""
    held = b"\1" * 300_000_000
    (folder / f"{os.getpid()}.ready").write_text(str(len(held)))
    _wait_for((folder / "go").exists)
    return len(held)


def counted(item):
    with reporter(10, f"item {item}") as report:
        report(10)
    return sys.stderr.isatty()


def endless(folder):
    """Say who works here, and never come back."""
    (folder / f"{os.getpid()}.pid").touch()
    time.sleep(600)


def _wait_for(fact):
    end = time.monotonic() + 60
    while not fact() and time.monotonic() < end:
        time.sleep(0.02)


if __name__ == "__main__":  # a parent to be killed
    # ignored where tests run in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = Path(sys.argv[1])
    list(map_in_order(endless, [folder, folder], label="items", gigabytes=1))
