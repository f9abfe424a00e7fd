"""The cost of artist augmentation: thousands of short playlists, one per artist.

    python benchmarks/artists.py [--json FILE] [--rounds N] [--dim D]

At the poster's size, interleaved, as medians after a warm-up:

- ``seconds_plain``: J with its gradient without artist playlists;
- ``seconds_artists``: the same with them, short ones of equal length stacked (`tiles_of`);
- ``seconds_alone``: the same without stacking, one at a time;
- ``ratio_to_plain``, ``ratio_alone``: slowdown against no artists, speed-up against one at a
  time; ``difference``: the largest one, relative to the largest entry of the gradient.
"""

import argparse
from pathlib import Path
from statistics import median

import numpy as np
from measuring import report, seconds
from problems import poster_vocabulary, random_vectors, size_of

from muse_lib.models.muse import cliques
from muse_lib.models.muse.cooccurrence import Cooccurrence, count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.workers import Workers


def measure(dim: int, rounds: int) -> dict[str, float]:
    """Return all measurements, by name."""
    vocabulary = poster_vocabulary()
    n = len(vocabulary.songs)
    counted = count_cooccurrence(vocabulary.playlists, n, artists=vocabulary.artists)
    W, b = random_vectors(n, dim)
    ways = {
        "plain": Objective(count_cooccurrence(vocabulary.playlists, n)),
        "artists": Objective(counted),
        "alone": alone(counted),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    gradients = {}
    with Workers() as workers:
        for _ in range(1 + rounds):
            for name, objective in ways.items():
                times[name].append(seconds(objective.loss_and_gradient, W, b, workers))
        for name, objective in ways.items():
            gradients[name] = objective.loss_and_gradient(W, b, workers)[1]
    taken = {name: median(measured[1:]) for name, measured in times.items()}
    gap = np.abs(gradients["alone"] - gradients["artists"]).max()
    return size_of(counted) | {
        "dim": dim,
        "rounds": rounds,
        **{f"seconds_{name}": value for name, value in taken.items()},
        "ratio_to_plain": taken["artists"] / taken["plain"],
        "ratio_alone": taken["alone"] / taken["artists"],
        "difference": float(gap / np.abs(gradients["alone"]).max()),
    }


def alone(counted: Cooccurrence) -> Objective:
    """Return the objective without stacking."""
    stacked, cliques.SHORT = cliques.SHORT, 0
    objective = Objective(counted)
    _ = objective._batches  # computed on first use, and cached
    cliques.SHORT = stacked
    return objective


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--dim", type=int, default=100, help="as in the search")
    arguments.add_argument("--rounds", type=int, default=9, help="measurements of each")
    arguments.add_argument("--json", type=Path, help="also write the measurements to this file")
    options = arguments.parse_args()
    report(measure(options.dim, options.rounds), options.json)


if __name__ == "__main__":
    main()
