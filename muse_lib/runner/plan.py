"""The plan of a run: its folder, and every stage with all parameters checked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from muse_lib.errors import InputError
from muse_lib.paths import as_parameter, shown
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.outline import Outline, outline
from muse_lib.runner.parameters import declared, read_notebook, resolve
from muse_lib.runner.places import place_of
from muse_lib.runner.project import Project
from muse_lib.runner.receipts import Receipt
from muse_lib.runner.run_record import made_from
from muse_lib.runner.stages import Parameters, Stage, Value


@dataclass(frozen=True)
class Job:
    """A stage with everything needed to execute it."""

    stage: Stage
    source: nbformat.NotebookNode
    parameters: dict[str, Value]
    selected: bool

    @property
    def reads_files(self) -> bool:
        """Whether it needs playlist files."""
        return self.selected and self.stage.reads_playlists

    def changes(self) -> dict[str, Value]:
        """Return the parameters that differ from the notebook's own values."""
        defaults = declared(self.source, Path(self.stage.notebook))
        return {
            name: value
            for name, value in self.parameters.items()
            if repr(value) != repr(defaults[name])  # distinguishes 1, 1.0 and True
        }


@dataclass(frozen=True)
class Plan:
    """What a run is going to do.

    Attributes
    ----------
    place : Path
        The folder of its results, relative to the folder of all results.
    results : Path
        The full path of this folder.
    command : str
        The command that reproduces all of these results, even if only a part was requested.
    jobs : list of Job
        All stages, in order, except those of variants that are left out.
    """

    place: Path
    results: Path
    command: str
    jobs: list[Job]

    def before(self, job: Job) -> list[Stage]:
        """Return the stages whose results ``job`` reads."""
        stages = [other.stage for other in self.jobs]
        earlier = stages[: stages.index(job.stage)]
        return [other for other in earlier if job.stage.reads(other, job.parameters)]


def plan(project: Project, arguments: Arguments) -> Plan:
    """Return the plan of a run, with every parameter checked.

    Raises
    ------
    InputError
        If any part of the request is invalid; nothing has run by then.
    """
    asked = outline(arguments, project.stages, project.notebooks, read_notebook, project.made_with)
    differing = _differing(project, arguments, asked)
    place = place_of(arguments, differing)
    results = project.results / place
    _check_same_corpus(results, arguments)
    changes = {**arguments.settings, "results": as_parameter(results)}
    jobs = [
        Job(stage, asked.sources[stage], parameters, stage in asked.selected)
        for stage, parameters in _resolved(
            project, arguments, asked, changes, project.made_with
        ).items()
    ]
    planned = Plan(place, results, replace(arguments, settings=differing).command, jobs)
    needed = {other for job in jobs if job.selected for other in planned.before(job)}
    for job in jobs:
        if not job.selected and job.stage in needed:
            _check_made(job, results, arguments.settings)
    return planned


def find_place(project: Project, arguments: Arguments) -> Path:
    """Return the folder of a run's results, relative to the folder of all results."""
    asked = outline(arguments, project.stages, project.notebooks, read_notebook, {})
    return place_of(arguments, _differing(project, arguments, asked))


def _resolved(
    project: Project,
    arguments: Arguments,
    asked: Outline[nbformat.NotebookNode],
    changes: Parameters,
    made_with: Mapping[str, Parameters],
) -> dict[Stage, dict[str, Value]]:
    """Return the parameters of every stage, with changes applied."""
    small = project.smoke if arguments.scale == "smoke" else {}
    source = project.corpora.get(arguments.corpus)
    own: Parameters = source.defaults if source else {}
    fixed = {**changes, "corpus": arguments.corpus}
    return {
        stage: resolve(stage, defaults, {**small, **made_with.get(stage.name, {}), **fixed}, own)
        for stage, defaults in asked.defaults.items()
    }


def _differing(
    project: Project, arguments: Arguments, asked: Outline[nbformat.NotebookNode]
) -> dict[str, Value]:
    """Return the user's settings that differ from the corpus's defaults."""
    changed = _resolved(project, arguments, asked, arguments.settings, {})
    plain = _resolved(project, arguments, asked, {}, {})
    return {
        name: values[name]
        for stage, values in changed.items()
        for name in arguments.settings.keys() & values.keys()
        if values[name] != plain[stage][name]
    }


def _check_same_corpus(results: Path, arguments: Arguments) -> None:
    """Raise `InputError` if a folder has results of another corpus or scale."""
    there = made_from(results)
    if there and there != (arguments.corpus, arguments.scale):
        raise InputError(
            f"{shown(results)} has results of {there[0]} at scale {there[1]}: choose another "
            f"name with --out, or remove that folder."
        )


def _check_made(job: Job, results: Path, settings: Parameters) -> None:
    """Raise `InputError` if a required stage has not run, or ran with other parameters."""
    receipt = Receipt.load(results, job.stage.name)
    if receipt is None or not receipt.key or "" in receipt.data(results).values():
        raise InputError(
            f"{job.stage.name} has not been run for {shown(results)} yet: run it first with the "
            f"same options, or omit --from and --only."
        )
    for name in settings.keys() & job.parameters.keys():
        if receipt.parameters.get(name) != job.parameters[name]:
            raise InputError(
                f"{job.stage.name} was run with {name}={receipt.parameters.get(name)!r}: omit "
                f"--from and --only, so that it runs with {job.parameters[name]!r} as well."
            )
