"""The study as a sequence of stages: checked as a whole first, then run one after the other."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat

from muse_lib.errors import InputError
from muse_lib.paths import NOTEBOOKS, RESULTS, as_parameter, shown
from muse_lib.progress import duration
from muse_lib.runner import record
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.execute import StageError, caveats_of, execute
from muse_lib.runner.pages import make_pages
from muse_lib.runner.parameters import check_names, declared, read_notebook, resolve
from muse_lib.runner.publish import (
    files_of,
    forget_failed,
    keep_failed,
    publish,
    sweep,
    undisturbed,
)
from muse_lib.runner.stages import SMOKE, STAGES, Parameters, Stage, Value, of_variants, select
from muse_lib.runner.verify import Tolerance, compare, report
from muse_lib.runner.watch import Watch

PASSING = ".verify"
"""The folder below the results where a study is run again to compare; git ignores it."""

Playlists = Callable[[Parameters], list[tuple[str, int, int]]]
"""Finds (or downloads) the files of playlists that some parameters ask for, and lists them."""


def no_files(_: Parameters) -> list[tuple[str, int, int]]:
    """List the files of a corpus that has none."""
    return []


@dataclass(frozen=True)
class Project:
    """Where the study lies and what belongs to it.

    Attributes
    ----------
    made_with : mapping
        For some stages the parameters to start from instead of their notebook's own values.
    """

    notebooks: Path = NOTEBOOKS
    results: Path = RESULTS
    stages: tuple[Stage, ...] = STAGES
    smoke: Parameters = field(default_factory=lambda: SMOKE)
    playlists: Playlists = no_files
    dates: Mapping[str, str] = field(default_factory=dict)
    made_with: Mapping[str, Parameters] = field(default_factory=dict)

    def folder(self, arguments: Arguments) -> Path:
        """Return the part of the results folder that a run fills, from there."""
        return Path("smoke" if arguments.scale == "smoke" else "", arguments.corpus)


@dataclass(frozen=True)
class Job:
    """A stage with all it needs to be executed."""

    stage: Stage
    source: nbformat.NotebookNode
    parameters: dict[str, Value]
    selected: bool

    @property
    def reads_files(self) -> bool:
        """Whether files of playlists must be there when it runs."""
        return self.selected and self.stage.reads_playlists

    def changes(self) -> dict[str, Value]:
        """Return the parameters that differ from what the notebook's own cell says."""
        defaults = declared(self.source, Path(self.stage.notebook))
        return {
            name: value
            for name, value in self.parameters.items()
            if repr(value) != repr(defaults[name])  # 1, 1.0 and True are three things here
        }


def plan(project: Project, arguments: Arguments) -> list[Job]:
    """Return all stages, in order, with every parameter checked.

    Stages of variants that the parameter ``variants`` leaves out are none of the study.

    Raises
    ------
    InputError
        If anything that was asked for cannot be done; nothing has run by then.
    """
    given = [*project.made_with.values(), arguments.settings]
    variants = [values["variants"] for values in given if "variants" in values]
    stages = of_variants(project.stages, variants[-1] if variants else None)
    selected = select(stages, arguments.first, arguments.only)
    sources, defaults = {}, {}
    for stage in stages:
        path = project.notebooks / f"{stage.notebook}.ipynb"
        if stage in selected or path.exists():
            sources[stage] = read_notebook(path)
            defaults[stage] = declared(sources[stage], path)
    chosen = {stage: names for stage, names in defaults.items() if stage in selected}
    others = {stage: names for stage, names in defaults.items() if stage not in selected}
    check_names(arguments.settings, chosen, others)
    results = project.results / project.folder(arguments)
    small = project.smoke if arguments.scale == "smoke" else {}
    place = {"corpus": arguments.corpus, "results": as_parameter(results)}
    jobs = []
    for stage, source in sources.items():
        changes = {**small, **project.made_with.get(stage.name, {}), **arguments.settings, **place}
        jobs.append(Job(stage, source, resolve(stage, defaults[stage], changes), stage in selected))
    for job in jobs:
        if not job.selected and any(job.stage in _before(o, jobs) for o in jobs if o.selected):
            _check_made(job, results, arguments.settings)
    return jobs


def run(project: Project, arguments: Arguments) -> Path:
    """Run what was asked for and return the folder of the results.

    Raises
    ------
    InputError
        Before anything has run, if it cannot be done as asked for.
    StageError
        If a notebook failed; the stages before it are published, its last good results are kept.
    """
    jobs = plan(project, arguments)
    results = project.results / project.folder(arguments)
    names = [stage.name for stage in project.stages]
    with _alone(project.results):
        sweep(project.results / ".draft" / project.folder(arguments), results)
        files = {job.stage: project.playlists(job.parameters) for job in jobs if job.reads_files}
        read = [file for listed in files.values() for file in listed]
        date = record.date_of(project.dates.get(arguments.corpus, ""), read)
        head = record.describe_run(arguments.corpus, arguments.scale, date)
        done: dict[Stage, record.Receipt | None] = {}
        for number, job in enumerate(jobs, start=1):
            stage = job.stage
            done[stage] = receipt = record.Receipt.load(results, stage.name)
            if not job.selected:
                continue
            before = {
                other.name: made.data(results)
                for other in _before(job, jobs)
                if (made := done[other])
            }
            code = record.code_of(job.source)  # as it is now: the kernel imports it next
            key = record.key_of(job.source, job.parameters, before, files.get(stage, []), code)
            title = f"[{number}/{len(jobs)}] {stage.name}"
            if receipt and receipt.holds(key, results) and not arguments.force:
                print(f"{title} ... up to date", flush=True)
            else:
                done[stage] = _run_one(project, arguments, job, key, title, head["commit"])
                record.write_run(results, head, names)
        make_pages(results)
    for stage, made in done.items():
        for caveat in made.caveats if made else []:
            print(f"Caveat of {stage.name}: {caveat}", flush=True)
    return results


