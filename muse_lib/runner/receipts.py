"""Receipts of stages, which decide whether a stage runs again.

They are kept with the artefacts of this checkout, outside version control.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from muse_lib.paths import ROOT
from muse_lib.runner.stages import Parameters
from muse_lib.storage.code_digest import code_digest, imports_of
from muse_lib.storage.files import write_json

HEAVY = "artifacts/"
READ = (HEAVY, "tables/")
"""Where stages find the results of earlier ones; notebooks and figures are for people."""


@dataclass(frozen=True)
class Receipt:
    """The record of a stage that succeeded.

    Attributes
    ----------
    key : str
        Digest of everything it depends on, see `key_of`; empty while its files are being replaced.
    parameters : dict
        The value of every parameter of its notebook.
    outputs : dict
        SHA-256 of each published file, by its path in the results folder.
    command : str
        The command that reproduces them.
    caveats : list of str
        The caveats that its notebook shows.
    """

    key: str
    parameters: dict[str, Any]
    outputs: dict[str, str] = field(default_factory=dict)
    command: str = ""
    caveats: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, results: Path, name: str) -> Self | None:
        """Read the receipt of stage ``name``; None if it is missing or unreadable."""
        try:
            receipt = cls(**json.loads(receipt_path(results, name).read_text("utf-8")))
            inside = all(lies_inside(output) for output in receipt.outputs.keys())  # noqa: SIM118
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return receipt if inside else None

    def save(self, results: Path, name: str) -> None:
        """Write the receipt of stage ``name`` atomically."""
        write_json(receipt_path(results, name), asdict(self))

    def holds(self, key: str, results: Path) -> bool:
        """Return whether the stage would do the same again and all its files are unchanged."""
        return key == self.key and self.outputs == digests(results, self.outputs)

    def data(self, results: Path) -> dict[str, str]:
        """Return the current digests of the files that later stages may read."""
        return digests(results, read_by_others(self.outputs))


def read_by_others(outputs: dict[str, str]) -> dict[str, str]:
    """Return the files of a stage that later stages may read."""
    return {name: digest for name, digest in outputs.items() if name.startswith(READ)}


def lies_inside(name: str) -> bool:
    """Return whether a relative path stays inside its folder."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def receipt_path(results: Path, name: str) -> Path:
    """Return where the receipt of stage ``name`` is kept."""
    return results / "artifacts" / "receipts" / f"{name}.json"


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each file below ``folder``; empty for a missing file."""
    found = {}
    for name in names:
        try:
            with (folder / name).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            found[name] = ""
    return found


def key_of(
    source: nbformat.NotebookNode,
    parameters: Parameters,
    before: dict[str, dict[str, str]],
    playlists: list[tuple[str, int, int]],
    code: str,
) -> str:
    """Return the digest of everything that the results of a stage depend on.

    Parameters
    ----------
    source : NotebookNode
        Its notebook; outputs in it are ignored.
    parameters : mapping
        The value of every parameter.
    before : dict
        For each stage whose results it reads, the digests of their files: if a stage runs again
        with the same results, later stages stay valid.
    playlists : list of tuple
        Name, size and modification time of the playlist files that it reads.
    code : str
        Digest of the library code it uses and of the installed versions; see `code_of`.
    """
    cells = [(cell.cell_type, cell.source) for cell in source.cells]
    everything = [cells, dict(parameters), before, playlists, code]
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def code_of(source: nbformat.NotebookNode, root: Path = ROOT) -> str:
    """Return the digest of the library code that the imports of a notebook reach."""
    names: list[str] = []
    for cell in source.cells:
        if cell.cell_type == "code":
            with suppress(SyntaxError):  # running the cell will report it
                names += imports_of(TransformerManager().transform_cell(cell.source))
    return code_digest(names, root)


def listing(place: Path) -> list[tuple[str, int, int]]:
    """Return name, size and modification time of a file or of all files in a folder."""
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    return [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files]
