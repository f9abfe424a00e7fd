"""How the benchmarks measure: seconds, peak memory, a separate process, a report in JSON."""

import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_info, threadpool_limits

from muse_lib.config import TrainingConfig
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.training import train

EPOCHS = 4


def seconds(function: Callable[..., object], *arguments: object) -> float:
    """Return the wall-clock time of one call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def cpu_and_clock(
    function: Callable[..., Any], *arguments: object
) -> tuple[Any, tuple[float, float]]:
    """Return the result of a call, and its seconds: CPU over all threads, and wall clock."""
    clock, cpu = time.perf_counter(), time.process_time()
    result = function(*arguments)
    return result, (time.process_time() - cpu, time.perf_counter() - clock)


def cpu_seconds(function: Callable[..., object], *arguments: object, **named: object) -> float:
    """Return the CPU seconds of one call, over all threads."""
    start = time.process_time()
    function(*arguments, **named)
    return time.process_time() - start


def product_speed(side: int = 2_000, rounds: int = 3) -> float:
    """Return the float32 operations per second of one core in a large matrix product."""
    square = np.random.default_rng(1).random((side, side), dtype=np.float32)
    product = np.empty_like(square)
    with threadpool_limits(1, user_api="blas"):
        taken = [cpu_and_clock(np.matmul, square, square, product)[1][0] for _ in range(1 + rounds)]
    return 2 * side**3 / median(taken[1:])


def machine() -> dict[str, str]:
    """Return the processor's name, and the processor type that BLAS has detected."""
    processor = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = (line for line in cpus.read_text("utf-8").splitlines() if "model name" in line)
        processor = next(names, processor).partition(":")[2].strip() or processor
    blas = {one.get("architecture", "") for one in threadpool_info() if one["user_api"] == "blas"}
    return {"processor": processor, "blas": ", ".join(sorted(blas))}


def peak_mb() -> float:
    """Return the peak memory of this process so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def training(objective: Objective, dim: int) -> dict[str, float]:
    """Train a few epochs; return ``seconds_epoch`` and ``peak_mb`` of the process so far.

    An epoch is a gradient and a step; the time of a run of one epoch is subtracted.
    """
    songs = nameless(objective.cooccurrence.n_songs)
    short, long = (
        seconds(train, objective, songs, TrainingConfig(dim=dim, epochs=epochs))
        for epochs in (1, 1 + EPOCHS)
    )
    return {"seconds_epoch": (long - short) / EPOCHS, "peak_mb": peak_mb()}


def nameless(n_songs: int) -> pd.DataFrame:
    """Return songs without names."""
    return pd.DataFrame({"track": "", "artist": ""}, index=range(n_songs))


def in_own_process(script: str, *arguments: object) -> dict[str, Any]:
    """Run a script and return the JSON it prints.

    Call this first: on Linux a process inherits the peak memory of its parent.
    """
    command = [sys.executable, script, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def report(measured: object, file: Path | None = None) -> None:
    """Print measurements as JSON, floats to six digits; also write them to ``file``."""
    rounded = json.loads(json.dumps(measured), parse_float=lambda text: float(f"{float(text):.6g}"))
    text = json.dumps(rounded, indent=2)
    print(text)
    if file:
        file.write_text(f"{text}\n", encoding="utf-8")
