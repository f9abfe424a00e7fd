"""What is remembered of a stage: how to tell that it is up to date, and where results come from.

A receipt lies with the artefacts of this checkout, outside version control, and decides whether a
stage runs again. ``run.json`` is published with the results and tells the reader; the same inputs,
code and versions give the same bytes of it. ``times.json`` beside it has all that is never twice
the same: what each stage took, when it last ran, and on what.
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
from muse_lib.runner.parameters import told
from muse_lib.runner.stages import Parameters
from muse_lib.storage.code_digest import LIBRARIES, code_digest, imports_of, versions
from muse_lib.storage.files import read_json, write_json

RUNNERS = ("ipykernel", "nbclient", "nbconvert", "papermill")
"""Distributions that execute and show notebooks; the numbers do not follow from them."""


RUN, TIMES = "run.json", "times.json"

HEAVY = "artifacts/"
READ = (HEAVY, "tables/")
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
    outputs : dict
        SHA-256 of each file it published, by its path in the results folder.
    command : str
        The command that makes these.
    caveats : list of str
        What its notebook says that a reader must know.
    """

    key: str
    parameters: dict[str, Any]
    outputs: dict[str, str] = field(default_factory=dict)
    command: str = ""
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
        return digests(results, read_by_others(self.outputs))


def read_by_others(outputs: dict[str, str]) -> dict[str, str]:
    """Return those of a stage's files that later stages may read."""
    return {name: digest for name, digest in outputs.items() if name.startswith(READ)}


def _lies_inside(name: str) -> bool:
    """Tell whether a name leads to a place below the folder it counts from."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def made_before(results: Path, name: str) -> dict[str, str]:
    """Return what stage ``name`` made last, here or, in a new clone, as ``run.json`` tells.

    Returns
    -------
    dict
        The digest of each file by its path; empty digests for files that are about to change.
    """
    if receipt := Receipt.load(results, name):
        return receipt.outputs
    stage = _stages(_read(results / RUN)).get(name, {})
    outputs = stage.get("outputs", {}) if isinstance(stage, dict) else {}
    known = outputs.items() if isinstance(outputs, dict) else ()
    return {str(file): str(digest) for file, digest in known if _lies_inside(str(file))}


def invalidate(results: Path, name: str, outputs: Iterable[str]) -> None:
    """Put a receipt that holds for nothing: the results of stage ``name`` are about to change.

    It names the files that the stage made or will make, so that whatever happens on the way the
    next run knows them.
    """
    Receipt("", {}, dict.fromkeys(outputs, "")).save(results, name)


def outdate(results: Path, name: str) -> None:
    """Invalidate stage ``name``, as what it was made from has changed, and drop its artefacts.

    So no vectors of other playlists than those that lie there can be loaded by mistake. Tables,
    figures and pages stay, as they are tracked, and `out_of_date` names them.
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
    """Remove what stages have published that the study no longer has.

    Parameters
    ----------
    results : Path
        The corpus's folder.
    names : iterable of str
        The stages that the study has, whether they are run now or not.
    """
    told = {path.stem for path in _receipt(results, "any").parent.glob("*.json")}
    kept = {file for name in names for file in made_before(results, name)}
    for name in {*told, *_stages(_read(results / RUN))} - {*names}:
        for file in {*made_before(results, name)} - kept:
            (results / file).unlink(missing_ok=True)
        _receipt(results, name).unlink(missing_ok=True)


