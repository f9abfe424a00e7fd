"""One full gradient of J at the poster's size, against its bare matrix products and dense arrays.

    python benchmarks/epoch.py [--json FILE] [--playlists N] [--rounds N] [--dim D] [--no-dense]

Everything is measured in one run, interleaved, and reported as medians after a warm-up. Seconds
are CPU seconds of one thread, so that other load on the machine has little effect:

- ``seconds_gradient``: J with dJ/dW and dJ/db (`Objective.loss_and_gradient`) by the loops of
  ``kernel``; ``seconds_gradient_numpy``: by those in NumPy, which need no extra;
- ``seconds_products``: the time of the 4 d sum(L_p^2) + 4 n d^2 floating-point operations of its
  matrix products, at the speed of a 2,000 x 2,000 float32 product; it depends on ``blas``, the
  processor type that BLAS has detected (override with ``OPENBLAS_CORETYPE=Haswell`` or
  ``SkylakeX``);
- ``seconds_dense``: the same in plain NumPy, float32, over n x n arrays (`dense`);
- ``ratio_to_products``, ``ratio_numpy_to_products``, ``ratio_dense``: slowdown against the
  products, speed-up against dense arrays;
- ``error``, ``error_numpy``, ``error_dense``: largest error of dJ/dW against float64, relative to
  its largest entry;
- ``setup_seconds``, ``setup_seconds_sorting``: from playlists to cliques with owners, with numba
  and in NumPy (`count_cooccurrence`);
- ``peak_mb``, ``seconds_epoch``: peak memory, and wall-clock time of a gradient and a step on all
  cores, in a separate process that only trains.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from dense import Dense
from measuring import cpu_seconds, in_own_process, machine, product_speed, report, training
from problems import DIM, POSTER_PLAYLISTS, n_songs_in, poster_playlists, random_vectors, size_of

from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.workers import Workers


def measure(n_playlists: int, dim: int, rounds: int, with_dense: bool) -> dict[str, object]:
    """Return all measurements, by name."""
    alone = in_own_process(__file__, "--train", "--playlists", n_playlists, "--dim", dim)
    playlists = poster_playlists(n_playlists)
    n = n_songs_in(playlists)
    count_cooccurrence(playlists[:2], n)  # warm-up: load modules
    setup, sorting = (
        [cpu_seconds(count_cooccurrence, playlists, n, n_threads=1, fast=fast) for _ in range(3)]
        for fast in (None, False)
    )
    objective = Objective(count_cooccurrence(playlists, n))
    in_numpy = replace(objective, fast=False)
    size = size_of(objective.cooccurrence)
    dense = Dense(objective) if with_dense else None

    W, b = random_vectors(n, dim)
    out, plain = (np.empty_like(W), np.empty_like(b)), (np.empty_like(W), np.empty_like(b))
    speeds: list[float] = []
    times: dict[str, list[float]] = {"gradient": [], "numpy": [], "dense": []}
    with Workers(1) as workers:
        exact = in_numpy.loss_and_gradient(W.astype(float), b.astype(float), workers)[1]
        for _ in range(1 + rounds):
            speeds.append(product_speed(rounds=1))
            for name, one, into in (("gradient", objective, out), ("numpy", in_numpy, plain)):
                times[name].append(cpu_seconds(one.loss_and_gradient, W, b, workers, into))
            if dense:
                times["dense"].append(cpu_seconds(dense.loss_and_gradient, W, b))
        of_dense = dense.loss_and_gradient(W, b)[1] if dense else None
    medians = {name: median(taken[1:]) for name, taken in times.items() if taken}
    operations = 4 * dim * size["sum_of_squared_lengths"] + 4 * n * dim**2
    of_products = operations / median(speeds[1:])

    def error(dW: np.ndarray) -> float:
        return float(np.abs(dW - exact).max() / np.abs(exact).max())

    measured: dict[str, object] = {
        **machine(),
        "load": psutil.getloadavg()[0],
        "kernel": objective.kernel,
        **size,
        "dim": dim,
        "rounds": rounds,
        "seconds_gradient": medians["gradient"],
        "seconds_gradient_numpy": medians["numpy"],
        "seconds_products": of_products,
        "ratio_to_products": medians["gradient"] / of_products,
        "ratio_numpy_to_products": medians["numpy"] / of_products,
        "error": error(out[0]),
        "error_numpy": error(plain[0]),
        "product_gflops": median(speeds[1:]) / 1e9,
        "setup_seconds": median(setup),
        "setup_seconds_sorting": median(sorting),
        **alone,
    }
    if of_dense is not None:
        measured["seconds_dense"] = medians["dense"]
        measured["ratio_dense"] = medians["dense"] / medians["gradient"]
        measured["error_dense"] = error(of_dense)
    return measured


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--playlists", type=int, default=POSTER_PLAYLISTS)
    arguments.add_argument("--dim", type=int, default=DIM)
    arguments.add_argument("--rounds", type=int, default=5, help="measurements of each")
    arguments.add_argument("--json", type=Path, help="also write the measurements to this file")
    arguments.add_argument("--no-dense", action="store_true", help="skip the dense arrays")
    arguments.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.train:
        playlists = poster_playlists(options.playlists)
        objective = Objective(count_cooccurrence(playlists, n_songs_in(playlists)))
        report(training(objective, options.dim))
    else:
        measured = measure(
            options.playlists, options.dim, options.rounds, with_dense=not options.no_dense
        )
        report(measured, options.json)


if __name__ == "__main__":
    main()
