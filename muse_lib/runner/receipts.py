"""Records of stages: whether they are up to date, and where their results come from.

A receipt is kept with the artefacts of this checkout, outside version control, and decides whether
a stage runs again. ``run.json`` is published with the results for their readers; the same inputs,
code and versions give the same bytes. ``times.json`` beside it has everything that varies between
runs: how long each stage took, and on which commit and machine.
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

from muse_lib.errors import InputError
from muse_lib.paths import ROOT, shown
from muse_lib.runner.parameters import without_folders
from muse_lib.runner.stages import Parameters
from muse_lib.storage.code_digest import LIBRARIES, code_digest, imports_of, versions
from muse_lib.storage.files import read_json, write_json

RUNNERS = ("ipykernel", "nbclient", "nbconvert", "papermill")
"""Distributions that execute and display notebooks; they do not affect the numbers."""


RUN, TIMES = "run.json", "times.json"

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
            receipt = cls(**json.loads(_receipt(results, name).read_text("utf-8")))
            inside = all(_lies_inside(output) for output in receipt.outputs.keys())  # noqa: SIM118
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return receipt if inside else None

    def save(self, results: Path, name: str) -> None:
        """Write the receipt of stage ``name`` atomically."""
        write_json(_receipt(results, name), asdict(self))

    def holds(self, key: str, results: Path) -> bool:
        """Return whether the stage would do the same again and all its files are unchanged."""
        return key == self.key and self.outputs == digests(results, self.outputs)

    def data(self, results: Path) -> dict[str, str]:
        """Return the current digests of the files that later stages may read."""
        return digests(results, read_by_others(self.outputs))


def read_by_others(outputs: dict[str, str]) -> dict[str, str]:
    """Return the files of a stage that later stages may read."""
    return {name: digest for name, digest in outputs.items() if name.startswith(READ)}


def _lies_inside(name: str) -> bool:
    """Return whether a relative path stays inside its folder."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def made_before(results: Path, name: str) -> dict[str, str]:
    """Return the files that stage ``name`` made last, from its receipt or else from ``run.json``.

    Returns
    -------
    dict
        The digest of each file by its path; empty for files that are about to change.
    """
    if receipt := Receipt.load(results, name):
        return receipt.outputs
    stage = _stages(_read(results / RUN)).get(name, {})
    outputs = stage.get("outputs", {}) if isinstance(stage, dict) else {}
    known = outputs.items() if isinstance(outputs, dict) else ()
    return {str(file): str(digest) for file, digest in known if _lies_inside(str(file))}


def invalidate(results: Path, name: str, outputs: Iterable[str]) -> None:
    """Replace the receipt of stage ``name`` by an invalid one: its results are about to change.

    It lists the files that the stage made or will make, so that the next run knows them whatever
    happens in between.
    """
    Receipt("", {}, dict.fromkeys(outputs, "")).save(results, name)


def outdate(results: Path, name: str) -> None:
    """Invalidate stage ``name``, whose inputs have changed, and delete its artefacts.

    This prevents loading vectors that belong to other playlists by mistake. Tables, figures and
    pages are tracked, so they stay; `out_of_date` reports them.
    """
    outputs = made_before(results, name)
    if not outputs:
        return
    invalidate(results, name, outputs)
    for file in outputs:
        if file.startswith(HEAVY):
            (results / file).unlink(missing_ok=True)
            with suppress(OSError):  # not empty yet
                (results / file).parent.rmdir()


def forget_others(results: Path, names: Iterable[str]) -> None:
    """Remove the files of stages that are no longer part of the study.

    Parameters
    ----------
    results : Path
        The corpus's folder.
    names : iterable of str
        The stages of the study, whether they run now or not.
    """
    recorded = {path.stem for path in _receipt(results, "any").parent.glob("*.json")}
    kept = {file for name in names for file in made_before(results, name)}
    for name in {*recorded, *_stages(_read(results / RUN))} - {*names}:
        for file in {*made_before(results, name)} - kept:
            (results / file).unlink(missing_ok=True)
        _receipt(results, name).unlink(missing_ok=True)


def out_of_date(results: Path, name: str) -> bool:
    """Return whether there are results of stage ``name`` whose inputs have changed since."""
    receipt = Receipt.load(results, name)
    return (
        receipt is not None
        and not receipt.key
        and any((results / file).exists() for file in receipt.outputs)
    )


def _receipt(results: Path, name: str) -> Path:
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


