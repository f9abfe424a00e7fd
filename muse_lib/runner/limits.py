"""Check parameters against the configurations by parsing their source, without pydantic.

This rejects values that are certainly wrong (type, choice, bound) before anything is installed or
loaded. It lets everything else pass, since the configurations themselves have the last word. A
test checks that the two agree.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muse_lib.errors import InputError
from muse_lib.paths import ROOT
from muse_lib.runner.stages import Value

SOURCE = ROOT / "muse_lib" / "config.py"
BOUNDS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "ge": ("greater than or equal to", operator.ge),
    "gt": ("greater than", operator.gt),
    "le": ("less than or equal to", operator.le),
    "lt": ("less than", operator.lt),
}
SAY_YES_OR_NO = {"0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"}
KINDS = {
    "int": "a valid integer",
    "float": "a valid number",
    "bool": "a valid boolean",
    "str": "a valid string",
    "list[str]": "a list of strings",
    "None": "None",
}


@dataclass(frozen=True)
class Limit:
    """The known constraints of a field.

    Attributes
    ----------
    kinds : tuple of str
        Names of its types; empty if they are not understood, so that anything passes.
    choices : tuple
        The allowed values, if they are enumerated.
    bounds : mapping
        Bounds of a number: ``ge``, ``gt``, ``le``, ``lt``.
    about : str
        Its description.
    """

    kinds: tuple[str, ...] = ()
    choices: tuple[Value, ...] = ()
    bounds: Mapping[str, float] = field(default_factory=dict)
    about: str = ""

    def check(self, name: str, value: Value) -> None:
        """Raise `InputError` if ``value`` is certainly wrong."""
        if problem := self._problem(value):
            raise InputError(
                f"{name}={value!r} cannot be used: input should be {problem} "
                f"({name}: {self.about})."
            )

    def _problem(self, value: Value) -> str:
        if self.choices:
            said = " or ".join(map(repr, self.choices))
            return "" if value in self.choices else said
        if not self.kinds:
            return ""
        if not any(_fits(value, kind) for kind in self.kinds):
            return " or ".join(KINDS[kind] for kind in self.kinds)
        if isinstance(value, int | float):
            for name, bound in self.bounds.items():
                words, holds = BOUNDS[name]
                if not holds(value, bound):
                    return f"{words} {bound:g}"
        return ""


def _fits(value: Value, kind: str) -> bool:
    """Return whether a value can be converted to a type, as leniently as pydantic does."""
    if kind == "None":
        return value is None
    if kind == "str":
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    if kind == "list[str]":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == "bool":
        return value in (0, 1) or (isinstance(value, str) and value.lower() in SAY_YES_OR_NO)
    if not isinstance(value, int | float | str):
        return False
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return isinstance(value, int)
    return math.isfinite(number) and (kind == "float" or number == int(number))


def read_limits(source: Path = SOURCE) -> dict[str, list[Limit]]:
    """Return for each field name its constraints in every configuration that has it."""
    limits: dict[str, list[Limit]] = {}
    for configuration in ast.parse(source.read_text("utf-8")).body:
        if isinstance(configuration, ast.ClassDef):
            for line in configuration.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    limits.setdefault(line.target.id, []).append(_limit(line))
    return limits


def of_class(configuration: str, source: Path = SOURCE) -> list[str]:
    """Return the names of the fields of one configuration."""
    (found,) = (
        node
        for node in ast.parse(source.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == configuration
    )
    return [
        line.target.id
        for line in found.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    ]


def _limit(line: ast.AnnAssign) -> Limit:
    options = line.value.keywords if isinstance(line.value, ast.Call) else []
    known = {}
    for option in options:
        try:
            known[str(option.arg)] = ast.literal_eval(option.value)
        except ValueError:  # not a literal: left to the configuration itself
            continue
    kinds, choices = _type(line.annotation)
    bounds = {name: known[name] for name in BOUNDS if name in known}
    return Limit(kinds, choices, bounds, str(known.get("description", "")))


def _type(annotation: ast.expr) -> tuple[tuple[str, ...], tuple[Value, ...]]:
    """Return the types, or the choices, in an annotation; nothing if it is not understood."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Literal":
        choices = ast.literal_eval(annotation.slice)
        return (), choices if isinstance(choices, tuple) else (choices,)
    kinds = tuple(part.strip() for part in ast.unparse(annotation).split("|"))
    return (kinds, ()) if set(kinds) <= KINDS.keys() else ((), ())