def out_of_date(results: Path, name: str) -> bool:
    """Tell whether there are results of stage ``name`` that nothing here stands for any more."""
    receipt = Receipt.load(results, name)
    return (
        receipt is not None
        and not receipt.key
        and any((results / file).exists() for file in receipt.outputs)
    )


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
    """Write ``run.json``: about the run as a whole, and about all stages so far.

    Of a stage that has not run in this checkout it keeps what was said before.

    Parameters
    ----------
    results : Path
        The folder of results.
    head : dict
        About the run; see `describe_run`.
    order : list of str
        All stages of the study.
    """
    said = _read(results / RUN)
    stages: dict[str, dict[str, Any]] = {}
    for name in order:
        receipt = Receipt.load(results, name)
        if receipt is None and isinstance(known := _stages(said).get(name), dict):
            stages[name] = known
        elif receipt and receipt.key:
            kept = {key: value for key, value in asdict(receipt).items() if key != "key"}
            stages[name] = kept | {"parameters": told(receipt.parameters)}
    corpus = _read(results / "artifacts" / "corpus.json")
    seeds = [
        stage["parameters"]["seed"]
        for stage in stages.values()
        if "seed" in stage.get("parameters", {})
    ]
    if head.get("data_date") is None:  # no stage of this run reads the data itself
        head = {**head, "data_date": said.get("data_date")}
    digest = corpus.get("digest", said.get("corpus_digest"))
    summary = {"corpus_digest": digest, "seed": seeds[0] if seeds else None}
    write_json(results / RUN, {**head, **summary, "stages": stages})


def made_from(results: Path) -> tuple[str, str] | None:
    """Return the corpus and the scale of the results in a folder; None where there are none."""
    run = _read(results / RUN)
    return (str(run["corpus"]), str(run["scale"])) if {"corpus", "scale"} <= run.keys() else None


def note_time(results: Path, name: str, seconds: float, peak_mb: float, order: list[str]) -> None:
    """Write into ``times.json`` what stage ``name`` has taken, and on what.

    Parameters
    ----------
    results : Path
        The folder of results.
    name : str
        The stage; what is known of others stays.
    seconds, peak_mb : float
        Wall time, and largest memory of its kernel in megabytes.
    order : list of str
        All stages of the study.
    """
    now = {"seconds": round(seconds, 1), "peak_mb": round(peak_mb), **describe_machine()}
    known = _read(results / TIMES) | {name: now}
    write_json(results / TIMES, {stage: known[stage] for stage in order if stage in known})


def times_of(results: Path) -> dict[str, float]:
    """Return the seconds that each stage took last, as far as ``times.json`` tells."""
    times = _read(results / TIMES)
    return {
        name: float(entry["seconds"])
        for name, entry in times.items()
        if isinstance(entry, dict) and isinstance(entry.get("seconds"), int | float)
    }


def parameters_of(results: Path) -> dict[str, dict[str, Any]]:
    """Return the parameters with which ``run.json`` says that each stage was run.

    It names a file of the user's without its folder; where that is still known here, with it.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    remedy = "bring it back from version control, or run the study once without --verify."
    run = read_json(results / RUN, remedy)
    found = {}
    try:
        for name, stage in run["stages"].items():
            receipt = Receipt.load(results, name)
            known = receipt is not None and told(receipt.parameters) == stage["parameters"]
            found[name] = dict(receipt.parameters if receipt and known else stage["parameters"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        place = shown(results / RUN)
        raise InputError(f"{place} is damaged ({error!r}): {remedy}") from None
    return found


def _read(path: Path) -> dict[str, Any]:
    """Return what a JSON file says; nothing where there is none that can be read."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _stages(run: dict[str, Any]) -> dict[str, Any]:
    """Return what ``run.json`` says of the stages."""
    stages = run.get("stages", {})
    return stages if isinstance(stages, dict) else {}


def date_of(stated: str, playlists: list[tuple[str, int, int]]) -> str | None:
    """Return the date of the data: what its source states, else when its newest file changed."""
    changed = max((nanoseconds for _, _, nanoseconds in playlists), default=None)
    if stated or changed is None:
        return stated or None
    return datetime.fromtimestamp(changed / 1e9, UTC).date().isoformat()


def describe_run(corpus: str, scale: str, data_date: str | None) -> dict[str, Any]:
    """Return what holds for every stage: the data, the libraries, the kind of machine."""
    return {
        "corpus": corpus,
        "data_date": data_date,
        "scale": scale,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "libraries": versions(sorted(LIBRARIES + RUNNERS)),
    }


def describe_machine() -> dict[str, Any]:
    """Return what results do not follow from: the commit, the cores, the threads."""
    pools = threadpoolctl.threadpool_info()
    return {
        "commit": _commit(),
        "cores": os.cpu_count(),
        "threads": {pool["internal_api"]: pool["num_threads"] for pool in pools},
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
