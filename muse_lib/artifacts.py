"""The results of a run as files: tables, figures and the heavier artefacts between notebooks.

A file is written to a draft beside its place and renamed, so a crash leaves no half file.
While the runner executes a notebook, everything is written below its draft folder and moved
into place only when the whole notebook has succeeded; a notebook opened in JupyterLab writes
straight into its results folder.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from matplotlib.figure import Figure
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from muse_lib.errors import InputError
from muse_lib.paths import ROOT, shown

DRAFT = "MUSE_DRAFT"
"""Environment variable by which the runner sends what a notebook writes to its draft folder."""

FORMULA = re.compile(r"^(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""The beginning of a text that spreadsheets compute, full-width signs too, or of one made inert."""

INERT = re.compile(r"^'(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""The apostrophe by which such a text is kept from it."""

Tensors = dict[str, np.ndarray]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a draft path to write to, and rename it to ``path`` when the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as indented JSON, in whole or not at all."""
    with replacing(path) as draft:
        draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_json(path: Path, remedy: str) -> Any:
    """Read JSON; raise `InputError` ending in ``remedy`` if the file is not there or not JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"{shown(path)} is missing: {remedy}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)} is damaged ({error}): {remedy}") from None


def write_tensors(path: Path, tensors: Tensors, pedigree: dict[str, Any]) -> None:
    """Write arrays and where they came from as one safetensors file (no pickle)."""
    with replacing(path) as draft:
        save_file(tensors, draft, metadata={"pedigree": json.dumps(pedigree)})


def read_tensors(path: Path, remedy: str) -> tuple[Tensors, dict[str, Any]]:
    """Read what `write_tensors` wrote: the arrays and their pedigree.

    Raises
    ------
    InputError
        If the file is missing, truncated, or not one that `write_tensors` wrote.
    """
    if not path.is_file():
        raise InputError(f"{shown(path)} is missing: {remedy}")
    try:
        with safe_open(path, framework="numpy") as file:
            pedigree = json.loads(file.metadata()["pedigree"])
            return {name: file.get_tensor(name) for name in file.keys()}, pedigree  # noqa: SIM118
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)} is damaged ({error}): {remedy}") from None


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as parquet."""
    with replacing(path) as draft:
        frame.to_parquet(draft, index=False)


def read_frame(path: Path, remedy: str) -> pd.DataFrame:
    """Read parquet; raise `InputError` ending in ``remedy`` if it is missing or damaged."""
    if not path.is_file():
        raise InputError(f"{shown(path)} is missing: {remedy}")
    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = str(error).rpartition(": ")[2].rstrip(".")
        raise InputError(f"{shown(path)} is damaged ({reason}): {remedy}") from None


class Results:
    """The folder of one study's results, such as ``results/archive``.

    Parameters
    ----------
    folder : str
        The folder, counted from the project's root.
    """

    def __init__(self, folder: str) -> None:
        self.root = ROOT / folder
        self.draft = Path(os.environ.get(DRAFT) or self.root)

    def replicas(self, n_seeds: int) -> list["Results"]:
        """Return where the same study lies for each of several seeds, itself first.

        The others are in ``artifacts/replicas/<number>`` and hold what comparing needs.
        """
        others = []
        for number in range(1, n_seeds):
            place = copy(self)
            place.root = self.root / "artifacts" / "replicas" / str(number)
            place.draft = self.draft / "artifacts" / "replicas" / str(number)
            others.append(place)
        return [self, *others]

    def find(self, name: str, made_by: str) -> Path:
        """Return the newest file ``name``: from the draft if it was just made, else published.

        Raises
        ------
        InputError
            If there is none, naming the notebook that makes it.
        """
        for place in (self.draft, self.root):
            if (place / name).exists():
                return place / name
        raise InputError(
            f"{shown(self.root / name)} is missing: run notebooks/{made_by}.ipynb first, "
            f"or the whole study with ./run_all.sh"
        )

    def new(self, name: str) -> Path:
        """Return the path at which to write ``name``; the folder it lies in exists."""
        path = self.draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def save_table(self, name: str, table: pd.DataFrame) -> None:
        """Write ``tables/<name>.csv``; floats keep six significant digits.

        A text that a spreadsheet would take for a formula gets an apostrophe before it, which
        `load_table` takes off again.
        """
        inert = table.map(lambda cell: FORMULA.sub("'", cell) if isinstance(cell, str) else cell)
        self._write(
            f"tables/{name}.csv",
            lambda path: inert.to_csv(path, index=False, float_format="%.6g", lineterminator="\n"),
        )

    def save_figure(self, name: str, figure: Figure) -> None:
        """Write ``figures/<name>.png`` and ``.svg``, the same bytes for the same picture."""
        self._write(
            f"figures/{name}.png",
            lambda path: figure.savefig(path, format="png", metadata={"Software": None}),
        )
        self._write(
            f"figures/{name}.svg",
            lambda path: figure.savefig(path, format="svg", metadata={"Date": None}),
        )

    def save_page(self, name: str, page: str) -> None:
        """Write ``<name>.html``, a page that needs nothing else, such as ``maps/muse``."""
        self._write(f"{name}.html", lambda path: path.write_text(page, "utf-8", newline="\n"))

    def save_frame(self, name: str, frame: pd.DataFrame) -> None:
        """Write ``artifacts/<name>.parquet``, for the notebooks that come after."""
        write_frame(self.draft / f"artifacts/{name}.parquet", frame)

    def save_json(self, name: str, content: Any) -> None:
        """Write ``artifacts/<name>.json``."""
        write_json(self.draft / f"artifacts/{name}.json", content)

    def checkpoint(self, name: str) -> Path:
        """Return where a training run keeps its state: outside the draft, to outlive a kill."""
        return self.root / "artifacts" / "checkpoints" / f"{name}.safetensors"

    def load_table(self, name: str, made_by: str) -> pd.DataFrame:
        """Read ``tables/<name>.csv``, which notebook ``made_by`` writes.

        A name such as "NA" is a name; an empty number is nan and an empty text is empty.
        """
        path = self.find(f"tables/{name}.csv", made_by)
        try:
            table = pd.read_csv(path, keep_default_na=False, na_values=[""], lineterminator="\n")
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"{shown(path)} is damaged ({error}): run notebooks/{made_by}.ipynb again."
            ) from None
        texts = table.select_dtypes(exclude=["number", "bool"]).columns
        table = table.fillna(dict.fromkeys(texts, ""))
        return table.assign(
            **{name: table[name].str.replace(INERT, "", regex=True) for name in texts}
        )

    def load_frame(self, name: str, made_by: str) -> pd.DataFrame:
        """Read ``artifacts/<name>.parquet``, which notebook ``made_by`` writes."""
        path = self.find(f"artifacts/{name}.parquet", made_by)
        return read_frame(path, f"run notebooks/{made_by}.ipynb again.")

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        with replacing(self.draft / name) as draft:
            write(draft)
