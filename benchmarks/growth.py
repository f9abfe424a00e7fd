"""How time and memory grow with the number of songs, playlists growing with them.

    python benchmarks/growth.py [--json FILE] [--figure FILE] [--sizes N ...] [--dim D]
    python benchmarks/growth.py --million [--json FILE]

Synthetic worlds of more and more playlists (`problems.world_playlists`), each measured in a
process of its own: ``setup_seconds`` (`count_cooccurrence`), ``seconds_gradient`` (median of
five), ``seconds_epoch`` (a gradient and a step, in training) and ``peak_mb`` (of training).
``--million`` measures one world of a million memberships, about twenty times the poster's.
"""

import argparse
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from measuring import in_own_process, report, seconds, training
from problems import DIM, n_songs_in, random_vectors, size_of, world_playlists

from muse_lib.figures import use_house_style
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.workers import Workers

SIZES = (80, 160, 320, 640, 1_280, 2_560)
"""Playlists; about 2,700 to 87,000 songs."""
MILLION = 13_200
"""Playlists that hold about a million memberships."""
ROUNDS = 5


def measure(n_playlists: int, dim: int) -> dict[str, float]:
    """Measure one size in this process."""
    playlists = world_playlists(n_playlists)
    n = n_songs_in(playlists)
    setup = seconds(count_cooccurrence, playlists, n)
    objective = Objective(count_cooccurrence(playlists, n))
    trained = training(objective, dim)  # before anything else makes the peak higher
    W, b = random_vectors(n, dim)
    with Workers() as workers:
        times = [seconds(objective.loss_and_gradient, W, b, workers) for _ in range(1 + ROUNDS)]
    return size_of(objective.cooccurrence) | {
        "n_playlists": n_playlists,
        "n_memberships": sum(songs.size for songs in playlists),
        "dim": dim,
        "setup_seconds": setup,
        "seconds_gradient": median(times[1:]),
        **trained,
    }


def draw(measured: list[dict[str, Any]], file: Path) -> None:
    """Draw time and memory against the seen cells, beside what grows in proportion to them."""
    table = pd.DataFrame(measured).sort_values("n_seen")
    use_house_style()
    figure, axes = plt.subplots(1, 2, figsize=(7, 3))
    columns = {
        "seconds_gradient": "Seconds per gradient",
        "peak_mb": "Peak memory of training, MB",
    }
    for ax, (column, title) in zip(axes, columns.items(), strict=True):
        proportional = table[column].iloc[-1] * table["n_seen"] / table["n_seen"].iloc[-1]
        ax.plot(table["n_seen"], proportional, ":", color="0.6", label="proportional")
        ax.plot(table["n_seen"], table[column], "o-", label="measured")
        ax.set(xscale="log", yscale="log", xlabel="seen cells", title=title)
        ax.legend(frameon=False)
    figure.savefig(file)


def main() -> None:
    """Measure every size in its own process and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="playlists")
    arguments.add_argument("--million", action="store_true", help="a million memberships instead")
    arguments.add_argument("--dim", type=int, default=DIM)
    arguments.add_argument("--json", type=Path, help="write the measurements to this file, too")
    arguments.add_argument("--figure", type=Path, help="draw them into this file")
    arguments.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.measure:
        report(measure(options.measure, options.dim))
        return
    sizes = [MILLION] if options.million else options.sizes
    measured = [in_own_process(__file__, "--measure", size, "--dim", options.dim) for size in sizes]
    report(measured, options.json)
    if options.figure:
        draw(measured, options.figure)


if __name__ == "__main__":
    main()
