"""Where results come from, for their readers: ``run.json`` and ``times.json``.

``run.json`` is published with the results; the same inputs, code and versions give the same bytes.
``times.json`` beside it has everything that varies between runs: how long each stage took, and on
which commit and machine.
"""

import json
import os
import platform
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import threadpoolctl

from muse_lib.errors import InputError
from muse_lib.paths import ROOT, shown
from muse_lib.runner.parameters import without_folders
from muse_lib.runner.receipts import Receipt
from muse_lib.storage.code_digest import LIBRARIES, versions
from muse_lib.storage.files import read_json, write_json

RUNNERS = ("ipykernel", "nbclient", "nbconvert", "papermill")
"""Distributions that execute and display notebooks; they do not affect the numbers."""

RUN, TIMES = "run.json", "times.json"


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
    old = read_record(results / RUN)
    stages: dict[str, dict[str, Any]] = {}
    for name in order:
        receipt = Receipt.load(results, name)
        if receipt is None and isinstance(known := stages_of(old).get(name), dict):
            stages[name] = known
        elif receipt and receipt.key:
            kept = {key: value for key, value in asdict(receipt).items() if key != "key"}
            stages[name] = kept | {"parameters": without_folders(receipt.parameters)}
    corpus = read_record(results / "artifacts" / "corpus.json")
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
    run = read_record(results / RUN)
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
    known = read_record(results / TIMES) | {name: now}
    write_json(results / TIMES, {stage: known[stage] for stage in order if stage in known})


def times_of(results: Path) -> dict[str, float]:
    """Return the seconds that each stage took last, as recorded in ``times.json``."""
    times = read_record(results / TIMES)
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


def read_record(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file; empty if it is missing or unreadable."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def stages_of(run: dict[str, Any]) -> dict[str, Any]:
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
