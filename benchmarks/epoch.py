"""One full gradient of J at the poster's size, beside its bare matrix products and the dense way.

    python benchmarks/epoch.py [--json FILE] [--playlists N] [--rounds N] [--dim D]

Everything is measured in one run, in turns, and reported as medians after a warm-up:

- ``seconds_gradient``: J with dJ/dW and dJ/db (`Objective.loss_and_gradient`);
- ``seconds_products``: the 4 d sum(L_p^2) + 4 n d^2 floating-point operations that its matrix
  products take, at the speed of a 4,000 x 4,000 float32 product with all threads of BLAS;
- ``seconds_dense``: the same in plain NumPy, float32, over n x n arrays (`dense`);
- ``ratio_to_products``, ``ratio_dense``: how many times longer than the products, how many times
  faster than the dense way; ``difference_from_dense``: largest error, relative to the largest
  entry of the gradient;
- ``setup_seconds``: from playlists to cliques with owners (`count_cooccurrence`);
- ``peak_mb``, ``seconds_epoch``: most memory, and time of a gradient and a step, in a process of
  its own that does nothing but train.
"""

import argparse
from pathlib import Path
from statistics import median

import numpy as np
from dense import Dense
from measuring import in_own_process, report, seconds, training
from problems import DIM, POSTER_PLAYLISTS, n_songs_in, poster_playlists, random_vectors, size_of

from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.workers import Workers

SIDE = 4_000


def measure(n_playlists: int, dim: int, rounds: int) -> dict[str, float]:
    """Return all measurements, by name."""
    alone = in_own_process(__file__, "--train", "--playlists", n_playlists, "--dim", dim)
    playlists = poster_playlists(n_playlists)
    n = n_songs_in(playlists)
    setup = [seconds(count_cooccurrence, playlists, n) for _ in range(rounds)]
    objective = Objective(count_cooccurrence(playlists, n))
    size = size_of(objective.cooccurrence)
    dense = Dense(objective)

    W, b = random_vectors(n, dim)
    out = np.empty_like(W), np.empty_like(b)
    square = np.random.default_rng(1).random((SIDE, SIDE), dtype=np.float32)
    product = np.empty_like(square)
    times: dict[str, list[float]] = {"product": [], "gradient": [], "dense": []}
    for _ in range(1 + rounds):
        times["product"].append(seconds(np.matmul, square, square, product))
        with Workers() as workers:
            # one after the other, as in training; the first follows the product, whose BLAS
            # threads still spin, and does not count
            objective.loss_and_gradient(W, b, workers, out)
            for _ in range(3):
                times["gradient"].append(seconds(objective.loss_and_gradient, W, b, workers, out))
        times["dense"].append(seconds(dense.loss_and_gradient, W, b))
    of_product, of_gradient, of_dense = (
        median(taken[len(taken) // (1 + rounds) :]) for taken in times.values()
    )
    operations = 4 * dim * size["sum_of_squared_lengths"] + 4 * n * dim**2
    of_products = operations / (2 * SIDE**3) * of_product

    exact = dense.loss_and_gradient(W, b)[1]
    return size | {
        "dim": dim,
        "n_threads": workers.n_threads,
        "rounds": rounds,
        "seconds_gradient": of_gradient,
        "seconds_products": of_products,
        "ratio_to_products": of_gradient / of_products,
        "seconds_dense": of_dense,
        "ratio_dense": of_dense / of_gradient,
        "difference_from_dense": float(np.abs(out[0] - exact).max() / np.abs(exact).max()),
        "product_gflops": 2 * SIDE**3 / of_product / 1e9,
        "setup_seconds": median(setup),
        **alone,
    }


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--playlists", type=int, default=POSTER_PLAYLISTS)
    arguments.add_argument("--dim", type=int, default=DIM)
    arguments.add_argument("--rounds", type=int, default=5, help="how often to measure each")
    arguments.add_argument("--json", type=Path, help="write the measurements to this file, too")
    arguments.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.train:
        playlists = poster_playlists(options.playlists)
        objective = Objective(count_cooccurrence(playlists, n_songs_in(playlists)))
        report(training(objective, options.dim))
    else:
        report(measure(options.playlists, options.dim, options.rounds), options.json)


if __name__ == "__main__":
    main()
