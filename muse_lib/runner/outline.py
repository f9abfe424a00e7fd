"""What a run would consist of, as far as names go: its stages, and the parameters they declare."""

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
        Those that are to run.
    sources : dict of Stage
        The notebooks of all stages that have one, in the order of the study.
    defaults : dict of Stage
        The parameters that each of them declares, with their values.
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
    """Return what was asked for, every name in it checked.

    Parameters
    ----------
    arguments : Arguments
        What the user asks for.
    stages : tuple of Stage
        The whole study. Stages of variants that ``variants`` leaves out are no part of the run.
    notebooks : Path
        The folder of notebooks.
    read : function
        Reads one.
    made_with : mapping
        Parameters that some stages start from; what the user sets wins.

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