def write_run(results: Path, head: dict[str, Any], order: list[str]) -> None:
    """Write ``run.json``: the run as a whole, and all stages so far.

    Entries of stages that have not run in this checkout are kept.

    Parameters
    ----------
    results : Path
        The folder of results.
    head : dict
        The description of the run; see `describe_run`.
    order : list of str
        All stages of the study.
    """
    old = _read(results / RUN)
    stages: dict[str, dict[str, Any]] = {}
    for name in order:
        receipt = Receipt.load(results, name)
        if receipt is None and isinstance(known := _stages(old).get(name), dict):
            stages[name] = known
        elif receipt and receipt.key:
            kept = {key: value for key, value in asdict(receipt).items() if key != "key"}
            stages[name] = kept | {"parameters": without_folders(receipt.parameters)}
    corpus = _read(results / "artifacts" / "corpus.json")
    seeds = [
        stage["parameters"]["seed"]
        for stage in stages.values()
        if "seed" in stage.get("parameters", {})
    ]
    if head.get("data_date") is None:  # no stage of this run reads the data itself
        head = {**head, "data_date": old.get("data_date")}
    digest = corpus.get("digest", old.get("corpus_digest"))
    summary = {"corpus_digest": digest, "seed": seeds[0] if seeds else None}
    write_json(results / RUN, {**head, **summary, "stages": stages})


def made_from(results: Path) -> tuple[str, str] | None:
    """Return the corpus and the scale of the results in a folder; None if there are none."""
    run = _read(results / RUN)
    return (str(run["corpus"]), str(run["scale"])) if {"corpus", "scale"} <= run.keys() else None


def note_time(results: Path, name: str, seconds: float, peak_mb: float, order: list[str]) -> None:
    """Record in ``times.json`` the time and memory of stage ``name``, and the machine.

    Parameters
    ----------
    results : Path
        The folder of results.
    name : str
        The stage; entries of others are kept.
    seconds, peak_mb : float
        Wall time, and peak memory of its kernel in megabytes.
    order : list of str
        All stages of the study.
    """
    now = {"seconds": round(seconds, 1), "peak_mb": round(peak_mb), **describe_machine()}
    known = _read(results / TIMES) | {name: now}
    write_json(results / TIMES, {stage: known[stage] for stage in order if stage in known})


def times_of(results: Path) -> dict[str, float]:
    """Return the seconds that each stage took last, as recorded in ``times.json``."""
    times = _read(results / TIMES)
    return {
        name: float(entry["seconds"])
        for name, entry in times.items()
        if isinstance(entry, dict) and isinstance(entry.get("seconds"), int | float)
    }


def parameters_of(results: Path) -> dict[str, dict[str, Any]]:
    """Return the parameters with which each stage was run, according to ``run.json``.

    It names the user's files without their folders, which are restored from the receipts if
    possible.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    remedy = "restore it from version control, or run the study once without --verify."
    run = read_json(results / RUN, remedy)
    found = {}
    try:
        for name, stage in run["stages"].items():
            receipt = Receipt.load(results, name)
            recorded = stage["parameters"]
            known = receipt is not None and without_folders(receipt.parameters) == recorded
            found[name] = dict(receipt.parameters if receipt and known else recorded)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        place = shown(results / RUN)
        raise InputError(f"{place} is damaged ({error!r}): {remedy}") from None
    return found


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file; empty if it is missing or unreadable."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _stages(run: dict[str, Any]) -> dict[str, Any]:
    """Return the stages in ``run.json``."""
    stages = run.get("stages", {})
    return stages if isinstance(stages, dict) else {}


def date_of(stated: str, playlists: list[tuple[str, int, int]]) -> str | None:
    """Return the date of the data as stated by its source, else that of its newest file."""
    changed = max((nanoseconds for _, _, nanoseconds in playlists), default=None)
    if stated or changed is None:
        return stated or None
    return datetime.fromtimestamp(changed / 1e9, UTC).date().isoformat()


def describe_run(corpus: str, scale: str, data_date: str | None) -> dict[str, Any]:
    """Describe what is common to all stages: the data, the libraries, the platform."""
    return {
        "corpus": corpus,
        "data_date": data_date,
        "scale": scale,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "libraries": versions(sorted(LIBRARIES + RUNNERS)),
    }


def describe_machine() -> dict[str, Any]:
    """Describe what does not affect the results: the commit, the cores, the threads."""
    pools = threadpoolctl.threadpool_info()
    return {
        "commit": _commit(),
        "cores": os.cpu_count(),
        "threads": {pool["internal_api"]: pool["num_threads"] for pool in pools},
    }


def _commit() -> str | None:
    """Return the commit checked out, marked if the code differs from it; None outside git."""
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
