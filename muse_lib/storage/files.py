"""Write files atomically, and read them with a clear error if they are damaged."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from muse_lib.errors import InputError
from muse_lib.paths import shown

Tensors = dict[str, np.ndarray]

LARGE = 100_000_000
"""Numbers of a tensor of which no second copy is held in memory."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a draft path to write to, and rename it to ``path`` if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_json(path: Path, content: Any, indent: int | None = 2) -> None:
    """Write ``content`` as JSON atomically; without ``indent``, as compactly as possible."""
    separators = None if indent else (",", ":")
    text = json.dumps(content, indent=indent, separators=separators, ensure_ascii=False)
    with replacing(path) as draft:
        draft.write_text(text + "\n", "utf-8")


def read_json(path: Path, remedy: str) -> Any:
    """Read JSON; raise `InputError` ending in ``remedy`` if the file is missing or damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"{shown(path)} is missing: {remedy}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)} is damaged ({error}): {remedy}") from None


def write_tensors(path: Path, tensors: Tensors, pedigree: dict[str, Any]) -> None:
    """Write arrays and their pedigree as one safetensors file (no pickle)."""
    with replacing(path) as draft:
        draft.touch()
        mode = draft.stat().st_mode
        save_file(tensors, draft, metadata={"pedigree": json.dumps(pedigree)})
        draft.chmod(mode)  # safetensors makes its files readable only by their owner


def read_tensors(path: Path, remedy: str) -> tuple[Tensors, dict[str, Any]]:
    """Read what `write_tensors` wrote: the arrays and their pedigree.

    Raises
    ------
    InputError
        If the file is missing, truncated, or not written by `write_tensors`.
    """
    with _tensors(path, remedy) as (file, pedigree):
        return {name: _read(path, file, name) for name in file.keys()}, pedigree  # noqa: SIM118


def _read(path: Path, tensors: Any, name: str) -> np.ndarray:
    """Read one tensor, a large one from the file itself.

    ``get_tensor`` maps the file into memory beside its copy in an array.
    """
    shape = tensors.get_slice(name).get_shape()
    if math.prod(shape) < LARGE:
        return np.asarray(tensors.get_tensor(name))
    array = np.empty(shape, tensors.get_slice(name)[:0].dtype)
    with path.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        begin, _ = json.loads(file.read(n_header))[name]["data_offsets"]
        file.seek(8 + n_header + begin)
        file.readinto(array.reshape(-1).view(np.uint8).data)
    return array


def read_pedigree(path: Path, remedy: str) -> dict[str, Any]:
    """Read the pedigree alone of what `write_tensors` wrote, with the errors of `read_tensors`."""
    with _tensors(path, remedy) as (_, pedigree):
        return pedigree


@contextmanager
def _tensors(path: Path, remedy: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    if not path.is_file():
        raise InputError(f"{shown(path)} is missing: {remedy}")
    try:
        with safe_open(path, framework="numpy") as file:
            yield file, json.loads(file.metadata()["pedigree"])
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)} is damaged ({error}): {remedy}") from None


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    with replacing(path) as draft:
        frame.to_parquet(draft, index=False)


def read_frame(path: Path, remedy: str) -> pd.DataFrame:
    """Read Parquet; raise `InputError` ending in ``remedy`` if it is missing or damaged."""
    if not path.is_file():
        raise InputError(f"{shown(path)} is missing: {remedy}")
    import pyarrow as pa  # for the study; not needed to train or query a model

    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = str(error).rpartition(": ")[2].rstrip(".")
        raise InputError(f"{shown(path)} is damaged ({reason}): {remedy}") from None