def verify(project: Project, arguments: Arguments) -> bool:
    """Run the study again in a passing place, print what differs, and tell whether they agree.

    Every stage runs with the parameters that its results were made with; what the command line
    sets wins, and is told.

    Raises
    ------
    InputError, StageError
        As `run` does, and if there are no results to compare with.
    """
    results = project.results / project.folder(arguments)
    if not (results / "run.json").exists():
        raise InputError(
            f"there are no results in {shown(results)} to compare with: run the study once "
            f"without --verify."
        )
    made_with = record.parameters_of(results)
    again = replace(project, results=project.results / PASSING, made_with=made_with)
    found = again.results / again.folder(arguments)
    shutil.rmtree(found, ignore_errors=True)
    differences = compare(results, run(again, arguments), Tolerance.load(project.results))
    agree = report(differences, results)
    if agree:
        shutil.rmtree(found)
    else:
        print(f"What the run gave is kept in {shown(found)}/ for a look.")
    return agree


def _run_one(
    project: Project, arguments: Arguments, job: Job, key: str, title: str, commit: str | None
) -> record.Receipt:
    """Execute one stage and publish what it made, or keep what failed apart."""
    name = job.stage.name
    folder = project.folder(arguments)
    results = project.results / folder
    draft = project.results / ".draft" / folder / name
    failed = project.results / "failed" / folder
    shutil.rmtree(draft, ignore_errors=True)
    watch = Watch(title)
    try:
        executed = execute(job.source, job.changes(), draft, name, project.notebooks, watch)
    except StageError as error:
        kept = keep_failed(draft, failed, name)
        places = " and ".join(shown(path) for path in kept)
        where = f" What there is of it: {places}." if kept else ""
        notebook = shown(project.notebooks / f"{job.stage.notebook}.ipynb")
        reason = str(error).rstrip(".")
        raise StageError(f"{name} ({notebook}) failed in {reason}.{where}") from None
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    caveats = caveats_of(executed)
    (draft / "kernel.log").unlink(missing_ok=True)
    old = record.Receipt.load(results, name)
    _check_own(draft, results, job.stage, project.stages)
    stale = set(old.outputs) if old else set()
    with undisturbed():
        record.void(results, name, sorted(stale.union(files_of(draft))))
        outputs = publish(draft, results, stale)
        receipt = record.Receipt(
            key,
            job.parameters,
            round(watch.seconds, 1),
            round(watch.peak_mb),
            record.digests(results, outputs),
            arguments.command,
            commit,
            caveats,
        )
        receipt.save(results, name)
    forget_failed(failed, name)
    print(f"{title} ... {duration(watch.seconds)}, {watch.peak_mb:.0f} MB", flush=True)
    return receipt


def _check_own(draft: Path, results: Path, stage: Stage, stages: tuple[Stage, ...]) -> None:
    """Refuse a file that another stage publishes too: the two would undo each other for ever."""
    for other in stages:
        receipt = record.Receipt.load(results, other.name) if other != stage else None
        shared = [name for name in receipt.outputs if (draft / name).exists()] if receipt else []
        if shared:
            shutil.rmtree(draft)
            raise StageError(
                f"{stage.name} writes {shared[0]}, and so does {other.name}: let each variant and "
                f"notebook write files of its own."
            )


def _before(job: Job, jobs: list[Job]) -> list[Stage]:
    """Return the stages whose results ``job`` reads."""
    stages = [other.stage for other in jobs]
    earlier = stages[: stages.index(job.stage)]
    return [other for other in earlier if job.stage.reads(other, job.parameters)]


def _check_made(job: Job, results: Path, settings: Parameters) -> None:
    """Refuse to build on a stage that has not run, or has run with other parameters."""
    receipt = record.Receipt.load(results, job.stage.name)
    if receipt is None or not receipt.key or "" in receipt.data(results).values():
        raise InputError(
            f"{job.stage.name} has not been run for {shown(results)} yet: run it first, or leave "
            f"--from and --only out."
        )
    for name in settings.keys() & job.parameters.keys():
        if receipt.parameters.get(name) != job.parameters[name]:
            raise InputError(
                f"{job.stage.name} was run with {name}={receipt.parameters.get(name)!r}: leave "
                f"--from and --only out, so that it runs with {job.parameters[name]!r} as well."
            )


@contextmanager
def _alone(results: Path) -> Iterator[None]:
    """Keep two runs from writing into one results folder; a killed run leaves no lock."""
    results.mkdir(parents=True, exist_ok=True)
    with (results / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise InputError(
                f"another run (process {lock.read().strip() or 'unknown'}) is writing to "
                f"{shown(results)}: wait for it to end or stop it."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
