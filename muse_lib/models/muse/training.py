"""Full-batch training: from an objective to song vectors, the same bytes every time."""

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psutil

from muse_lib.config import ClusterConfig, TrainingConfig
from muse_lib.errors import InputError
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.artists import Artists
from muse_lib.models.muse.checkpoint import State, resumed, run_digest, write
from muse_lib.models.muse.cooccurrence import Cooccurrence
from muse_lib.models.muse.descent import begin, first_parameters, largest, step
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.optimizers import OPTIMIZERS
from muse_lib.progress import reporter
from muse_lib.workers import Workers

if TYPE_CHECKING:
    from distributed import Client

    from muse_lib.models.muse.contrastive import Contrastive

CHECKPOINT_EVERY = 50
"""Epochs between two checkpoints; writing one takes about as long as one epoch."""

CUT_EVERY = 10
"""The same in shards, where it also bounds the epochs to repeat after a worker is lost."""

N_SHARDS = ClusterConfig().n_shards

Evaluate = Callable[[Embedding], dict[str, float]]


@dataclass(frozen=True)
class Training:
    """The result of a training run.

    Attributes
    ----------
    embedding : Embedding
        The vectors after the last epoch.
    history : DataFrame
        One row per epoch, 0 (before the first step) to ``epochs``: ``epoch``, ``loss`` (J of the
        vectors after that many steps), ``largest_gradient`` (largest absolute entry of dJ/dW and
        dJ/db), and the values of the evaluation at the epochs that had one.
    kernel : str
        What computed the gradients, ``numba`` or ``numpy``: they round differently.
    """

    embedding: Embedding
    history: pd.DataFrame
    kernel: str = ""

    def save(self, folder: Path, pedigree: dict[str, Any]) -> None:
        """Write the vectors with their provenance: the pedigree of a recipe, and the kernel."""
        self.embedding.save(folder, {**pedigree, "kernel": self.kernel})


class TrainingDivergedError(InputError):
    """The loss is no longer a finite number; ``best`` holds the best vectors before that."""

    def __init__(self, message: str, best: Training) -> None:
        super().__init__(message)
        self.best = best


