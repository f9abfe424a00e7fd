"""The outline of a run: its stages and the parameters they declare, with all names checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from muse_lib.runner.arguments import Arguments
from muse_lib.runner.parameters import Notebook, check_names, declared
from muse_lib.runner.stages import Stage, Value, of_variants, select

Source = TypeVar("Source", bound=Notebook)


@dataclass(frozen=True)
class Outline(Generic[Source]):
    """The stages of a run.

    Attributes
    ----------
    selected : list of Stage
        The stages to run.
    sources : dict of Stage
        The notebooks of all stages that have one, in the order of the study.
    defaults : dict of Stage
        The parameters that each of them declares, with their default values.
    """

    selected: list[Stage]
    sources: dict[Stage, Source]
    defaults: dict[Stage, dict[str, Value]]


def outline(
    arguments: Arguments,
    stages: tuple[Stage, ...],
    notebooks: Path,
    read: Callable[[Path], Source],
    made_with: Mapping[str, Mapping[str, Value]],
) -> Outline[Source]:
    """Return the outline of the requested run, with every name checked.

    Parameters
    ----------
    arguments : Arguments
        The command line.
    stages : tuple of Stage
        The whole study. Stages of variants not in ``variants`` are not part of the run.
    notebooks : Path
        The folder of notebooks.
    read : function
        Reads a notebook.
    made_with : mapping
        Initial parameters of some stages; the user's settings override them.

    Raises
    ------
    InputError
        If there is no such stage, variant or parameter, or a notebook is missing or damaged.
    """
    given = [*made_with.values(), arguments.settings]
    variants = [values["variants"] for values in given if "variants" in values]
    stages = of_variants(stages, variants[-1] if variants else None)
    selected = select(stages, arguments.first, arguments.only)
    sources: dict[Stage, Source] = {}
    defaults: dict[Stage, dict[str, Value]] = {}
    known: dict[Path, Source] = {}
    for stage in stages:
        path = notebooks / f"{stage.notebook}.ipynb"
        if stage in selected or path.exists():
            if path not in known:
                known[path] = read(path)
            sources[stage] = known[path]
            defaults[stage] = declared(sources[stage], path)
    check_names(arguments.settings, defaults)
    return Outline(selected, sources, defaults)
