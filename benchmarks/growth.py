"""How time and memory grow with the number of playlists, up to a million.

    python benchmarks/growth.py [--sizes N ...] [--dim D] [--epochs N] [--json FILE] [--figure FILE]

Synthetic data sets of increasing size (`large_world`), each in a separate process. Sizes are 527,
as on the poster, 3,300, 10,000, 33,000 and 100,000; ``--sizes 1000000`` is the full set, which
takes 7 GB and a few minutes. For each size, as JSON:

- ``counting``, ``gradient``, ``epoch`` (a gradient and a step): CPU seconds over all threads, and
  wall-clock seconds, which are unreliable on a busy machine (``load``);
- ``products``: CPU seconds of the 4 d sum(L_p^2) + 4 n d^2 operations of the gradient's matrix
  products, at the speed of one large product; ``ratio``: gradient / products;
- ``peak_gb``: peak memory of the process; ``predicted_gb``: its memory before counting, plus the
  larger of `memory_to_count` and `memory_needed`, which decide whether a run is refused;
- ``gensim_epoch`` and ``implicit_epoch``, with their peaks: the alternatives (`elsewhere`) on the
  same data, each in a separate process.
"""

import argparse
from pathlib import Path
from statistics import median
from typing import Any

import elsewhere
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import psutil
from large_world import playlists
from measuring import (
    cpu_and_clock,
    in_own_process,
    machine,
    nameless,
    peak_mb,
    product_speed,
    report,
)
from problems import random_vectors, size_of

from muse_lib.config import TrainingConfig
from muse_lib.figures import use_house_style
from muse_lib.models.muse.cooccurrence import count_cooccurrence, memory_to_count
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.training import memory_needed, train
from muse_lib.workers import Workers

SIZES = (527, 3_300, 10_000, 33_000, 100_000)
ROUNDS = 3
FOR_CLOCKS = 20_000
"""Minimum number of playlists over all epochs: fewer are too fast to be timed."""


def measure(n_playlists: int, dim: int, epochs: int) -> dict[str, Any]:
    """Measure one size in this process."""
    load = psutil.getloadavg()[0]
    epochs = max(epochs, FOR_CLOCKS // n_playlists)
    count_cooccurrence([np.arange(3)], 3)  # warm-up: load modules, and compile if need be
    speed = product_speed()
    lists, n = playlists(n_playlists)
    held = psutil.Process().memory_info().rss
    n_threads = Workers().n_threads

    counted, counting = cpu_and_clock(count_cooccurrence, lists, n)
    peak_counting = peak_mb() / 1e3
    objective = Objective(counted)
    config = TrainingConfig(dim=dim, epochs=epochs)
    needed = memory_needed(counted, config, fast=objective.fast)
    of_counting = memory_to_count(counted.lengths, n, n_threads, fast=objective.fast)
    songs = nameless(n)
    one, all_of_them = (
        cpu_and_clock(train, objective, songs, config.replace(epochs=n))[1] for n in (1, epochs)
    )
    peak = peak_mb() / 1e3  # before anything else raises it
    gradients = []
    W, b = random_vectors(n, dim)
    out = np.empty_like(W), np.empty_like(b)
    with Workers() as workers:
        for _ in range(ROUNDS):
            call = objective.loss_and_gradient
            gradients.append(cpu_and_clock(call, W, b, workers, out)[1])
    size = size_of(counted)
    operations = 4 * dim * size["sum_of_squared_lengths"] + 4 * n * dim**2
    gradient = np.median(gradients, axis=0)
    return {
        **machine(),
        "load": load,
        "kernel": objective.kernel,
        "n_threads": n_threads,
        "dim": dim,
        "n_playlists": n_playlists,
        "n_memberships": sum(len(songs) for songs in lists),
        **size,
        "counting_cpu": counting[0],
        "counting_clock": counting[1],
        "products_cpu": operations / speed,
        "gradient_cpu": gradient[0],
        "gradient_clock": gradient[1],
        "ratio": gradient[0] * speed / operations,
        "epoch_cpu": (all_of_them[0] - one[0]) / (epochs - 1),
        "epoch_clock": (all_of_them[1] - one[1]) / (epochs - 1),
        "peak_counting_gb": peak_counting,
        "peak_gb": peak,
        "predicted_counting_gb": (held + of_counting) / 1e9,
        "predicted_gb": (held + max(needed, of_counting)) / 1e9,
    }


def draw(measured: list[dict[str, Any]], file: Path) -> None:
    """Plot CPU seconds and memory against memberships, with lines of linear growth."""
    table = pd.DataFrame(measured).sort_values("n_memberships")
    use_house_style()
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    panels = {
        "Seconds of CPU": {
            "counting_cpu": "counting",
            "epoch_cpu": "an epoch",
            "gensim_epoch_cpu": "an epoch of gensim's skip-gram",
            "implicit_epoch_cpu": "an iteration of implicit's ALS",
        },
        "Memory, GB": {"peak_gb": "peak", "predicted_gb": "predicted"},
    }
    x = table["n_memberships"]
    for ax, (title, columns) in zip(axes, panels.items(), strict=True):
        for column, label in columns.items():
            ax.plot(x, table[column], "o-", label=label)
        ax.plot(x, table[next(iter(columns))].iloc[-1] * x / x.iloc[-1], ":", color="0.6")
        ax.plot([], [], ":", color="0.6", label="in proportion")
        ax.set(xscale="log", yscale="log", xlabel="memberships", title=title)
        ax.legend(frameon=False)
    last = table.iloc[-1]
    figure.suptitle(
        f"d = {last['dim']}, {last['kernel']}, BLAS for {last['blas']}, {last['n_threads']} threads"
        f" of {last['processor']}, load {median(table['load']):.1f}",
        fontsize="small",
    )
    figure.savefig(file)


def main() -> None:
    """Measure every size in a separate process and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="playlists")
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--epochs", type=int, default=4, help="epochs to train, at least 2")
    arguments.add_argument("--json", type=Path, help="also write the measurements to this file")
    arguments.add_argument("--figure", type=Path, help="plot them to this file")
    arguments.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    arguments.add_argument("--with", dest="model", default="muse", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.measure:
        if options.model == "muse":
            report(measure(options.measure, options.dim, options.epochs))
        else:
            lists, n = playlists(options.measure)
            n_threads = Workers().n_threads
            report(elsewhere.measure(options.model, lists, n, options.dim, n_threads))
        return
    settings = ("--dim", options.dim, "--epochs", options.epochs)
    measured = []
    for size in options.sizes:
        parts = (
            in_own_process(__file__, "--measure", size, *settings, "--with", model)
            for model in ("muse", *elsewhere.EPOCHS)
        )
        measured.append({name: value for part in parts for name, value in part.items()})
    report(measured, options.json)
    if options.figure:
        draw(measured, options.figure)


if __name__ == "__main__":
    main()
