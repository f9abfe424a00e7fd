"""Kill a study, in a stage or at random moments, and let it go on each time."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.helpers.checkouts import Checkout, published

WAYS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL", "kernel")
"""Signals to the runner; "kernel" kills its kernel as the system does when memory runs out."""


@dataclass
class Campaign:
    """What happened.

    Attributes
    ----------
    kills : Counter
        How often each way was taken while the study ran.
    completed : int
        How often it came to its end before it was to be killed, and was begun anew.
    stages : Counter
        The stage that was running, none while it starts, publishes or makes the pages.
    """

    kills: Counter[str] = field(default_factory=Counter)
    completed: int = 0
    stages: Counter[str] = field(default_factory=Counter)


def kill_in(stage: str, checkout: Checkout, way: str) -> tuple[int, str]:
    """Start the study, kill it while it runs a stage, and return its status and what it said."""
    process = _start(checkout, [])
    kernels: list[psutil.Process] = []
    while not kernels or _running(checkout) != stage:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
        kernels = [*_kernels(process.pid)]
    said = _kill(process, way, kernels)
    return process.returncode, said


def kill_and_go_on(
    checkout: Checkout, campaign: Campaign, n_kills: int, seconds: float, seed: int = 0
) -> Iterator[None]:
    """Start the study, kill it after so many seconds on average, and so on; yield after each kill.

    Kills come as a Poisson process: no moment is spared, and now and then a long stage ends.
    Each start goes on with what the one before has left; a study that completes is begun anew
    (``--force``). Nobody has started it again when the caller looks at the results.
    """
    rng = random.Random(seed)
    force: list[str] = []
    while campaign.kills.total() < n_kills:
        process = _start(checkout, force)
        way, moment = rng.choice(WAYS), rng.expovariate(1 / seconds)
        try:
            said, _ = process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            force = []
            kernels = [*_kernels(process.pid)]
            while way == "kernel" and not kernels and process.poll() is None:
                time.sleep(0.02)  # until one is up
                kernels = [*_kernels(process.pid)]
            campaign.stages[_running(checkout)] += 1
            _kill(process, way, kernels)
            campaign.kills[way] += 1
            yield
        else:
            assert process.returncode == 0, said
            campaign.completed += 1
            force = ["--force"]


def _kill(process: subprocess.Popen[str], way: str, kernels: list[psutil.Process]) -> str:
    """Kill a study and return what it says; its kernels must end as well."""
    if way != "kernel":
        process.send_signal(getattr(signal, way))
    for kernel in kernels if way == "kernel" else []:
        with suppress(psutil.Error):
            kernel.kill()
    said, _ = process.communicate(timeout=300)
    _gone(kernels)
    return said


def _running(checkout: Checkout) -> str:
    """Return the stage whose draft is there."""
    drafts = (checkout.results / ".draft" / "smoke" / "synthetic").glob("*/")
    return max((draft.name for draft in drafts), default="none")


def _kernels(pid: int) -> Iterator[psutil.Process]:
    for child in psutil.Process(pid).children():
        with suppress(psutil.Error):  # git comes and goes too
            if "ipykernel_launcher" in child.cmdline():
                yield child


def _start(checkout: Checkout, options: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "muse_lib.runner", "--scale", "smoke", *options],
        cwd=checkout.root,
        env=os.environ | checkout.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_heed,
    )


def _heed() -> None:
    """Let a command heed Ctrl-C and the end of its terminal, though it runs in the background."""
    for name in ("SIGINT", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def _gone(kernels: list[psutil.Process]) -> None:
    """Wait until the kernels of a killed runner have noticed."""
    deadline = time.monotonic() + 60
    for kernel in kernels:
        while kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, "a kernel outlives its run"
            time.sleep(0.1)


def assert_whole(results: Path, unbroken: dict[Path, object]) -> None:
    """Assert that every file there is one that an unbroken run publishes, to its end."""
    now = published(results)
    assert [str(name) for name in now if now[name] != unbroken[name]] == []
    for path in results.rglob("*.json"):
        json.loads(path.read_text("utf-8"))
