"""The descent in shards: what every place does in an epoch, and which rows travel between places.

There are K places. Place k keeps a block of the rows of W and b with the optimiser's memory, and
a shard of the cliques with their codes. In an epoch

1. each block computes a few sums, W'W among them, and these are added up (`sums`, `total`);
2. each block sends every shard the rows that its cliques need, and no others (`wanted_by`);
3. each shard sends back its cliques' part of the gradients of these rows (`seen`);
4. each block sums its gradient, in the order of the shards, and takes its step (`moved`).

K belongs to the run, not to the machines: functions and arguments are the same on one machine
(`Here`) or many (`muse_lib.models.muse.cluster`), and so are the bytes. Functions never modify
their arguments, because they are called again if a result is lost.

All songs by an artist are rows of one block, so that their shared part need not be sent.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from muse_lib.config import ObjectiveConfig, TrainingConfig
from muse_lib.models.muse.artists import Artists
from muse_lib.models.muse.cooccurrence import Cooccurrence
from muse_lib.models.muse.descent import Descent, largest, step
from muse_lib.models.muse.objective import Objective, Sums, quietly
from muse_lib.workers import Workers

if TYPE_CHECKING:
    from muse_lib.models.muse.contrastive import Contrastive
    from muse_lib.titles.pairs import SongPairs

Answer = Any
"""The result of a function of this module, or a future of it."""


class Tasks(Protocol):
    """Calls the functions of this module, with workers as their first argument."""

    def submit(self, function: Callable[..., Any], *arguments: Any, at: int) -> Answer:
        """Call a function at a place; its arguments may include answers."""

    def results(self, answers: list[Answer]) -> list[Any]:
        """Return the results behind some answers."""

    def settle(self) -> bool:
        """Find the available workers; return whether the places have changed."""


class Here:
    """All places in this process, one after the other: the reference for a cluster.

    Parameters
    ----------
    workers : Workers
        Threads that share the work of a place.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def submit(self, function: Callable[..., Any], *arguments: Any, at: int) -> Answer:
        """Call the function at once."""
        del at
        return function(self._workers, *arguments)

    def results(self, answers: list[Answer]) -> list[Any]:
        """Return the answers, which are already results."""
        return answers

    def settle(self) -> bool:
        """Return False: there is one process."""
        return False


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
    wanted : sequence of ndarray
        For each shard, the rows of the block that its cliques need, ascending.
    artists : ndarray or None
        (n_rows,) int, 0 .. n_artists - 1: the artist of each row, if artists share vectors.
    j : ObjectiveConfig
        The objective to minimise.
    training : TrainingConfig
        How to minimise it.
    fast : bool
        Whether numba computes the seen pairs.
    """

    cooccurrence: Cooccurrence
    songs: np.ndarray
    wanted: Sequence[np.ndarray]
    artists: np.ndarray | None
    j: ObjectiveConfig
    training: TrainingConfig
    fast: bool

    @cached_property
    def objective(self) -> Objective:
        """J; the shard computes its seen pairs, the block its rows of all pairs."""
        held = _fields(self.cooccurrence)
        for name, value in held.items():
            if isinstance(value, np.ndarray):  # arrives read-only, and numba would recompile
                held[name] = np.require(value, requirements=["W", "A"])
        j = self.j
        return Objective(Cooccurrence(**held), j.smoothing, j.alpha, j.log_sign, fast=self.fast)

    @cached_property
    def sharing(self) -> Artists | None:
        """The artists of the block."""
        return None if self.artists is None else Artists(self.artists)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without cached properties, which can be recomputed."""
        return type(self), tuple(_fields(self).values())

    def __sizeof__(self) -> int:
        """Return its size in bytes, which Dask uses for scheduling."""
        rows = sum(rows.nbytes for rows in self.wanted)
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
    steepest : float
        The largest absolute entry of the gradient there.
    """

    descent: Descent
    loss: float = 0.0
    steepest: float = 0.0

    def __sizeof__(self) -> int:
        """Return its size in bytes."""
        return sum(array.nbytes for array in self.descent.tensors().values())


class Rows(NamedTuple):
    """Rows of a block on the way to a shard, or their gradients on the way back.

    ``which`` are the row numbers in the block; ``loss`` comes back with the gradients.
    """

    which: np.ndarray
    W: np.ndarray
    b: np.ndarray
    loss: float = 0.0


def cut(
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
    held = [
        np.unique(position[counted.songs[counted.start[bounds[j]] : counted.start[bounds[j + 1]]]])
        for j in range(n_shards)
    ]
    j = ObjectiveConfig(
        smoothing=objective.smoothing, alpha=objective.alpha, log_sign=objective.log_sign
    )
    for k, songs in enumerate(blocks):
        between = [np.searchsorted(rows, first[k : k + 2]) for rows in held]
        yield Part(
            cooccurrence=_some(counted, bounds[k], bounds[k + 1], position, held[k]),
            songs=songs,
            wanted=[
                (rows[slice(*ends)] - first[k]).astype(np.int32)
                for rows, ends in zip(held, between, strict=True)
            ],
            artists=None if artists is None else np.unique(artists[songs], return_inverse=True)[1],
            j=j,
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
    [[], [0, 1, 2, 3, 4]]
    """
    bounds = np.arange(1, n_shards) * n_songs // n_shards
    if artists is None:
        return np.split(np.arange(n_songs), bounds)
    order = np.argsort(artists, kind="stable")
    by_artist = artists[order]
    return np.split(order, np.searchsorted(by_artist, by_artist[bounds]))


