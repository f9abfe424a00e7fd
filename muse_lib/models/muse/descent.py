"""The state of a descent and one step of it: parameters and the optimiser's memory."""

from dataclasses import dataclass, field

import numpy as np

from muse_lib.config import TrainingConfig
from muse_lib.models.muse.artists import Artists
from muse_lib.models.muse.cliques import ROWS_AT_ONCE
from muse_lib.models.muse.objective import ignore_overflow
from muse_lib.models.muse.optimizers import OPTIMIZERS
from muse_lib.seeds import stream
from muse_lib.workers import Workers

Tensors = dict[str, np.ndarray]


@dataclass
class Descent:
    """Everything the next step depends on, for all songs or some.

    Attributes
    ----------
    epoch : int
        Steps done.
    parameters : tuple of ndarray
        W, (n_songs, dim), and b, (n_songs,); float32.
    slots : tuple of list of ndarray
        The optimiser's memory for W and for b.
    shared_slots : list of ndarray
        The same for the shared part of each artist's songs, (n_artists, dim); empty without
        artist vectors.
    """

    epoch: int
    parameters: tuple[np.ndarray, np.ndarray]
    slots: tuple[list[np.ndarray], list[np.ndarray]] = field(default_factory=lambda: ([], []))
    shared_slots: list[np.ndarray] = field(default_factory=list)

    def tensors(self) -> Tensors:
        """Return all arrays by name, without copying."""
        arrays = dict(zip("Wb", self.parameters, strict=True))
        for k, (of_W, of_b) in enumerate(zip(*self.slots, strict=True)):
            arrays |= {f"slot_{k}_W": of_W, f"slot_{k}_b": of_b}
        return arrays | {f"shared_slot_{k}": slot for k, slot in enumerate(self.shared_slots)}

    @classmethod
    def of(cls, epoch: int, arrays: Tensors) -> "Descent":
        """Return the descent with these `tensors`; other arrays are ignored."""
        n_slots = sum(name.startswith("slot_") for name in arrays) // 2
        return cls(
            epoch,
            (arrays["W"], arrays["b"]),
            (
                [arrays[f"slot_{k}_W"] for k in range(n_slots)],
                [arrays[f"slot_{k}_b"] for k in range(n_slots)],
            ),
            [arrays[name] for name in sorted(arrays) if name.startswith("shared_slot_")],
        )

    def copy(self) -> "Descent":
        """Return a copy in new arrays."""
        arrays = {name: array.copy() for name, array in self.tensors().items()}
        return Descent.of(self.epoch, arrays)


def first_parameters(n_songs: int, config: TrainingConfig) -> tuple[np.ndarray, np.ndarray]:
    """Draw the initial W and b as GloVe does: uniform in (-0.5, 0.5) / dim."""
    rng = stream(config.seed, "init")
    W = ((rng.random((n_songs, config.dim), dtype=np.float32) - 0.5) / config.dim).astype(
        np.float32
    )
    b = ((rng.random(n_songs, dtype=np.float32) - 0.5) / config.dim).astype(np.float32)
    return W, b


def begin(
    parameters: tuple[np.ndarray, np.ndarray], config: TrainingConfig, sharing: Artists | None
) -> Descent:
    """Return the start of a descent from given parameters; artists start at 0."""
    W, b = parameters
    starts = OPTIMIZERS[config.optimizer].starts
    shared_slots = []
    if sharing is not None:
        shape = (sharing.n_artists, config.dim)
        shared_slots = [np.full(shape, value, dtype=np.float32) for value in starts]
    slots = (
        [np.full_like(W, value) for value in starts],
        [np.full_like(b, value) for value in starts],
    )
    return Descent(0, parameters, slots, shared_slots)


def step(
    config: TrainingConfig,
    descent: Descent,
    gradients: tuple[np.ndarray, np.ndarray],
    sharing: Artists | None,
    workers: Workers,
) -> None:
    """Move all parameters by one step, in blocks of rows that fit into the cache.

    The shared parts a are not stored: only the sum u + a matters, and only steps change it.

    Parameters
    ----------
    config : TrainingConfig
        The optimiser and its step sizes.
    descent : Descent
        Changed in place, including its epoch.
    gradients : tuple of ndarray
        dJ/dW and dJ/db; overwritten.
    sharing : Artists, optional
        The artists whose songs share a part of their vectors.
    workers : Workers
        Threads to share the work.
    """
    descent.epoch += 1
    rule = OPTIMIZERS[config.optimizer].step
    rates = [config.learning_rate, config.learning_rate]
    shared = None
    if sharing is not None:
        of_artists = sharing.sums(gradients[0])  # dJ/da: the sum over the artist's songs
        shared = np.zeros_like(of_artists)
        rule(shared, of_artists, descent.shared_slots, config.learning_rate, descent.epoch)
        rates[0] *= config.own_step

    @ignore_overflow
    def move(start: int) -> None:
        rows = slice(start, start + ROWS_AT_ONCE)
        for theta, gradient, slots, rate in zip(
            descent.parameters, gradients, descent.slots, rates, strict=True
        ):
            memory = [slot[rows] for slot in slots]
            rule(theta[rows], gradient[rows], memory, rate, descent.epoch)

    for _ in workers.map(move, range(0, len(descent.parameters[0]), ROWS_AT_ONCE)):
        pass
    if sharing is not None and shared is not None:
        descent.parameters[0][:] += shared[sharing.of_songs]


def largest(*gradients: np.ndarray) -> float:
    """Return the largest absolute entry; 0 if there are none."""
    return float(max(max(g.max(initial=0), -g.min(initial=0)) for g in gradients))
