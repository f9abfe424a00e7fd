"""An epoch of the descent in shards: what every place does, and which rows travel between places.

In an epoch

1. each block computes a few sums, W'W among them, and these are added up (`block_sums`,
   `total_sums`);
2. each block sends every shard the rows that its cliques need, and no others (`rows_for_shard`);
3. each shard sends back its cliques' part of the gradients of these rows (`seen_pair_gradients`);
4. each block sums its gradient, in the order of the shards, and takes its step (`next_block`).

Functions and arguments are the same on one machine or many, and so are the bytes. Functions never
modify their arguments, because they are called again if a result is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from muse_lib.models.muse.descent import largest, step
from muse_lib.models.muse.executor import Executor, Future
from muse_lib.models.muse.objective import Sums, ignore_overflow
from muse_lib.models.muse.shards import Block, Part
from muse_lib.workers import Workers

if TYPE_CHECKING:
    from muse_lib.models.muse.contrastive import Contrastive
    from muse_lib.titles.pairs import SongPairs


class Rows(NamedTuple):
    """Rows of a block on the way to a shard, or their gradients on the way back.

    ``which`` are the row numbers in the block; ``loss`` comes back with the gradients.
    """

    which: np.ndarray
    W: np.ndarray
    b: np.ndarray
    loss: float = 0.0


# Functions that run at a place


@ignore_overflow
def block_sums(workers: Workers, part: Part, block: Block) -> Sums:
    """Return the sums over the rows of a block."""
    return part.objective.all_pairs_sums(*block.descent.parameters, workers)


@ignore_overflow
def total_sums(_workers: Workers, of_blocks: list[Sums]) -> Sums:
    """Add up the sums of all blocks, in order."""
    gram = of_blocks[0].gram
    of_all = Sums.none(len(gram), gram.dtype)
    for of_block in of_blocks:
        of_all += of_block
    return of_all


def rows_for_shard(_workers: Workers, part: Part, block: Block, shard: int) -> Rows:
    """Return the rows of a block that the cliques of a shard need."""
    return select_rows(_workers, block, part.rows_needed[shard])


def select_rows(_workers: Workers, block: Block, which: np.ndarray) -> Rows:
    """Return some rows of a block, given by their numbers."""
    W, b = block.descent.parameters
    return Rows(which, W[which], b[which])


@ignore_overflow
def seen_pair_gradients(workers: Workers, part: Part, of_blocks: list[Rows]) -> list[Rows]:
    """Return a shard's part of the gradients of the rows of its cliques.

    Its part of J is returned with the first block's rows.
    """
    W = np.concatenate([of_block.W for of_block in of_blocks])
    b = np.concatenate([of_block.b for of_block in of_blocks])
    dW, db = np.zeros_like(W), np.zeros_like(b)
    loss = part.objective.add_seen_pairs(W, b, workers, dW, db)
    return _split_by_block(of_blocks, dW, db, loss)


@ignore_overflow
def contrastive_gradients(
    workers: Workers, pairs: "SongPairs", margin: float, weight: float, of_blocks: list[Rows]
) -> list[Rows]:
    """Return the contrastive term's part of the gradients.

    Its pairs are numbered as the rows in `seen_pair_gradients`. L itself, which is not part of J,
    is returned with the last block's rows.
    """
    from muse_lib.models.muse.contrastive import contrastive_loss  # needs titles

    W = np.concatenate([of_block.W for of_block in of_blocks])
    dW = np.zeros_like(W)
    loss = contrastive_loss(W, pairs, margin, workers, dW, weight)
    *others, last = _split_by_block(of_blocks, dW, np.zeros(len(W), W.dtype))
    return [*others, last._replace(loss=loss)]


def _split_by_block(
    of_blocks: list[Rows], dW: np.ndarray, db: np.ndarray, loss: float = 0.0
) -> list[Rows]:
    """Cut gradients into those of each block's rows."""
    ends = np.cumsum([of_block.which.size for of_block in of_blocks])[:-1]
    parts = zip(of_blocks, np.split(dW, ends), np.split(db, ends), strict=True)
    first, *others = (Rows(sent.which, d_w, d_b) for sent, d_w, d_b in parts)
    return [first._replace(loss=loss), *others]


def rows_of_block(_workers: Workers, gradients: list[Rows], k: int) -> Rows:
    """Return those of some gradients that go back to one block."""
    return gradients[k]


def contrastive_loss_of(_workers: Workers, gradients: list[Rows]) -> float:
    """Return the loss that `contrastive_gradients` returns with the rows."""
    return gradients[-1].loss


@ignore_overflow
def next_block(
    workers: Workers,
    part: Part,
    block: Block,
    of_all: Sums,
    of_shards: list[Rows],
    contrastive: Rows | None,
) -> Block:
    """Return a block after one more step."""
    descent = block.descent.copy()
    W, b = descent.parameters
    dW, db = np.zeros_like(W), np.zeros_like(b)
    loss = 0.0
    if part.objective_config.smoothing > 0:
        loss = part.objective.all_pairs(W, b, of_all, workers, dW, db)
    for of_shard in of_shards:
        loss += of_shard.loss
        dW[of_shard.which] += of_shard.W
        db[of_shard.which] += of_shard.b
    if contrastive is not None:
        dW[contrastive.which] += contrastive.W
    largest_gradient = largest(dW, db)
    step(part.training, descent, (dW, db), part.sharing, workers)
    return Block(descent, loss, largest_gradient)


def loss_and_largest_gradient(_workers: Workers, block: Block) -> tuple[float, float]:
    """Return what a block reports to the client: its part of J, and its largest gradient."""
    return block.loss, block.largest_gradient


# The exchange between places


@dataclass(frozen=True)
class ContrastiveTerm:
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

    def submit(self, executor: Executor, blocks: list[Future], epoch: int) -> Future:
        """Send the rows of an epoch's pairs to one place; return a future of their gradients."""
        from muse_lib.titles.pairs import SongPairs

        pairs = self.contrastive.pairs.draw(epoch)
        i, j = self._position[pairs.i], self._position[pairs.j]
        needed = np.unique(np.append(i, j))
        first = np.cumsum([0, *(block.size for block in self.blocks)])
        cuts = np.searchsorted(needed, first)
        sent = [
            executor.submit(select_rows, block, needed[cuts[k] : cuts[k + 1]] - first[k], at=k)
            for k, block in enumerate(blocks)
        ]
        local = SongPairs(np.searchsorted(needed, i), np.searchsorted(needed, j), pairs.y)
        margin, weight = self.contrastive.margin, self.contrastive.weight
        return executor.submit(contrastive_gradients, local, margin, weight, sent, at=epoch)


def submit_epoch(
    executor: Executor, parts: list[Future], blocks: list[Future], contrastive: Future | None
) -> list[Future]:
    """Submit one step of all blocks; return the blocks after it."""
    places = range(len(parts))
    of_all = executor.submit(
        total_sums, [executor.submit(block_sums, parts[k], blocks[k], at=k) for k in places], at=0
    )
    gradients = []
    for j in places:
        sent = [executor.submit(rows_for_shard, parts[k], blocks[k], j, at=k) for k in places]
        gradients.append(executor.submit(seen_pair_gradients, parts[j], sent, at=j))
    after = []
    for k in places:
        of_shards = [
            executor.submit(rows_of_block, of_shard, k, at=j)
            for j, of_shard in enumerate(gradients)
        ]
        of_term = (
            None if contrastive is None else executor.submit(rows_of_block, contrastive, k, at=k)
        )
        after.append(
            executor.submit(next_block, parts[k], blocks[k], of_all, of_shards, of_term, at=k)
        )
    return after
