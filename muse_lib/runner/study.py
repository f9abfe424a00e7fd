"""The study as a sequence of stages: all are checked first, then run one after another."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

from muse_lib.errors import InputError
from muse_lib.paths import shown
from muse_lib.runner import receipts, run_record, stage_files
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.locks import locked
from muse_lib.runner.perform import perform
from muse_lib.runner.plan import Plan, find_place, plan
from muse_lib.runner.project import Project
from muse_lib.runner.publish import sweep
from muse_lib.runner.site import make_pages
from muse_lib.runner.stages import Stage, StageError
from muse_lib.runner.verify import Tolerance, compare, report
from muse_lib.runner.watch import Estimate, Watch

__all__ = ["Project", "StageError", "run", "verify"]

AGAIN = ".verify"
"""The folder below the results where ``--verify`` runs the study again; git ignores it."""


def run(project: Project, arguments: Arguments) -> Path:
    """Run the requested stages and return the folder of the results.

    Raises
    ------
    InputError
        If the request is invalid, before anything has run.
    StageError
        If a notebook failed; earlier stages are published, and its last good results are kept.
    """
    planned = plan(project, arguments)
    with locked(planned.results):
        sweep(project.results / ".draft" / planned.place, planned.results)
        stage_files.forget_others(planned.results, [stage.name for stage in project.stages])
        try:
            _run_stages(project, arguments, planned)
            make_pages(planned.results)
        finally:
            _say_out_of_date(project, planned)
        _say_caveats(planned)
    return planned.results


def verify(project: Project, arguments: Arguments) -> bool:
    """Run the study again in a separate folder, print differences, and return whether it agrees.

    Every stage runs with the parameters of its existing results, unless the command line overrides
    them, which is reported.

    Raises
    ------
    InputError, StageError
        As `run` does, and if there are no results to compare with.
    """
    place = find_place(project, arguments)
    results = project.results / place
    if not (results / run_record.RUN).exists():
        raise InputError(
            f"there are no results in {shown(results)} to compare with: run the study once "
            f"without --verify."
        )
    made_with = run_record.parameters_of(results)
    again = replace(project, results=project.results / AGAIN, made_with=made_with)
    found = again.results / place
    with locked(results):
        shutil.rmtree(found, ignore_errors=True)
        differences = compare(results, run(again, arguments), Tolerance.load(project.results))
    agree = report(differences, results)
    if agree:
        shutil.rmtree(found)
    else:
        print(f"The new results are kept in {shown(found)}/ for inspection.")
    return agree


def _run_stages(project: Project, arguments: Arguments, planned: Plan) -> None:
    """Run the selected stages that are not up to date, in order."""
    results, jobs = planned.results, planned.jobs
    names = [stage.name for stage in project.stages]
    files = {job.stage: project.playlists(job.parameters) for job in jobs if job.reads_files}
    read = [file for listed in files.values() for file in listed]
    source = project.corpora.get(arguments.corpus)
    date = run_record.date_of(source.date if source else "", read)
    head = run_record.describe_run(arguments.corpus, arguments.scale, date)
    estimate = Estimate(run_record.times_of(results), [j.stage.name for j in jobs if j.selected])
    done: dict[Stage, receipts.Receipt | None] = {}
    for number, job in enumerate(jobs, start=1):
        stage = job.stage
        done[stage] = receipt = receipts.Receipt.load(results, stage.name)
        if not job.selected:
            continue
        before = {
            other.name: made.data(results) for other in planned.before(job) if (made := done[other])
        }
        code = receipts.code_of(job.source)  # read now, since the kernel imports it next
        key = receipts.key_of(job.source, job.parameters, before, files.get(stage, []), code)
        title = f"[{number}/{len(jobs)}] {stage.name}"
        if receipt and receipt.holds(key, results) and not arguments.force:
            print(f"{title} ... up to date", flush=True)
        else:
            watch = Watch(title, partial(estimate.left, stage.name))
            done[stage] = perform(project, planned, job, key, watch)
            run_record.write_run(results, head, names)
            estimate.finished(stage.name, watch.seconds)
        estimate.over(stage.name)
    run_record.write_run(
        results, head, names
    )  # in case an earlier run was killed before writing it


def _say_caveats(planned: Plan) -> None:
    """Print every caveat once, with the stages that it applies to."""
    stages_of: dict[str, list[str]] = {}
    for job in planned.jobs:
        receipt = receipts.Receipt.load(planned.results, job.stage.name)
        for caveat in receipt.caveats if receipt else []:
            stages_of.setdefault(caveat, []).append(job.stage.name)
    for caveat, stages in stages_of.items():
        print(f"Caveat of {', '.join(stages)}: {caveat}", flush=True)


def _say_out_of_date(project: Project, planned: Plan) -> None:
    """Print which stages have results whose inputs have changed since."""
    for name in (stage.name for stage in project.stages):
        if stage_files.out_of_date(planned.results, name):
            print(
                f"{name} is out of date: its inputs have changed since. Its tables and figures "
                f"are the old ones until it runs again.",
                flush=True,
            )
