"""Training in shards against undivided training: CPU seconds, and bytes sent.

    python benchmarks/cluster.py [--json FILE] [--playlists N] [--dim D] [--shards N] [--workers N]

Everything is measured in one run; an epoch is the difference of two runs of different length:

- ``cpu_whole``: CPU seconds per epoch in one process, undivided;
- ``cpu_here``: the same in shards, in one process (``cluster="here"``);
- ``cpu_workers``, ``cpu_client``: those of the worker processes on this machine, and of the
  client with its scheduler;
- ``ratio_here``, ``ratio_cluster``: multiples of the undivided time;
- ``mb_sent``: MB sent between workers per epoch, over all workers, as Dask counts them;
  ``mb_all_rows``: the MB of sending every gradient and every row to all workers;
- ``n_tasks``: tasks per epoch; ``same_bytes``: whether both runs in shards gave the same vectors.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from measuring import machine, nameless, report
from problems import DIM, POSTER_PLAYLISTS, n_songs_in, poster_playlists, size_of

from muse_lib.config import TrainingConfig
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.training import Training, train

SHORT, LONG = 2, 10


def measure(n_playlists: int, dim: int, n_shards: int, n_workers: int) -> dict[str, object]:
    """Return all measurements, by name."""
    from distributed import Client, LocalCluster

    playlists = poster_playlists(n_playlists)
    n = n_songs_in(playlists)
    objective = Objective(count_cooccurrence(playlists, n))

    def run(epochs: int, cluster: object) -> Training:
        config = TrainingConfig(dim=dim, epochs=epochs)
        return train(objective, nameless(n), config, cluster=cluster, n_shards=n_shards)

    def here(cluster: str, epochs: int) -> tuple[float, Training]:
        begin = time.process_time()
        trained = run(epochs, cluster)
        return time.process_time() - begin, trained

    def epoch_of(cluster: str) -> tuple[float, Training]:
        here(cluster, SHORT)
        short, long = here(cluster, SHORT), here(cluster, LONG)
        return (long[0] - short[0]) / (LONG - SHORT), long[1]

    whole, _ = epoch_of("")
    cut, alike = epoch_of("here")
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as own,
        Client(own, set_as_default=False) as client,
    ):
        run(SHORT, client)
        states = []
        for epochs in (SHORT, LONG):
            before = _state(client)
            trained = run(epochs, client)
            states.append({name: value - before[name] for name, value in _state(client).items()})
        each = {name: (states[1][name] - states[0][name]) / (LONG - SHORT) for name in states[0]}
    return {
        **machine(),
        "load": psutil.getloadavg()[0],
        "kernel": trained.kernel,
        **size_of(objective.cooccurrence),
        "dim": dim,
        "n_workers": n_workers,
        "cpu_whole": whole,
        "cpu_here": cut,
        "cpu_workers": each["workers"],
        "cpu_client": each["client"],
        "ratio_here": cut / whole,
        "ratio_cluster": (each["workers"] + each["client"]) / whole,
        "mb_sent": each["sent"] / 1e6,
        "mb_all_rows": 2 * (n_workers - 1) * n * (dim + 1) * 4 / 1e6,
        "n_tasks": each["tasks"],
        "same_bytes": bool(np.array_equal(trained.embedding.vectors, alike.embedding.vectors)),
    }


def _state(client: Any) -> dict[str, float]:
    """Return CPU seconds, bytes sent to other workers and tasks done so far."""
    told = client.run(_of_worker)
    total = {name: sum(one[name] for one in told.values()) for name in ("workers", "sent", "tasks")}
    return total | {"client": time.process_time()}


def _of_worker(dask_worker: Any) -> dict[str, float]:
    return {
        "workers": time.process_time(),
        "sent": dask_worker.transfer_outgoing_bytes_total,
        "tasks": dask_worker.state.executed_count,
    }


def main() -> None:
    """Measure as asked on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--playlists", type=int, default=POSTER_PLAYLISTS)
    parser.add_argument("--dim", type=int, default=DIM)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    report(measure(given.playlists, given.dim, given.shards, given.workers), given.json)


if __name__ == "__main__":
    main()
