"""What is remembered of a stage: how to tell that it is up to date, and where results come from.

A receipt lies with the artefacts of this checkout, outside version control, and decides whether a
stage runs again. ``run.json`` is published with the results and tells the reader.
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import nbformat
import threadpoolctl
from IPython.core.inputtransformer2 import TransformerManager

from muse_lib.artifacts import read_json, write_json
from muse_lib.errors import InputError
from muse_lib.paths import ROOT, shown
from muse_lib.provenance import LIBRARIES, code_digest, imports_of, versions
from muse_lib.runner.parameters import told
from muse_lib.runner.stages import Parameters

RUNNERS = ("ipykernel", "nbclient", "nbconvert", "papermill")
"""Distributions that execute and show notebooks; the numbers do not follow from them."""


READ = ("artifacts/", "tables/")
"""Where stages find what earlier ones made; notebooks and figures are for people."""


@dataclass(frozen=True)
class Receipt:
    """A stage that succeeded.

    Attributes
    ----------
    key : str
        Digest of all it follows from, see `key_of`; empty while its files are being replaced.
    parameters : dict
        The value of every parameter of its notebook.
    seconds, peak_mb : float
        Wall time, and largest memory of its kernel in megabytes.
    outputs : dict
        SHA-256 of each file it published, by its path in the results folder.
    command : str
        The command that made these.
    commit : str or None
        The commit that was checked out then; see `describe_run`.
    caveats : list of str
        What its notebook says that a reader must know.
    """

    key: str
    parameters: dict[str, Any]
    seconds: float
    peak_mb: float
    outputs: dict[str, str] = field(default_factory=dict)
    command: str = ""
    commit: str | None = None
    caveats: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, results: Path, name: str) -> Self | None:
        """Read the receipt of stage ``name``; None if there is none that can be read."""
        try:
            receipt = cls(**json.loads(_receipt(results, name).read_text("utf-8")))
            inside = all(_lies_inside(output) for output in receipt.outputs.keys())  # noqa: SIM118
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return receipt if inside else None

    def save(self, results: Path, name: str) -> None:
        """Write the receipt of stage ``name``, in whole or not at all."""
        write_json(_receipt(results, name), asdict(self))

    def holds(self, key: str, results: Path) -> bool:
        """Tell whether the stage would do the same again and all it made is still there."""
        return key == self.key and self.outputs == digests(results, self.outputs)

    def data(self, results: Path) -> dict[str, str]:
        """Return the digests of what later stages may read, as it lies there now."""
        return digests(results, (name for name in self.outputs if name.startswith(READ)))


def _lies_inside(name: str) -> bool:
    """Tell whether a name leads to a place below the folder it counts from."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def void(results: Path, name: str, outputs: Iterable[str]) -> None:
    """Put a receipt that holds for nothing: the results of stage ``name`` are about to change.

    It names the files that the stage made or will make, so that whatever happens on the way the
    next run knows them.
    """
    Receipt("", {}, 0.0, 0.0, dict.fromkeys(outputs, "")).save(results, name)


def _receipt(results: Path, name: str) -> Path:
    return results / "artifacts" / "receipts" / f"{name}.json"


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each file below ``folder``; empty for one that is not there."""
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
    """Return the digest of everything that the results of a stage follow from.

    Parameters
    ----------
    source : NotebookNode
        Its notebook; outputs in it do not count.
    parameters : mapping
        The value of every parameter.
    before : dict
        For each stage whose results it reads, the digests of its files: a stage that ran again
        and made the same leaves those after it valid.
    playlists : list of tuple
        Name, size and time of change of the files of playlists that it reads.
    code : str
        Digest of the library code it reaches and of the versions it runs with; see `code_of`.
    """
    cells = [(cell.cell_type, cell.source) for cell in source.cells]
    everything = [cells, dict(parameters), before, playlists, code]
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def code_of(source: nbformat.NotebookNode, root: Path = ROOT) -> str:
    """Return the digest of the library as far as the imports of a notebook reach."""
    names: list[str] = []
    for cell in source.cells:
        if cell.cell_type == "code":
            with suppress(SyntaxError):  # running it will tell
                names += imports_of(TransformerManager().transform_cell(cell.source))
    return code_digest(names, root)


def listing(place: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of change of a file or of all files of a folder."""
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    return [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files]


def write_run(results: Path, head: dict[str, Any], order: list[str]) -> None:
    """Write ``run.json``: about the run as a whole, and the receipts of all stages so far.

    Parameters
    ----------
    results : Path
        The corpus's results folder.
    head : dict
        About the run; see `describe_run`.
    order : list of str
        All stages of the study.
    """
    receipts = ((name, Receipt.load(results, name)) for name in order)
    stages = {
        name: asdict(receipt) | {"parameters": told(receipt.parameters)}
        for name, receipt in receipts
        if receipt and receipt.key
    }
    corpus = _read(results / "artifacts" / "corpus.json")
    seeds = [
        stage["parameters"]["seed"] for stage in stages.values() if "seed" in stage["parameters"]
    ]
    if head.get("data_date") is None:  # no stage of this run reads the data itself
        head = {**head, "data_date": _read(results / "run.json").get("data_date")}
    summary = {"corpus_digest": corpus.get("digest"), "seed": seeds[0] if seeds else None}
    write_json(results / "run.json", {**head, **summary, "stages": stages})


def parameters_of(results: Path) -> dict[str, dict[str, Any]]:
    """Return the parameters with which ``run.json`` says that each stage was run.

    It names a file of the user's without its folder; where that is still known here, with it.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    remedy = "bring it back from version control, or run the study once without --verify."
    run = read_json(results / "run.json", remedy)
    found = {}
    try:
        for name, stage in run["stages"].items():
            receipt = Receipt.load(results, name)
            known = receipt is not None and told(receipt.parameters) == stage["parameters"]
            found[name] = dict(receipt.parameters if receipt and known else stage["parameters"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        place = shown(results / "run.json")
        raise InputError(f"{place} is damaged ({error!r}): {remedy}") from None
    return found


def _read(path: Path) -> dict[str, Any]:
    """Return what a JSON file says; nothing where there is none that can be read."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def date_of(stated: str, playlists: list[tuple[str, int, int]]) -> str | None:
    """Return the date of the data: what its source states, else when its newest file changed."""
    changed = max((nanoseconds for _, _, nanoseconds in playlists), default=None)
    if stated or changed is None:
        return stated or None
    return datetime.fromtimestamp(changed / 1e9, UTC).date().isoformat()


def describe_run(corpus: str, scale: str, data_date: str | None) -> dict[str, Any]:
    """Return what holds for every stage: the data, the code, the libraries, the kind of machine."""
    pools = threadpoolctl.threadpool_info()
    return {
        "corpus": corpus,
        "data_date": data_date,
        "scale": scale,
        "commit": _commit(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": {pool["internal_api"]: pool["num_threads"] for pool in pools},
        "libraries": versions(sorted(LIBRARIES + RUNNERS)),
    }


def _commit() -> str | None:
    """Return the commit checked out, marked where code differs from it; None outside git."""
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--", ".", ":!results")
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit} with changes" if changed else commit


def _git(*command: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *command], capture_output=True, check=True, text=True
    )
    return done.stdout.strip()
