"""The descent in shards: what every place keeps.

There are K places. Place k keeps a block of the rows of W and b with the optimiser's memory, and
a shard of the cliques with their codes; `muse_lib.models.muse.exchange` says what it does with
them. K belongs to the run, not to the machines.

All songs by an artist are rows of one block, so that their shared part need not be sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from muse_lib.config import ObjectiveConfig, TrainingConfig
from muse_lib.models.muse.artists import Artists
from muse_lib.models.muse.cooccurrence import Cooccurrence
from muse_lib.models.muse.descent import Descent
from muse_lib.models.muse.objective import Objective


@dataclass(frozen=True)
class Part:
    """The data that stay at a place from the first epoch to the last.

    Attributes
    ----------
    cooccurrence : Cooccurrence
        The cliques of the shard. Its songs are numbered in the order in which their rows arrive:
        those of block 0, then those of block 1, and so on.
    songs : ndarray
        (n_rows,) int: the song of each row of the block.
    rows_needed : sequence of ndarray
        For each shard, the rows of the block that its cliques need, ascending.
    artists : ndarray or None
        (n_rows,) int, 0 .. n_artists - 1: the artist of each row, if artists share vectors.
    objective_config : ObjectiveConfig
        The objective to minimise.
    training : TrainingConfig
        How to minimise it.
    fast : bool
        Whether numba computes the seen pairs.
    """

    cooccurrence: Cooccurrence
    songs: np.ndarray
    rows_needed: Sequence[np.ndarray]
    artists: np.ndarray | None
    objective_config: ObjectiveConfig
    training: TrainingConfig
    fast: bool

    @cached_property
    def objective(self) -> Objective:
        """J; the shard computes its seen pairs, the block its rows of all pairs."""
        arrays = _fields(self.cooccurrence)
        for name, value in arrays.items():
            if isinstance(value, np.ndarray):  # arrives read-only, and numba would recompile
                arrays[name] = np.require(value, requirements=["W", "A"])
        j = self.objective_config
        counted = Cooccurrence(**arrays)
        return Objective(counted, j.smoothing, j.alpha, j.log_sign, fast=self.fast)

    @cached_property
    def sharing(self) -> Artists | None:
        """The artists of the block."""
        return None if self.artists is None else Artists(self.artists)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without cached properties, which can be recomputed."""
        return type(self), tuple(_fields(self).values())

    def __sizeof__(self) -> int:
        """Return its size in bytes, which Dask uses for scheduling."""
        rows = sum(rows.nbytes for rows in self.rows_needed)
        return self.cooccurrence.nbytes + self.songs.nbytes + rows


@dataclass(frozen=True)
class Block:
    """What a place passes from one epoch to the next.

    Attributes
    ----------
    descent : Descent
        The rows of W and b after some steps.
    loss : float
        The block's part of J before its last step; the parts of all blocks sum to J.
    largest_gradient : float
        The largest absolute entry of the gradient there.
    """

    descent: Descent
    loss: float = 0.0
    largest_gradient: float = 0.0

    def __sizeof__(self) -> int:
        """Return its size in bytes."""
        return sum(array.nbytes for array in self.descent.tensors().values())


def partition(
    objective: Objective, config: TrainingConfig, artists: np.ndarray | None, n_shards: int
) -> Iterator[Part]:
    """Cut the songs into blocks and the cliques into shards of similar cost.

    Parameters
    ----------
    objective : Objective
        J over all songs. C was counted as a whole: a pair belongs to one clique of one shard.
    config : TrainingConfig
        How to minimise it.
    artists : ndarray, optional
        (n_songs,) int: the artist of each song.
    n_shards : int
        K; with fewer songs or cliques, some are empty.
    """
    counted = objective.cooccurrence
    blocks = blocks_of(counted.n_songs, n_shards, artists)
    first = np.cumsum([0, *(block.size for block in blocks)])
    position = np.empty(counted.n_songs, dtype=np.int64)
    position[np.concatenate(blocks)] = np.arange(counted.n_songs)
    cost = counted.lengths.astype(float) ** 2
    shares = np.linspace(0, cost.sum(), n_shards + 1)[1:-1]
    middles = np.cumsum(cost) - cost / 2  # a clique goes to the shard that contains its midpoint
    bounds = [0, *np.searchsorted(middles, shares).tolist(), counted.lengths.size]
    needed = [
        np.unique(position[counted.songs[counted.start[bounds[j]] : counted.start[bounds[j + 1]]]])
        for j in range(n_shards)
    ]
    objective_config = ObjectiveConfig(
        smoothing=objective.smoothing, alpha=objective.alpha, log_sign=objective.log_sign
    )
    for k, songs in enumerate(blocks):
        between = [np.searchsorted(rows, first[k : k + 2]) for rows in needed]
        yield Part(
            cooccurrence=_cliques_between(counted, bounds[k], bounds[k + 1], position, needed[k]),
            songs=songs,
            rows_needed=[
                (rows[slice(*ends)] - first[k]).astype(np.int32)
                for rows, ends in zip(needed, between, strict=True)
            ],
            artists=None if artists is None else np.unique(artists[songs], return_inverse=True)[1],
            objective_config=objective_config,
            training=config,
            fast=objective.fast,
        )


def blocks_of(n_songs: int, n_shards: int, artists: np.ndarray | None) -> list[np.ndarray]:
    """Return the songs of each block, of nearly equal sizes; no artist's songs are separated.

    Examples
    --------
    >>> [block.tolist() for block in blocks_of(5, 2, None)]
    [[0, 1], [2, 3, 4]]
    >>> [block.tolist() for block in blocks_of(5, 2, np.array([0, 1, 0, 1, 0]))]
    [[], [0, 2, 4, 1, 3]]
    """
    bounds = np.arange(1, n_shards) * n_songs // n_shards
    if artists is None:
        return np.split(np.arange(n_songs), bounds)
    order = np.argsort(artists, kind="stable")
    by_artist = artists[order]
    return np.split(order, np.searchsorted(by_artist, by_artist[bounds]))


def _cliques_between(
    counted: Cooccurrence, begin: int, end: int, position: np.ndarray, needed: np.ndarray
) -> Cooccurrence:
    """Return some of the cliques, their songs renumbered by position in ``needed``."""
    members = slice(counted.start[begin], counted.start[end])
    cells = slice(counted.cell[begin], counted.cell[end])
    side = slice(*np.searchsorted(counted.side_cells, (cells.start, cells.stop)))
    return Cooccurrence(
        n_songs=needed.size,
        counts=counted.counts,
        songs=np.searchsorted(needed, position[counted.songs[members]]).astype(np.int32),
        start=counted.start[begin : end + 1] - members.start,
        codes=counted.codes[cells],
        side_cells=counted.side_cells[side] - cells.start,
        side_codes=counted.side_codes[side],
    )


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, without its cached properties."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
