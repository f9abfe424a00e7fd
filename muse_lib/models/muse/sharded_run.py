"""A run in shards, which writes its blocks to files every few epochs.

An interrupted run resumes from these files. So do the places of a lost worker: what follows a
checkpoint starts from its files, so at most the epochs between two checkpoints are ever
recomputed, however long the run. Every worker must see the files.
"""

import shutil
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self
from uuid import uuid4

import numpy as np

from muse_lib.config import ObjectiveConfig, TrainingConfig
from muse_lib.errors import InputError
from muse_lib.models.muse.cooccurrence import Cooccurrence
from muse_lib.models.muse.descent import Descent, begin, first_parameters
from muse_lib.models.muse.exchange import (
    ContrastiveTerm,
    contrastive_loss_of,
    loss_and_largest_gradient,
    submit_epoch,
)
from muse_lib.models.muse.executor import Executor, Future
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.shards import Block, Part, blocks_of, partition
from muse_lib.storage.files import read_json, read_tensors, write_json, write_tensors
from muse_lib.workers import Workers

RUN = "run.json"
NOT_SEEN = "put the checkpoint in a folder that every worker sees, and train again."

Records = list[dict[str, float]]


class EpochSummary(NamedTuple):
    """What the client receives per epoch: J, the contrastive loss, and the largest gradient."""

    loss: float
    contrastive_loss: float | None
    largest_gradient: float


class ShardedRun:
    """A run in shards, and its files.

    Parameters
    ----------
    folder : Path
        Where they are, or will be written.
    run : str
        The digest of what determines the run's outcome; files of another run are ignored.
    blocks : list of ndarray
        The songs of each block.
    """

    def __init__(self, folder: Path, run: str, blocks: list[np.ndarray]) -> None:
        self._folder = folder.absolute()
        self._run = run
        self.blocks = blocks

    @classmethod
    def of(
        cls, folder: Path, run: str, n_songs: int, n_shards: int, artists: np.ndarray | None
    ) -> Self:
        """Return a run in ``n_shards`` shards; see `blocks_of` for how songs are divided."""
        return cls(folder, f"{run} {n_shards}", blocks_of(n_songs, n_shards, artists))

    def resumed(self) -> tuple[int, Records] | None:
        """Return the last epoch of this same run and its records; None if it left no files."""
        try:
            saved = read_json(self._folder / RUN, "")
            if saved["run"] != self._run:
                return None
            epoch, records = saved["epoch"], saved["records"]
            self.parameters(epoch)
        except (InputError, KeyError, TypeError):
            return None
        return epoch, records

    def start(
        self, objective: Objective, config: TrainingConfig, artists: np.ndarray | None
    ) -> tuple[int, Records]:
        """Write all parts and the initial blocks."""
        shutil.rmtree(self._folder, ignore_errors=True)
        W, b = first_parameters(objective.cooccurrence.n_songs, config)
        for k, part in enumerate(partition(objective, config, artists, len(self.blocks))):
            _write_part(self._folder / _part_name(k), part)
            rows = begin((W[part.songs], b[part.songs]), config, part.sharing)
            write_block(None, str(self._folder), k, Block(rows))
        self.save_progress(0, [])
        return 0, []

    def save_progress(self, at: int, records: Records) -> None:
        """Record that all blocks of an epoch are written, and remove earlier ones."""
        saved = {"run": self._run, "epoch": at, "records": records}
        write_json(self._folder / RUN, saved, indent=None)
        for path in self._folder.glob(_block_name("*", "*")):
            if not path.match(_block_name("*", at)):
                path.unlink()

    def parameters(self, at: int) -> tuple[np.ndarray, np.ndarray]:
        """Return W and b of an epoch whose blocks are written."""
        n_songs = sum(block.size for block in self.blocks)
        W, b = None, np.empty(n_songs, dtype=np.float32)
        for k, songs in enumerate(self.blocks):
            of_block = read_block(None, str(self._folder), k, at).descent.parameters
            if W is None:
                W = np.empty((n_songs, of_block[0].shape[1]), dtype=np.float32)
            W[songs], b[songs] = of_block
        assert W is not None  # there is at least one block
        return W, b

    def read_parts(self, executor: Executor) -> list[Future]:
        """Have every place read its part."""
        places = range(len(self.blocks))
        return [executor.submit(read_part, str(self._folder), k, at=k) for k in places]

    def run_epochs(
        self,
        executor: Executor,
        parts: list[Future],
        epochs: range,
        contrastive: ContrastiveTerm | None = None,
        *,
        last: bool = False,
    ) -> Iterator[EpochSummary]:
        """Take one step per epoch, and yield the loss and largest gradient before each.

        Parameters
        ----------
        executor : Executor
            Runs the functions.
        parts : list
            The result of `read_parts`.
        epochs : range
            It starts at an epoch whose blocks are written. The blocks at its end are written too,
            except for the ``last`` epochs, whose step is not needed.
        contrastive : ContrastiveTerm, optional
            The contrastive term.
        """
        folder, places = str(self._folder), range(len(parts))
        blocks = [executor.submit(read_block, folder, k, epochs.start, at=k) for k in places]
        summaries = []
        for epoch in epochs:
            gradients = None if contrastive is None else contrastive.submit(executor, blocks, epoch)
            blocks = submit_epoch(executor, parts, blocks, gradients)
            summary = [
                executor.submit(loss_and_largest_gradient, block, at=k)
                for k, block in enumerate(blocks)
            ]
            if gradients is not None:
                summary.append(executor.submit(contrastive_loss_of, gradients, at=epoch))
            summaries.append(summary)
        written = (
            []
            if last
            else [executor.submit(write_block, folder, k, blocks[k], at=k) for k in places]
        )
        blocks, gradients = [], None  # references would keep the results in memory
        for summary in summaries:
            results = executor.results(summary)
            of_blocks, of_contrastive = results[: len(parts)], results[len(parts) :]
            yield EpochSummary(
                loss=sum(loss for loss, _ in of_blocks),
                contrastive_loss=of_contrastive[0] if of_contrastive else None,
                largest_gradient=float(np.max([largest for _, largest in of_blocks])),
            )
        executor.results(written)


