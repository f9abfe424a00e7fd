"""Full-batch training: from an objective to song vectors, the same bytes every time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psutil

from muse_lib.config import TrainingConfig
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
    from muse_lib.models.muse.contrastive import Contrastive

CHECKPOINT_EVERY = 50
"""Epochs between two checkpoints; writing one takes about as long as one epoch."""

Evaluate = Callable[[Embedding], dict[str, float]]


@dataclass(frozen=True)
class Training:
    """What a training run leaves.

    Attributes
    ----------
    embedding : Embedding
        The vectors after the last epoch.
    history : DataFrame
        One row an epoch, 0 (before the first step) to ``epochs``: ``epoch``, ``loss`` (J of the
        vectors after so many steps), ``largest_gradient`` (largest absolute entry of dJ/dW and
        dJ/db), and the values of the evaluation at the epochs that had one.
    kernel : str
        What computed the gradients, ``numba`` or ``numpy``: they round differently.
    """

    embedding: Embedding
    history: pd.DataFrame
    kernel: str = ""

    def save(self, folder: Path, pedigree: dict[str, Any]) -> None:
        """Write the vectors with all they follow from: the pedigree of a recipe, and the kernel."""
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
) -> Training:
    """Minimise J by full-batch steps (poster, "Optimization").

    The same arguments give the same bytes, with any number of threads, whether or not the run
    was killed and resumed on the way.

    Parameters
    ----------
    objective : Objective
        J.
    songs : DataFrame
        One row a song, in the numbering of the objective; goes into the embedding.
    config : TrainingConfig
        Dimension, epochs, step rule and size, seed.
    artists : ndarray, optional
        (n_songs,) int, 0 .. n_artists - 1. Songs of one artist then share a part of their
        vectors, w_i = u_i + a_artist(i): a rare song is placed by what is known of its artist
        (the sum of feature vectors of Kula 2015). The shared part takes full steps, the song's
        own part ``own_step`` of them.
    contrastive : Contrastive, optional
        A term to add to J; the history then has its value as ``contrastive_loss``, and ``loss``
        is the joint objective.
    evaluate : callable, optional
        Takes an `Embedding`, returns named values for the history.
    evaluate_at : collection of int
        The epochs at which to call it; the grid search reads them along one run.
    checkpoint : Path, optional
        A file to which the state goes every ``checkpoint_every`` epochs, from which a killed run
        is continued, and which is removed at the end. One of another run (other playlists,
        parameters or code) or a damaged one is ignored and replaced.
    n_threads : int, optional
        Default: all cores.
    label : str
        How the progress names this run.

    Raises
    ------
    TrainingDivergedError
        At the first loss that is not finite.
    InputError
        If the run would not fit into memory.
    """
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
                    _diverged(state, config),
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


def _start(objective: Objective, config: TrainingConfig, sharing: Artists | None) -> State:
    W, b = first_parameters(objective.cooccurrence.n_songs, config)
    return State(**vars(begin((W, b), config, sharing)), best=(W.copy(), b.copy()), records=[])


def _diverged(state: State, config: TrainingConfig) -> str:
    last = state.records[-1] if state.records else {"largest_gradient": np.nan}
    return (
        f"the loss is no longer a finite number at epoch {state.epoch} with "
        f"optimizer={config.optimizer!r} and learning_rate={config.learning_rate:g} "
        f"(largest gradient one epoch earlier: {last['largest_gradient']:.3g}): "
        f"lower learning_rate, or use optimizer='adagrad'."
    )


def memory_needed(cooccurrence: Cooccurrence, config: TrainingConfig, *, fast: bool = True) -> int:
    """Return the bytes that training holds at its peak, its counts among them.

    Vectors, gradients, best vectors, and one or two arrays of the step rule, each n_songs x dim
    float32; beside them what threads work in, which is small. With ``artist_vectors``, artists
    have arrays of their own, of at most as many rows. Without numba (``fast``) the counts are
    held a second time, as squares.
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
    free = psutil.virtual_memory().available + counted.nbytes  # which it holds already
    if needed > free:
        raise InputError(
            f"training {counted.n_songs:,} songs with dim={config.dim} needs about "
            f"{needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free: lower dim, n_playlists or "
            f"max_playlist_length."
        )
