"""A run in shards, in stretches of several epochs, each of which ends by writing files.

An interrupted run resumes from these files. So do the places of a lost worker: each stretch
starts from the files of the previous one, so at most one stretch is ever recomputed, however long
the run. Every worker must see the files.
"""

import shutil
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import numpy as np

from muse_lib.config import ObjectiveConfig, TrainingConfig
from muse_lib.errors import InputError
from muse_lib.models.muse.cooccurrence import Cooccurrence
from muse_lib.models.muse.descent import Descent, begin, first_parameters
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.shards import (
    Answer,
    Block,
    Part,
    Tasks,
    Titles,
    blocks_of,
    cut,
    epoch,
    loss_beside,
    told,
)
from muse_lib.storage.files import read_json, read_tensors, write_json, write_tensors
from muse_lib.workers import Workers

RUN = "run.json"
UNSEEN = "put the checkpoint in a folder that every worker sees, and train again."

Records = list[dict[str, float]]


class Told(NamedTuple):
    """What the client receives per epoch: J, the contrastive loss, and the largest gradient."""

    loss: float
    contrastive: float | None
    steepest: float


class Shelf:
    """The files of a run.

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

    def resumed(self) -> tuple[int, Records] | None:
        """Return the last epoch of this same run and its records; None if it left no files."""
        try:
            noted = read_json(self._folder / RUN, "")
            if noted["run"] != self._run:
                return None
            read = noted["epoch"], noted["records"]
            self.parameters(read[0])
        except (InputError, KeyError, TypeError):
            return None
        return read

    def begin(
        self, objective: Objective, config: TrainingConfig, artists: np.ndarray | None
    ) -> tuple[int, Records]:
        """Write all parts and the initial blocks."""
        shutil.rmtree(self._folder, ignore_errors=True)
        W, b = first_parameters(objective.cooccurrence.n_songs, config)
        for k, part in enumerate(cut(objective, config, artists, len(self.blocks))):
            _write_part(self._folder / _of_part(k), part)
            rows = begin((W[part.songs], b[part.songs]), config, part.sharing)
            keep(None, str(self._folder), k, Block(rows))
        self.note(0, [])
        return 0, []

    def note(self, at: int, records: Records) -> None:
        """Record that all blocks of an epoch are written, and remove earlier ones."""
        noted = {"run": self._run, "epoch": at, "records": records}
        write_json(self._folder / RUN, noted, indent=None)
        for path in self._folder.glob(_of_block("*", "*")):
            if not path.match(_of_block("*", at)):
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

    def parts(self, tasks: Tasks) -> list[Answer]:
        """Have every place read its part."""
        places = range(len(self.blocks))
        return [tasks.submit(read_part, str(self._folder), k, at=k) for k in places]

    def stretch(
        self,
        tasks: Tasks,
        parts: list[Answer],
        epochs: range,
        titles: Titles | None = None,
        *,
        last: bool = False,
    ) -> Iterator[Told]:
        """Take one step per epoch, and yield the loss and largest gradient before each.

        Parameters
        ----------
        tasks : Tasks
            Runs the functions.
        parts : list
            The result of `parts`.
        epochs : range
            It starts at an epoch whose blocks are written. The blocks at its end are written too,
            except for the ``last`` stretch, whose step is not needed.
        titles : Titles, optional
            The contrastive term.
        """
        folder, places = str(self._folder), range(len(parts))
        blocks = [tasks.submit(read_block, folder, k, epochs.start, at=k) for k in places]
        notes = []
        for at in epochs:
            of_titles = None if titles is None else titles.ask(tasks, blocks, at)
            blocks = epoch(tasks, parts, blocks, of_titles)
            note = [tasks.submit(told, block, at=k) for k, block in enumerate(blocks)]
            if of_titles is not None:
                note.append(tasks.submit(loss_beside, of_titles, at=at))
            notes.append(note)
        kept = [] if last else [tasks.submit(keep, folder, k, blocks[k], at=k) for k in places]
        blocks, of_titles = [], None  # references would keep the answers in memory
        for note in notes:
            results = tasks.results(note)
            of_blocks, beside = results[: len(parts)], results[len(parts) :]
            yield Told(
                loss=sum(loss for loss, _ in of_blocks),
                contrastive=beside[0] if beside else None,
                steepest=float(np.max([steepest for _, steepest in of_blocks])),
            )
        tasks.results(kept)


def stretches(begin: int, epochs: int, every: int, stops: Collection[int]) -> list[range]:
    """Cut the epochs begin .. epochs - 1 at every multiple of ``every``, and at ``stops``.

    Examples
    --------
    >>> stretches(0, 12, 5, [7])
    [range(0, 5), range(5, 7), range(7, 10), range(10, 12)]
    """
    ends = sorted({*range(0, epochs, every), *stops, epochs, begin})
    ends = [end for end in ends if begin <= end <= epochs]
    return [range(start, end) for start, end in pairwise(ends)]


def shelf_of(
    folder: Path, run: str, n_songs: int, n_shards: int, artists: np.ndarray | None
) -> Shelf:
    """Return the shelf of a run in ``n_shards`` shards."""
    return Shelf(folder, f"{run} {n_shards}", blocks_of(n_songs, n_shards, artists))


# Functions that run at a place


def read_part(_workers: Workers | None, folder: str, k: int) -> Part:
    """Read what `Shelf.begin` wrote for a place."""
    arrays, pedigree = read_tensors(Path(folder) / _of_part(k), UNSEEN)
    counted = {name: arrays[name] for name in _COUNTED}
    return Part(
        cooccurrence=Cooccurrence(n_songs=pedigree["n_songs"], **counted),
        songs=arrays["rows"],
        wanted=[arrays[f"wanted_{j}"] for j in range(pedigree["n_shards"])],
        artists=arrays.get("artists"),
        j=ObjectiveConfig(**pedigree["objective"]),
        training=TrainingConfig(**pedigree["training"]),
        fast=pedigree["fast"],
    )


def read_block(_workers: Workers | None, folder: str, k: int, at: int) -> Block:
    """Read the block that `keep` wrote at an epoch."""
    arrays, _ = read_tensors(Path(folder) / _of_block(k, at), UNSEEN)
    return Block(Descent.of(at, arrays))


def keep(_workers: Workers | None, folder: str, k: int, block: Block) -> None:
    """Write a block; a worker presumed lost may do so at the same time, with the same bytes."""
    path = Path(folder) / _of_block(k, block.descent.epoch)
    draft = path.with_suffix(f".{uuid4().hex}")
    write_tensors(draft, block.descent.tensors(), {})
    draft.replace(path)


_COUNTED = ("counts", "songs", "start", "codes", "side_cells", "side_codes")


def _write_part(path: Path, part: Part) -> None:
    arrays = {name: getattr(part.cooccurrence, name) for name in _COUNTED}
    arrays |= {f"wanted_{j}": rows for j, rows in enumerate(part.wanted)} | {"rows": part.songs}
    if part.artists is not None:
        arrays["artists"] = part.artists
    pedigree = {
        "n_songs": part.cooccurrence.n_songs,
        "n_shards": len(part.wanted),
        "objective": part.j.model_dump(),
        "training": part.training.model_dump(),
        "fast": part.fast,
    }
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_tensors(path, contiguous, pedigree)


def _of_part(k: int) -> str:
    return f"part-{k}.safetensors"


def _of_block(k: int | str, at: int | str) -> str:
    return f"block-{k}-at-{at}.safetensors"