def _some(
    counted: Cooccurrence, begin: int, end: int, position: np.ndarray, held: np.ndarray
) -> Cooccurrence:
    """Return some of the cliques, their songs renumbered by position in ``held``."""
    members = slice(counted.start[begin], counted.start[end])
    cells = slice(counted.cell[begin], counted.cell[end])
    side = slice(*np.searchsorted(counted.side_cells, (cells.start, cells.stop)))
    return Cooccurrence(
        n_songs=held.size,
        counts=counted.counts,
        songs=np.searchsorted(held, position[counted.songs[members]]).astype(np.int32),
        start=counted.start[begin : end + 1] - members.start,
        codes=counted.codes[cells],
        side_cells=counted.side_cells[side] - cells.start,
        side_codes=counted.side_codes[side],
    )


# Functions that run at a place


@quietly
def sums(workers: Workers, part: Part, block: Block) -> Sums:
    """Return the sums over the rows of a block."""
    return part.objective.all_pairs_sums(*block.descent.parameters, workers)


@quietly
def total(_workers: Workers, of_blocks: list[Sums]) -> Sums:
    """Add up the sums of all blocks, in order."""
    gram = of_blocks[0].gram
    of_all = Sums.none(len(gram), gram.dtype)
    for of_block in of_blocks:
        of_all += of_block
    return of_all


def wanted_by(_workers: Workers, part: Part, block: Block, shard: int) -> Rows:
    """Return the rows of a block that the cliques of a shard need."""
    return rows(_workers, block, part.wanted[shard])


def rows(_workers: Workers, block: Block, which: np.ndarray) -> Rows:
    """Return some rows of a block."""
    W, b = block.descent.parameters
    return Rows(which, W[which], b[which])


@quietly
def seen(workers: Workers, part: Part, of_blocks: list[Rows]) -> list[Rows]:
    """Return a shard's part of the gradients of the rows of its cliques.

    Its part of J is returned with the first block's rows.
    """
    W = np.concatenate([of_block.W for of_block in of_blocks])
    b = np.concatenate([of_block.b for of_block in of_blocks])
    dW, db = np.zeros_like(W), np.zeros_like(b)
    loss = part.objective.add_seen_pairs(W, b, workers, dW, db)
    return _back(of_blocks, dW, db, loss)


@quietly
def told_apart(
    workers: Workers, pairs: "SongPairs", margin: float, weight: float, of_blocks: list[Rows]
) -> list[Rows]:
    """Return the contrastive term's part of the gradients, its pairs numbered as in `seen`.

    L itself, which is not part of J, is returned with the last block's rows.
    """
    from muse_lib.models.muse.contrastive import contrastive_loss  # needs titles

    W = np.concatenate([of_block.W for of_block in of_blocks])
    dW = np.zeros_like(W)
    loss = contrastive_loss(W, pairs, margin, workers, dW, weight)
    *others, last = _back(of_blocks, dW, np.zeros(len(W), W.dtype))
    return [*others, last._replace(loss=loss)]