def train(
    objective: Objective,
    songs: pd.DataFrame,
    config: TrainingConfig,
    *,
    artists: np.ndarray | None = None,
    contrastive: "Contrastive | None" = None,
    evaluate: Evaluate | None = None,
    evaluate_at: Collection[int] = (),
    checkpoint: Path | None = None,
    checkpoint_every: int = CHECKPOINT_EVERY,
    n_threads: int | None = None,
    label: str = "training",
    cluster: "Client | str" = "",
    n_shards: int = N_SHARDS,
) -> Training:
    """Minimise J by full-batch steps (poster, "Optimization").

    The same arguments give the same bytes with any number of threads, even if the run was killed
    and resumed.

    Parameters
    ----------
    objective : Objective
        J.
    songs : DataFrame
        One row per song, in the numbering of the objective; stored in the embedding.
    config : TrainingConfig
        Dimension, epochs, optimiser and step size, seed.
    artists : ndarray, optional
        (n_songs,) int, 0 .. n_artists - 1. Songs by one artist then share a part of their
        vectors, w_i = u_i + a_artist(i), so that a rare song is placed with the help of its
        artist (the sum of feature vectors of Kula 2015). The shared part takes full steps, the
        song's own part ``own_step`` of them.
    contrastive : Contrastive, optional
        A term to add to J; the history then has its value as ``contrastive_loss``, and ``loss``
        is the joint objective.
    evaluate : callable, optional
        Takes an `Embedding`, returns named values for the history.
    evaluate_at : collection of int
        The epochs at which to call it; the grid search evaluates several epochs of one run.
    checkpoint : Path, optional
        A file to which the state is written every ``checkpoint_every`` epochs. A killed run
        resumes from it; a finished run removes it. A damaged file, or one of another run (other
        playlists, parameters or code), is ignored and replaced.
    n_threads : int, optional
        Default: all cores.
    label : str
        The name of this run in the progress display.
    cluster : distributed.Client or str
        Where to train: by default in this process; on the workers of a Dask cluster, given by
        its client or the address of its scheduler; ``"local"``, in one process per core on this
        machine; ``"here"``, in this process as a cluster of one. Workers may be lost and join
        during the run. The checkpoint is then a folder next to the given path, which every
        worker must see.
    n_shards : int
        With a cluster, the number of shards the work is split into. Shards round differently
        from an undivided run; with the same number, every cluster gives the same bytes.

    Raises
    ------
    TrainingDivergedError
        At the first loss that is not finite. With a cluster, ``best`` has the vectors from a few
        epochs earlier.
    InputError
        If the run would not fit into memory, or the cluster can no longer be reached.
    MissingExtraError
        If a cluster is asked for without the extra ``dask``.
    """
    if cluster:
        every = min(checkpoint_every, CUT_EVERY)
        return _in_shards(
            *(objective, songs, config, artists, contrastive, evaluate, evaluate_at, checkpoint),
            *(every, n_threads, label, cluster, n_shards),
        )
    sharing = None if artists is None else Artists(artists)
    refuse_what_cannot_fit(objective, config)
    run = run_digest(objective, config, artists, contrastive) if checkpoint is not None else ""
    state = resumed(checkpoint, run) or _start(objective, config, sharing)

    def embedding(parameters: tuple[np.ndarray, np.ndarray]) -> Embedding:
        return Embedding(*parameters, songs)

    W, b = state.parameters
    gradients = (np.empty_like(W), np.empty_like(b))
    with Workers(n_threads) as workers, reporter(config.epochs, label) as report:
        while True:
            loss, dW, db = objective.loss_and_gradient(W, b, workers, gradients)
            parts = {}
            if contrastive is not None:
                term = contrastive.add_gradient(W, dW, state.epoch, workers)
                parts = {"muse_loss": loss, "contrastive_loss": term}
                loss += contrastive.weight * term
            if not np.isfinite(loss):
                history = pd.DataFrame(state.records)
                raise TrainingDivergedError(
                    _diverged(state.epoch, state.records, config),
                    Training(embedding(state.best), history, objective.kernel),
                )
            record = {"epoch": state.epoch, "loss": loss, **parts}
            record["largest_gradient"] = largest(dW, db)
            if loss < min((past["loss"] for past in state.records), default=np.inf):
                for kept, current in zip(state.best, state.parameters, strict=True):
                    np.copyto(kept, current)
            if evaluate is not None and state.epoch in evaluate_at:
                record |= evaluate(embedding((W.copy(), b.copy())))
            state.records.append(record)
            report(state.epoch, f"J = {loss:.4g}")
            if state.epoch >= config.epochs:
                break
            step(config, state, gradients, sharing, workers)
            if checkpoint is not None and state.epoch % checkpoint_every == 0:
                write(checkpoint, state, run)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return Training(embedding(state.parameters), pd.DataFrame(state.records), objective.kernel)


