"""The files that stages have made: which they are, and which are out of date."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from muse_lib.runner.receipts import HEAVY, Receipt, lies_inside, receipt_path
from muse_lib.runner.run_record import RUN, read_record, stages_of


def made_before(results: Path, name: str) -> dict[str, str]:
    """Return the files that stage ``name`` made last, from its receipt or else from ``run.json``.

    Returns
    -------
    dict
        The digest of each file by its path; empty for files that are about to change.
    """
    if receipt := Receipt.load(results, name):
        return receipt.outputs
    stage = stages_of(read_record(results / RUN)).get(name, {})
    outputs = stage.get("outputs", {}) if isinstance(stage, dict) else {}
    known = outputs.items() if isinstance(outputs, dict) else ()
    return {str(file): str(digest) for file, digest in known if lies_inside(str(file))}


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
    recorded = {path.stem for path in receipt_path(results, "any").parent.glob("*.json")}
    kept = {file for name in names for file in made_before(results, name)}
    for name in {*recorded, *stages_of(read_record(results / RUN))} - {*names}:
        for file in {*made_before(results, name)} - kept:
            (results / file).unlink(missing_ok=True)
        receipt_path(results, name).unlink(missing_ok=True)


def out_of_date(results: Path, name: str) -> bool:
    """Return whether there are results of stage ``name`` whose inputs have changed since."""
    receipt = Receipt.load(results, name)
    return (
        receipt is not None
        and not receipt.key
        and any((results / file).exists() for file in receipt.outputs)
    )