def _back(of_blocks: list[Rows], dW: np.ndarray, db: np.ndarray, loss: float = 0.0) -> list[Rows]:
    """Cut gradients into those of each block's rows."""
    ends = np.cumsum([of_block.which.size for of_block in of_blocks])[:-1]
    parts = zip(of_blocks, np.split(dW, ends), np.split(db, ends), strict=True)
    first, *others = (Rows(sent.which, d_w, d_b) for sent, d_w, d_b in parts)
    return [first._replace(loss=loss), *others]


def of_block(_workers: Workers, back: list[Rows], k: int) -> Rows:
    """Return the rows that go back to one block."""
    return back[k]


def loss_beside(_workers: Workers, back: list[Rows]) -> float:
    """Return the loss that `told_apart` returns with the rows."""
    return back[-1].loss


@quietly
def moved(
    workers: Workers,
    part: Part,
    block: Block,
    of_all: Sums,
    of_shards: list[Rows],
    of_titles: Rows | None,
) -> Block:
    """Return a block after one more step."""
    descent = block.descent.copy()
    W, b = descent.parameters
    dW, db = np.zeros_like(W), np.zeros_like(b)
    loss = 0.0
    if part.j.smoothing > 0:
        loss = part.objective.all_pairs(W, b, of_all, workers, dW, db)
    for back in of_shards:
        loss += back.loss
        dW[back.which] += back.W
        db[back.which] += back.b
    if of_titles is not None:
        dW[of_titles.which] += of_titles.W
    steepest = largest(dW, db)
    step(part.training, descent, (dW, db), part.sharing, workers)
    return Block(descent, loss, steepest)


def told(_workers: Workers, block: Block) -> tuple[float, float]:
    """Return what a block reports to the client: its part of J, and its largest gradient."""
    return block.loss, block.steepest


# The exchange between places


@dataclass(frozen=True)
class Titles:
    """The contrastive term, for rows in blocks.

    Attributes
    ----------
    contrastive : Contrastive
        Draws the pairs of every epoch.
    blocks : sequence of ndarray
        The songs of each block.
    """

    contrastive: "Contrastive"
    blocks: Sequence[np.ndarray]

    @cached_property
    def _position(self) -> np.ndarray:
        songs = np.concatenate(self.blocks)
        position = np.empty_like(songs)
        position[songs] = np.arange(songs.size)
        return position

    def ask(self, tasks: Tasks, blocks: list[Answer], epoch: int) -> Answer:
        """Send the rows of an epoch's pairs to one place; return a future of their gradients."""
        from muse_lib.titles.pairs import SongPairs

        pairs = self.contrastive.pairs.draw(epoch)
        i, j = self._position[pairs.i], self._position[pairs.j]
        held = np.unique(np.append(i, j))
        first = np.cumsum([0, *(block.size for block in self.blocks)])
        cuts = np.searchsorted(held, first)
        sent = [
            tasks.submit(rows, block, held[cuts[k] : cuts[k + 1]] - first[k], at=k)
            for k, block in enumerate(blocks)
        ]
        local = SongPairs(np.searchsorted(held, i), np.searchsorted(held, j), pairs.y)
        margin, weight = self.contrastive.margin, self.contrastive.weight
        return tasks.submit(told_apart, local, margin, weight, sent, at=epoch)


def epoch(
    tasks: Tasks, parts: list[Answer], blocks: list[Answer], of_titles: Answer | None
) -> list[Answer]:
    """Submit one step of all blocks; return the blocks after it."""
    places = range(len(parts))
    of_all = tasks.submit(
        total, [tasks.submit(sums, parts[k], blocks[k], at=k) for k in places], at=0
    )
    backs = []
    for j in places:
        sent = [tasks.submit(wanted_by, parts[k], blocks[k], j, at=k) for k in places]
        backs.append(tasks.submit(seen, parts[j], sent, at=j))
    after = []
    for k in places:
        of_shards = [tasks.submit(of_block, back, k, at=j) for j, back in enumerate(backs)]
        titles = None if of_titles is None else tasks.submit(of_block, of_titles, k, at=k)
        after.append(tasks.submit(moved, parts[k], blocks[k], of_all, of_shards, titles, at=k))
    return after


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, without its cached properties."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