def _in_shards(
    objective: Objective,
    songs: pd.DataFrame,
    config: TrainingConfig,
    artists: np.ndarray | None,
    contrastive: "Contrastive | None",
    evaluate: Evaluate | None,
    evaluate_at: Collection[int],
    checkpoint: Path | None,
    checkpoint_every: int,
    n_threads: int | None,
    label: str,
    cluster: "Client | str",
    n_shards: int,
) -> Training:
    """Train with the vectors distributed over places: this process sees only J."""
    from muse_lib.models.muse.cluster import open_executor
    from muse_lib.models.muse.exchange import ContrastiveTerm
    from muse_lib.models.muse.sharded_run import (
        EpochSummary,
        ShardedRun,
        epochs_between_checkpoints,
    )

    kernel = f"{objective.kernel}, {n_shards} shards"
    digest = run_digest(objective, config, artists, contrastive)
    with (
        open_executor(cluster, n_threads) as executor,
        _folder(checkpoint) as folder,
        reporter(config.epochs, label) as report,
    ):
        run = ShardedRun.of(folder, digest, len(songs), n_shards, artists)
        term = None if contrastive is None else ContrastiveTerm(contrastive, run.blocks)
        start, records = run.resumed() or run.start(objective, config, artists)

        def trained(at: int) -> Training:
            vectors = Embedding(*run.parameters(at), songs)
            return Training(vectors, pd.DataFrame(records), kernel)

        def record(epoch: int, summary: EpochSummary, since: int) -> None:
            loss, terms = summary.loss, {}
            if contrastive is not None and summary.contrastive_loss is not None:
                terms = {"muse_loss": loss, "contrastive_loss": summary.contrastive_loss}
                loss += contrastive.weight * summary.contrastive_loss
            if not np.isfinite(loss):
                raise TrainingDivergedError(_diverged(epoch, records, config), trained(since))
            row = {
                "epoch": epoch,
                "loss": loss,
                **terms,
                "largest_gradient": summary.largest_gradient,
            }
            if evaluate is not None and epoch in evaluate_at:
                row |= evaluate(trained(epoch).embedding)
            records.append(row)
            report(epoch, f"J = {loss:.4g}")

        parts: list[Any] = []
        last = range(config.epochs, config.epochs + 1)  # J of the last vectors
        stops = evaluate_at if evaluate is not None else ()
        between = epochs_between_checkpoints(start, config.epochs, checkpoint_every, stops)
        for epochs in [*between, last]:
            if executor.update_places() or not parts:
                parts = run.read_parts(executor)
            summaries = run.run_epochs(executor, parts, epochs, term, last=epochs is last)
            for epoch, summary in zip(epochs, summaries, strict=True):
                record(epoch, summary, epochs.start)
            if epochs is not last:
                run.save_progress(epochs.stop, records)
        return trained(config.epochs)


@contextmanager
def _folder(checkpoint: Path | None) -> Iterator[Path]:
    """Provide a folder for a run in shards, which is removed when the run is complete."""
    if checkpoint is None:
        with TemporaryDirectory(prefix="muse-") as temporary:
            yield Path(temporary)
        return
    folder = checkpoint.with_name(f"{checkpoint.name}.shards")
    yield folder
    shutil.rmtree(folder)


def _start(objective: Objective, config: TrainingConfig, sharing: Artists | None) -> State:
    W, b = first_parameters(objective.cooccurrence.n_songs, config)
    return State(**vars(begin((W, b), config, sharing)), best=(W.copy(), b.copy()), records=[])


def _diverged(epoch: int, records: list[dict[str, float]], config: TrainingConfig) -> str:
    last = records[-1] if records else {"largest_gradient": np.nan}
    return (
        f"the loss is no longer a finite number at epoch {epoch} with "
        f"optimizer={config.optimizer!r} and learning_rate={config.learning_rate:g} "
        f"(largest gradient one epoch earlier: {last['largest_gradient']:.3g}): "
        f"lower learning_rate, or use optimizer='adagrad'."
    )


def memory_needed(cooccurrence: Cooccurrence, config: TrainingConfig, *, fast: bool = True) -> int:
    """Return the peak memory of training in bytes, including the counts.

    Vectors, gradients, best vectors, and the optimiser's arrays (at most two), each n_songs x dim
    float32; the threads' workspace is small. With ``artist_vectors``, artists have arrays of
    their own, with at most as many rows. Without numba (``fast``) the counts are stored a second
    time, as squares.
    """
    slots = len(OPTIMIZERS[config.optimizer].starts)
    copies = 3 + slots + (2 + slots if config.artist_vectors else 0)
    squares = 0
    if not fast:
        squares = int((cooccurrence.lengths**2).sum()) * cooccurrence.codes.itemsize
    return copies * cooccurrence.n_songs * config.dim * 4 + cooccurrence.nbytes + squares


def refuse_what_cannot_fit(objective: Objective, config: TrainingConfig) -> None:
    """Raise `InputError` if training needs more memory than is free, naming what to lower."""
    counted = objective.cooccurrence
    needed = memory_needed(counted, config, fast=objective.fast)
    free = psutil.virtual_memory().available + counted.nbytes  # already in memory
    if needed > free:
        raise InputError(
            f"training {counted.n_songs:,} songs with dim={config.dim} needs about "
            f"{needed / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are free: lower dim, "
            f"n_playlists or max_playlist_length."
        )
