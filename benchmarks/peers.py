"""The same J of the same matrix in other software, at a size that n x n arrays allow.

    pip install mittens      # for this benchmark only
    python benchmarks/peers.py [--json FILE] [--songs N] [--rounds N] [--dim D]

The matrix is that of the N most popular songs of the poster-size sample, N = 4,000. Each peer
computes J and its gradient for the same vectors; times are interleaved medians of one run:

- ``muse``: `Objective.loss_and_gradient`, float32;
- ``numpy``: plain NumPy over n x n arrays (`dense`), float32;
- ``torch``: PyTorch autograd over n x n arrays, float32;
- ``mittens``: its GloVe in NumPy, float64 (the one in TensorFlow is not measured). It has two sets
  of vectors and biases, so it computes two gradients, and half of J; with equal sets it is the
  same J.

``loss`` is each one's J; ``times_slower`` is relative to ``muse``.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from dense import Dense
from measuring import report, seconds
from problems import DIM, poster_playlists, random_vectors, size_of

from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.workers import Workers

try:
    from mittens.np_mittens import GloVe
except ImportError:
    GloVe = None

AGREEMENT = 1e-5
"""Tolerated relative difference of losses: float32 sums of 16 million terms differ by less."""

Loss = Callable[[], float]


def most_popular_only(n_songs: int) -> list[np.ndarray]:
    """Return the poster's playlists restricted to the most popular songs."""
    playlists = poster_playlists()
    popularity = np.bincount(np.concatenate(playlists))
    number = np.empty(popularity.size, dtype=np.int64)
    number[np.argsort(-popularity, kind="stable")] = np.arange(popularity.size)
    return [songs[songs < n_songs] for songs in (number[playlist] for playlist in playlists)]


def peers(objective: Objective, dim: int) -> dict[str, Loss]:
    """Return functions that compute the gradient and return J, by name."""
    W, b = random_vectors(objective.cooccurrence.n_songs, dim)
    dense = Dense(objective)
    found: dict[str, Loss] = {
        "muse": lambda: _muse(objective, W, b),
        "numpy": lambda: dense.loss_and_gradient(W, b)[0],
        "torch": _torch(dense, W, b),
    }
    return found if GloVe is None else found | {"mittens": _mittens(objective, W, b)}


def _muse(objective: Objective, W: np.ndarray, b: np.ndarray) -> float:
    with Workers() as workers:
        return objective.loss_and_gradient(W, b, workers)[0]


def _torch(dense: Dense, W: np.ndarray, b: np.ndarray) -> Loss:
    F, T = torch.from_numpy(dense.F), torch.from_numpy(dense.T)
    vectors, biases = (torch.tensor(array, requires_grad=True) for array in (W, b))

    def loss() -> float:
        vectors.grad = biases.grad = None
        J = (F * (vectors @ vectors.T + biases[:, None] + biases - T) ** 2).sum()
        J.backward()
        return J.item()

    return loss


def _mittens(objective: Objective, W: np.ndarray, b: np.ndarray) -> Loss:
    M = objective.cooccurrence.tosparse().toarray() + objective.smoothing
    np.fill_diagonal(M, 0)  # a cell of 0 has weight 0
    model = GloVe(xmax=objective.max_value, alpha=objective.alpha)
    weights, log_M = model._initialize(M)
    model.W = model.C = W.astype(float)
    model.bw = model.bc = b[:, None].astype(float)
    return lambda: 2 * model._get_gradients_and_error(model._make_prediction(), log_M, weights)[1]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--songs", type=int, default=4_000)
    arguments.add_argument("--dim", type=int, default=DIM)
    arguments.add_argument("--rounds", type=int, default=5, help="measurements of each")
    arguments.add_argument("--json", type=Path, help="also write the measurements to this file")
    options = arguments.parse_args()

    counted = count_cooccurrence(most_popular_only(options.songs), options.songs)
    computed = peers(Objective(counted), options.dim)
    times: dict[str, list[float]] = {name: [] for name in computed}
    for _ in range(1 + options.rounds):
        for name, loss in computed.items():
            times[name].append(seconds(loss))
    medians = {name: median(taken[1:]) for name, taken in times.items()}
    losses = {name: loss() for name, loss in computed.items()}
    for name, loss in losses.items():
        assert np.isclose(loss, losses["muse"], rtol=AGREEMENT), f"{name}: J = {loss}"
    measured = size_of(counted) | {
        "dim": options.dim,
        "loss": losses,
        "seconds": medians,
        "times_slower": {name: taken / medians["muse"] for name, taken in medians.items()},
    }
    if GloVe is None:
        measured["left_out"] = "mittens is not installed: pip install mittens"
    report(measured, options.json)


if __name__ == "__main__":
    main()