def epochs_between_checkpoints(
    start: int, epochs: int, every: int, stops: Collection[int]
) -> list[range]:
    """Cut the epochs start .. epochs - 1 at every multiple of ``every``, and at ``stops``.

    Examples
    --------
    >>> epochs_between_checkpoints(0, 12, 5, [7])
    [range(0, 5), range(5, 7), range(7, 10), range(10, 12)]
    """
    ends = sorted({*range(0, epochs, every), *stops, epochs, start})
    ends = [end for end in ends if start <= end <= epochs]
    return [range(*ends) for ends in pairwise(ends)]


# Functions that run at a place


def read_part(_workers: Workers | None, folder: str, k: int) -> Part:
    """Read what `ShardedRun.start` wrote for a place."""
    arrays, pedigree = read_tensors(Path(folder) / _part_name(k), NOT_SEEN)
    counted = {name: arrays[name] for name in _COUNT_ARRAYS}
    return Part(
        cooccurrence=Cooccurrence(n_songs=pedigree["n_songs"], **counted),
        songs=arrays["rows"],
        rows_needed=[arrays[f"wanted_{j}"] for j in range(pedigree["n_shards"])],
        artists=arrays.get("artists"),
        objective_config=ObjectiveConfig(**pedigree["objective"]),
        training=TrainingConfig(**pedigree["training"]),
        fast=pedigree["fast"],
    )


def read_block(_workers: Workers | None, folder: str, k: int, at: int) -> Block:
    """Read the block that `write_block` wrote at an epoch."""
    arrays, _ = read_tensors(Path(folder) / _block_name(k, at), NOT_SEEN)
    return Block(Descent.of(at, arrays))


def write_block(_workers: Workers | None, folder: str, k: int, block: Block) -> None:
    """Write a block; a worker presumed lost may do so at the same time, with the same bytes."""
    path = Path(folder) / _block_name(k, block.descent.epoch)
    draft = path.with_suffix(f".{uuid4().hex}")
    write_tensors(draft, block.descent.tensors(), {})
    draft.replace(path)


_COUNT_ARRAYS = ("counts", "songs", "start", "codes", "side_cells", "side_codes")


def _write_part(path: Path, part: Part) -> None:
    arrays = {name: getattr(part.cooccurrence, name) for name in _COUNT_ARRAYS}
    arrays |= {f"wanted_{j}": rows for j, rows in enumerate(part.rows_needed)}
    arrays["rows"] = part.songs
    if part.artists is not None:
        arrays["artists"] = part.artists
    pedigree = {
        "n_songs": part.cooccurrence.n_songs,
        "n_shards": len(part.rows_needed),
        "objective": part.objective_config.model_dump(),
        "training": part.training.model_dump(),
        "fast": part.fast,
    }
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_tensors(path, contiguous, pedigree)


def _part_name(k: int) -> str:
    return f"part-{k}.safetensors"


def _block_name(k: int | str, at: int | str) -> str:
    return f"block-{k}-at-{at}.safetensors"
