"""One stage from its notebook to its receipt: execute, publish, record."""

import shutil
from pathlib import Path

from muse_lib.paths import shown
from muse_lib.progress import duration
from muse_lib.runner import receipts, run_record, stage_files
from muse_lib.runner.execute import caveats_of, execute
from muse_lib.runner.plan import Job, Plan
from muse_lib.runner.project import Project
from muse_lib.runner.publish import files_of, forget_failed, keep_failed, publish, signals_blocked
from muse_lib.runner.stages import Stage, StageError
from muse_lib.runner.watch import Watch


def perform(project: Project, planned: Plan, job: Job, key: str, watch: Watch) -> receipts.Receipt:
    """Execute one stage and publish its results, or set a failed notebook aside.

    If its results have changed, the stages that read them are marked as out of date.

    Parameters
    ----------
    project, planned, job
        The project, the plan of the run, and the stage.
    key : str
        The digest of everything the stage depends on.
    watch : Watch
        Shows the progress.

    Raises
    ------
    StageError
        If its notebook failed; earlier results are kept.
    """
    name, results = job.stage.name, planned.results
    draft = project.results / ".draft" / planned.place / name
    shutil.rmtree(draft, ignore_errors=True)
    executed = _execute(project, planned, job, draft, watch)
    caveats = caveats_of(executed)
    (draft / "kernel.log").unlink(missing_ok=True)
    _check_own(draft, results, job.stage, project.stages)
    old = stage_files.made_before(results, name)
    new = receipts.digests(draft, files_of(draft))
    with signals_blocked():
        stage_files.invalidate(results, name, sorted({*old, *new}))
        if receipts.read_by_others(old) != receipts.read_by_others(new):
            for stage in followers(job.stage, project, planned):
                stage_files.outdate(results, stage.name)
        publish(draft, results, {*old})
        order = [stage.name for stage in project.stages]
        run_record.note_time(results, name, watch.seconds, watch.peak_mb, order)
        receipt = receipts.Receipt(key, job.parameters, new, planned.command, caveats)
        receipt.save(results, name)
    forget_failed(project.results / "failed" / planned.place, name)
    print(f"{watch.title} ... {duration(watch.seconds)}, {watch.peak_mb:.0f} MB", flush=True)
    return receipt


def followers(stage: Stage, project: Project, planned: Plan) -> list[Stage]:
    """Return the stages that depend on ``stage``, directly or indirectly.

    These include stages of variants not in this run, since they may have run here before.
    """
    parameters = {job.stage: job.parameters for job in planned.jobs}
    found = [stage]
    for other in project.stages[project.stages.index(stage) + 1 :]:
        if other not in parameters:
            receipt = receipts.Receipt.load(planned.results, other.name)
            parameters[other] = receipt.parameters if receipt else {}
        if any(other.reads(earlier, parameters[other]) for earlier in found):
            found.append(other)
    return found[1:]


def _execute(project: Project, planned: Plan, job: Job, draft: Path, watch: Watch) -> Path:
    """Execute the notebook of a stage; if it fails, set it aside and say where it is."""
    name = job.stage.name
    try:
        return execute(job.source, job.changes(), draft, name, project.notebooks, watch)
    except StageError as error:
        kept = keep_failed(draft, project.results / "failed" / planned.place, name)
        places = " and ".join(shown(path) for path in kept)
        where = f" See {places}." if kept else ""
        notebook = shown(project.notebooks / f"{job.stage.notebook}.ipynb")
        reason = str(error).rstrip(".")
        raise StageError(f"{name} ({notebook}) failed in {reason}.{where}") from None
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _check_own(draft: Path, results: Path, stage: Stage, stages: tuple[Stage, ...]) -> None:
    """Raise `StageError` if another stage publishes the same file: each would undo the other."""
    for other in stages:
        receipt = receipts.Receipt.load(results, other.name) if other != stage else None
        shared = [name for name in receipt.outputs if (draft / name).exists()] if receipt else []
        if shared:
            shutil.rmtree(draft)
            raise StageError(
                f"{stage.name} and {other.name} both write {shared[0]}: let each variant and "
                f"notebook write its own files."
            )
