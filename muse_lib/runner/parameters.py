"""Which parameters each notebook has, and which values a run gives them.

A notebook has exactly one cell tagged ``parameters``, which contains only assignments of literals.
Reading it as JSON and checking settings against it needs only the standard library.
"""

import ast
import json
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muse_lib.errors import InputError
from muse_lib.paths import shown
from muse_lib.runner.stages import Parameters, Stage, Value, did_you_mean

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from muse_lib.config import Config

SET_BY_RUNNER = {
    "corpus": "--corpus",
    "results": "--corpus, --scale and --out",
    "variant": "--only",
}
"""Parameters set by the runner, and the options with which the user chooses them."""

WORDS: Parameters = {"true": True, "false": False, "null": None, "none": None}

NOT_A_NOTEBOOK = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""Exceptions raised for files that are not notebooks."""

Notebook = Mapping[str, Any]
"""A notebook as parsed JSON; nbformat's own class qualifies too."""


def read_cells(path: Path) -> Notebook:
    """Read a notebook as JSON; raise `InputError` if it is missing or obviously damaged."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            iter(cell["metadata"].get("tags", [])), "".join(cell["source"])
    except FileNotFoundError:
        raise _missing(path) from None
    except NOT_A_NOTEBOOK as error:
        raise _damaged(path, error) from None
    return dict(notebook)


def read_notebook(path: Path) -> "NotebookNode":
    """Read and validate a notebook.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without an id, which get one
            notebook: NotebookNode = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
    except FileNotFoundError:
        raise _missing(path) from None
    except (nbformat.ValidationError, *NOT_A_NOTEBOOK) as error:
        raise _damaged(path, error) from None
    return notebook


def _missing(path: Path) -> InputError:
    """Return the error for a notebook that does not exist."""
    return InputError(f"{shown(path)} is missing: restore it from version control.")


def _damaged(path: Path, error: Exception) -> InputError:
    """Return the error for a file that is not a notebook."""
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return InputError(f"{shown(path)} is not a notebook ({reason}): repair it.")


def declared(notebook: Notebook, path: Path) -> dict[str, Value]:
    """Return the names and defaults in the notebook's parameters cell, in order.

    Raises
    ------
    InputError
        If there is no such cell, more than one, or it contains anything but literals.
    """
    cells = [c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", [])]
    if len(cells) != 1:
        raise InputError(
            f"{shown(path)} has {len(cells)} cells tagged 'parameters': it must have exactly one."
        )
    values: dict[str, Value] = {}
    try:
        for line in ast.parse("".join(cells[0]["source"])).body:
            if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
                raise ValueError(f"line {line.lineno} is not an assignment")
            values[line.targets[0].id] = ast.literal_eval(line.value)
    except (ValueError, SyntaxError) as error:
        raise InputError(
            f"the parameters cell of {shown(path)} may contain only literals ({error}): "
            f"write lines such as 'dim = 500'."
        ) from None
    return values


def parse_settings(settings: Iterable[str]) -> dict[str, Value]:
    """Parse ``name=value`` as given to ``--set``; a value that is not a literal is a string.

    Examples
    --------
    >>> parse_settings(["dim=50", "optimizer=adam", "check_digest=false"])
    {'dim': 50, 'optimizer': 'adam', 'check_digest': False}
    """
    values: dict[str, Value] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.strip().isidentifier():
            raise InputError(f"--set {setting!r} cannot be read: write --set name=value.")
        try:
            value = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError):
            value = WORDS.get(text.strip().lower(), text)
        values[name.strip()] = value
    return values


def check_names(settings: Parameters, declared: Mapping[Stage, Parameters]) -> None:
    """Reject settings that no notebook has, or that the user may not change.

    Parameters
    ----------
    settings : mapping
        The settings given with ``--set``.
    declared : mapping
        The parameters that each stage declares.
    """
    fixed = {name for stage in declared for name in stage.fixed}
    free = sorted({n for names in declared.values() for n in names} - fixed - SET_BY_RUNNER.keys())
    for name in settings:
        if name in SET_BY_RUNNER:
            raise InputError(f"--set cannot change {name!r}: choose it with {SET_BY_RUNNER[name]}.")
        if name in fixed:
            raise InputError(f"--set cannot change {name!r}: it distinguishes the variants.")
        if name not in free:
            raise InputError(f"no notebook has a parameter {name!r}{did_you_mean(name, free)}")


def resolve(
    stage: Stage, defaults: Parameters, changes: Parameters, own: Parameters
) -> dict[str, Value]:
    """Return the checked values of all parameters of ``stage``.

    This is the only place where defaults that depend on the corpus are resolved.

    Parameters
    ----------
    stage : Stage
        The stage; the parameters it fixes override everything.
    defaults : mapping
        The parameters declared by its notebook.
    changes : mapping
        The changes of this run; names that the notebook does not declare are ignored.
    own : mapping
        The corpus's defaults, which override the notebook's; None in ``changes`` selects them.

    Raises
    ------
    InputError
        If a value is out of range or has the wrong type.
    """
    absent = sorted(({"results"} | stage.fixed.keys()) - defaults.keys())
    if absent:
        raise InputError(
            f"notebooks/{stage.notebook}.ipynb does not declare {', '.join(absent)}: "
            f"add it to the parameters cell."
        )
    set_by_us = {**stage.fixed, "variant": stage.variant}
    given = {**stage.preset, **own, **changes, **set_by_us}
    values = {name: given.get(name, default) for name, default in defaults.items()}
    values |= {name: own[name] for name in values if values[name] is None and name in own}
    ruled: set[str] = set()
    for rules in _configs():
        names = rules.model_fields.keys() & values.keys()
        ruled |= names
        checked = rules(**{name: values[name] for name in names})
        for name in names & given.keys():
            values[name] = getattr(checked, name)  # as converted by pydantic: 5e1 to 50
    for name in values.keys() - ruled:
        check_type(name, values[name], defaults[name])
    return values


def without_folders(parameters: Parameters) -> dict[str, Value]:
    """Return parameters for publication: the user's files by name, without their folders."""
    return {
        name: shown(Path(value)) if isinstance(value, str) and Path(value).is_absolute() else value
        for name, value in parameters.items()
    }


def check_type(name: str, value: Value, default: Value) -> None:
    """Check that a parameter of no configuration has the type of its default."""
    fits = {type(default), int} if isinstance(default, float) else {type(default)}
    if default is not None and (type(value) not in fits or value == []):
        kind = type(default).__name__
        raise InputError(
            f"{name}={value!r} cannot be used: its type must be {kind}, such as {default!r}."
        )


def _configs() -> "list[type[Config]]":
    """Return every configuration that `muse_lib.config` defines."""
    from muse_lib import config

    return [
        member
        for member in vars(config).values()
        if isinstance(member, type)
        and issubclass(member, config.Config)
        and member is not config.Config
    ]
