"""The state of a training run as a file, from which a killed run resumes bit for bit."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from muse_lib.config import TrainingConfig
from muse_lib.errors import InputError
from muse_lib.models.muse.descent import Descent
from muse_lib.models.muse.objective import Objective
from muse_lib.storage.code_digest import code_digest
from muse_lib.storage.files import read_tensors, write_tensors

if TYPE_CHECKING:
    from muse_lib.models.muse.contrastive import Contrastive


@dataclass(kw_only=True)
class State(Descent):
    """A descent, its best vectors so far, and its history.

    Attributes
    ----------
    best : tuple of ndarray
        W and b of the lowest loss so far.
    records : list of dict
        The rows of the history.
    """

    best: tuple[np.ndarray, np.ndarray]
    records: list[dict[str, float]]


def run_digest(
    objective: Objective,
    config: TrainingConfig,
    artists: np.ndarray | None,
    contrastive: "Contrastive | None",
) -> str:
    """Return a digest of everything that determines the outcome of a run."""
    sha = hashlib.sha256(code_digest(["muse_lib.models.muse.training"]).encode())
    sha.update(json.dumps(config.model_dump(), sort_keys=True).encode())
    sha.update(repr((objective.smoothing, objective.alpha, objective.log_sign)).encode())
    sha.update(objective.kernel.encode())
    counted = objective.cooccurrence
    for array in (counted.counts, counted.songs, counted.start, counted.codes, counted.side_codes):
        sha.update(np.ascontiguousarray(array).data)
    if artists is not None:
        sha.update(artists.tobytes())
    if contrastive is not None:
        sha.update(f"{contrastive.weight} {contrastive.margin} {contrastive.pairs.digest}".encode())
    return sha.hexdigest()


def write(checkpoint: Path, state: State, run: str) -> None:
    """Write the state of the run whose digest is ``run``."""
    best_W, best_b = state.best
    arrays = state.tensors() | {"best_W": best_W, "best_b": best_b}
    write_tensors(checkpoint, arrays, {"run": run, "epoch": state.epoch, "records": state.records})


def resumed(checkpoint: Path | None, run: str) -> State | None:
    """Load the state of this same run; None if there is none to resume from."""
    if checkpoint is None or not checkpoint.exists():
        return None
    try:
        arrays, pedigree = read_tensors(checkpoint, "")
    except InputError:
        return None
    if pedigree.get("run") != run:
        return None
    return State(
        **vars(Descent.of(pedigree["epoch"], arrays)),
        best=(arrays["best_W"], arrays["best_b"]),
        records=pedigree["records"],
    )
