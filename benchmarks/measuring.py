"""How the benchmarks measure: seconds, peak memory, a process of one's own, a report in JSON."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from muse_lib.config import TrainingConfig
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.training import train

EPOCHS = 4


def seconds(function: Callable[..., object], *arguments: object) -> float:
    """Return the wall-clock time of one call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def peak_mb() -> float:
    """Return the most memory that this process has held so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def training(objective: Objective, dim: int) -> dict[str, float]:
    """Train a few epochs; return ``seconds_epoch`` and ``peak_mb`` of the process so far.

    An epoch is a gradient and a step; what a run of one epoch takes is not counted.
    """
    songs = pd.DataFrame(index=range(objective.cooccurrence.n_songs))
    short, long = (
        seconds(train, objective, songs, TrainingConfig(dim=dim, epochs=epochs))
        for epochs in (1, 1 + EPOCHS)
    )
    return {"seconds_epoch": (long - short) / EPOCHS, "peak_mb": peak_mb()}


def in_own_process(script: str, *arguments: object) -> dict[str, Any]:
    """Run a script and return the JSON it prints.

    Call this first: on Linux a process inherits the peak memory of the one that starts it.
    """
    command = [sys.executable, script, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def report(measured: object, file: Path | None = None) -> None:
    """Print measurements as JSON, floats to six digits; write them to ``file``, too."""
    rounded = json.loads(json.dumps(measured), parse_float=lambda text: float(f"{float(text):.6g}"))
    text = json.dumps(rounded, indent=2)
    print(text)
    if file:
        file.write_text(f"{text}\n", encoding="utf-8")
