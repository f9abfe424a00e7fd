"""The cost of contrastive learning per epoch, relative to the full gradient of J.

    python benchmarks/contrastive.py [--json FILE] [--playlists N] [--pairs N] [--dim D]

On the poster's sample of the embedded corpus, with titles encoded by the embedded model. Times are
interleaved, and medians after a warm-up:

- ``seconds_gradient``: J with dJ/dW and dJ/db (`Objective.loss_and_gradient`);
- ``seconds_contrastive``: drawing an epoch's pairs, their loss, and adding its gradient
  (`Contrastive.add_gradient`); ``seconds_draw`` is the time of drawing alone (`TitlePairs.draw`);
- ``ratio_to_gradient``: the contrastive part relative to the gradient; should be at most 0.5.
"""

import argparse
from pathlib import Path
from statistics import median

import numpy as np
from measuring import report, seconds
from problems import DIM, POSTER_PLAYLISTS, poster_vocabulary, random_vectors, size_of

from muse_lib.config import ContrastiveConfig, TitleConfig
from muse_lib.models.muse.contrastive import Contrastive, training_contrastive
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.workers import Workers


def measure(n_playlists: int, n_pairs: int, dim: int, rounds: int) -> dict[str, float]:
    """Return all measurements, by name."""
    vocabulary = poster_vocabulary(n_playlists)
    n = len(vocabulary.songs)
    objective = Objective(count_cooccurrence(vocabulary.playlists, n))
    config = ContrastiveConfig(contrastive=True, n_contrastive_pairs=n_pairs)
    term = training_contrastive(vocabulary, config, TitleConfig(), seed=0)
    assert isinstance(term, Contrastive)

    W, b = random_vectors(n, dim)
    out = np.empty_like(W), np.empty_like(b)
    times: dict[str, list[float]] = {"gradient": [], "contrastive": [], "draw": []}
    with Workers() as workers:
        for epoch in range(1 + rounds):
            times["gradient"].append(seconds(objective.loss_and_gradient, W, b, workers, out))
            times["contrastive"].append(seconds(term.add_gradient, W, out[0], epoch, workers))
            times["draw"].append(seconds(term.pairs.draw, epoch))
    of_gradient, of_contrastive, of_draw = (median(taken[1:]) for taken in times.values())
    return size_of(objective.cooccurrence) | {
        "dim": dim,
        "n_contrastive_pairs": n_pairs,
        "n_threads": workers.n_threads,
        "rounds": rounds,
        "seconds_gradient": of_gradient,
        "seconds_contrastive": of_contrastive,
        "seconds_draw": of_draw,
        "ratio_to_gradient": of_contrastive / of_gradient,
    }


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--playlists", type=int, default=POSTER_PLAYLISTS)
    arguments.add_argument("--pairs", type=int, default=20_000, help="pairs of each kind")
    arguments.add_argument("--dim", type=int, default=DIM)
    arguments.add_argument("--rounds", type=int, default=15, help="measurements of each")
    arguments.add_argument("--json", type=Path, help="also write the measurements to this file")
    options = arguments.parse_args()
    report(measure(options.playlists, options.pairs, options.dim, options.rounds), options.json)


if __name__ == "__main__":
    main()
