"""Which parameters each notebook has, and which values a run gives them.

A notebook has exactly one cell tagged ``parameters``; it holds assignments of literals alone.
Reading it as the JSON that it is, and holding settings to it, takes the standard library alone.
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

OWNED = {
    "corpus": "--corpus",
    "results": "--corpus, --scale and --out",
    "variant": "--only",
}
"""Parameters that the runner gives, and the option by which the user chooses them."""

WORDS: Parameters = {"true": True, "false": False, "null": None, "none": None}

NOT_ONE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What is raised for files that are not notebooks."""

Notebook = Mapping[str, Any]
"""A notebook as JSON holds it; nbformat's own class is one, too."""


def read_cells(path: Path) -> Notebook:
    """Read a notebook as JSON; raise `InputError` if it is missing or plainly damaged."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            iter(cell["metadata"].get("tags", [])), "".join(cell["source"])
    except FileNotFoundError:
        raise _missing(path) from None
    except NOT_ONE as error:
        raise _damaged(path, error) from None
    return dict(notebook)


def read_notebook(path: Path) -> "NotebookNode":
    """Read a notebook as a run needs it, held to its format.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells without an id, which are given one
            notebook: NotebookNode = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
    except FileNotFoundError:
        raise _missing(path) from None
    except (nbformat.ValidationError, *NOT_ONE) as error:
        raise _damaged(path, error) from None
    return notebook


def _missing(path: Path) -> InputError:
    """Return the refusal of a notebook that is not there."""
    return InputError(f"{shown(path)} is missing: bring it back from version control.")


def _damaged(path: Path, error: Exception) -> InputError:
    """Return the refusal of a file that is not a notebook."""
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return InputError(f"{shown(path)} is not a notebook ({reason}): repair it.")


def declared(notebook: Notebook, path: Path) -> dict[str, Value]:
    """Return the names and defaults in the notebook's parameters cell, in their order.

    Raises
    ------
    InputError
        If there is no such cell, more than one, or one that holds anything but literals.
    """
    cells = [c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", [])]
    if len(cells) != 1:
        raise InputError(
            f"{shown(path)} has {len(cells)} cells tagged 'parameters': there must be exactly one."
        )
    values: dict[str, Value] = {}
    try:
        for line in ast.parse("".join(cells[0]["source"])).body:
            if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
                raise ValueError(f"line {line.lineno} is not an assignment")
            values[line.targets[0].id] = ast.literal_eval(line.value)
    except (ValueError, SyntaxError) as error:
        raise InputError(
            f"the parameters cell of {shown(path)} may hold literals only ({error}): "
            f"write lines such as 'dim = 500'."
        ) from None
    return values


def parse_settings(settings: Iterable[str]) -> dict[str, Value]:
    """Read ``name=value`` as given to ``--set``; a value that is no literal is a string.

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
    """Refuse a setting that no notebook takes, or that is not the user's to make.

    Parameters
    ----------
    settings : mapping
        What ``--set`` gave.
    declared : mapping
        The parameters that each stage declares.
    """
    fixed = {name for stage in declared for name in stage.fixed}
    free = sorted({n for names in declared.values() for n in names} - fixed - OWNED.keys())
    for name in settings:
        if name in OWNED:
            raise InputError(f"--set cannot change {name!r}: choose by {OWNED[name]}.")
        if name in fixed:
            raise InputError(f"--set cannot change {name!r}: it is what tells the variants apart.")
        if name not in free:
            raise InputError(f"no notebook has a parameter {name!r}{did_you_mean(name, free)}")


def resolve(
    stage: Stage, defaults: Parameters, changes: Parameters, own: Parameters
) -> dict[str, Value]:
    """Return the values of all parameters of ``stage``, every one of them checked.

    This is the one place where a default that is the corpus's own takes its value.

    Parameters
    ----------
    stage : Stage
        The stage; what it fixes wins over everything.
    defaults : mapping
        What its notebook declares.
    changes : mapping
        What this run changes; names that the notebook does not declare are ignored.
    own : mapping
        The corpus's own defaults, which win over the notebook's; a change to None means them.

    Raises
    ------
    InputError
        If a value is out of range or of another type than it can be.
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
            values[name] = getattr(checked, name)  # as pydantic reads it: 5e1 is 50
    for name in values.keys() - ruled:
        check_type(name, values[name], defaults[name])
    return values


def told(parameters: Parameters) -> dict[str, Value]:
    """Return parameters as they are published: a file of the user's by its name alone."""
    return {
        name: shown(Path(value)) if isinstance(value, str) and Path(value).is_absolute() else value
        for name, value in parameters.items()
    }


def check_type(name: str, value: Value, default: Value) -> None:
    """Hold a parameter that no configuration knows to the type of its default."""
    fits = {type(default), int} if isinstance(default, float) else {type(default)}
    if default is not None and (type(value) not in fits or value == []):
        kind = type(default).__name__
        raise InputError(f"{name}={value!r} cannot be used: it is a {kind}, such as {default!r}.")


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
