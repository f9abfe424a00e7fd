"""Compare the results of a study with those of running it again.

On one machine everything is identical, byte for byte. On other machines sums are rounded
differently, so tables may differ within the tolerances stated in ``results/tolerances.json``, and
so may the figures and texts made from such tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd

from muse_lib.errors import InputError, plain
from muse_lib.paths import as_parameter, shown
from muse_lib.storage.files import read_json

TABLES, PAGES = "tables", "pages"
FOLDERS = ("notebooks", "figures", "maps", PAGES)
"""Folders of what is made from tables; their files are compared as a whole."""

SAME_FOR_ALL = ("corpus_digest", "seed")
TOLERANCES = "tolerances.json"


@dataclass(frozen=True)
class Tolerance:
    """How much the numbers in some columns may differ: ``absolute + relative * |expected|``.

    Attributes
    ----------
    table, column : str
        Patterns with ``*`` for the names of tables and columns.
    absolute, relative : float or None
        If both are None, the column is not compared, since single numbers in it have no meaning.
    """

    table: str = "*"
    column: str = "*"
    absolute: float | None = 0.0
    relative: float | None = 0.0

    @classmethod
    def load(cls, results: Path) -> list["Tolerance"]:
        """Read the tolerances from the folder of all results; the first match applies."""
        path = results / TOLERANCES
        if not path.exists():
            return []
        remedy = "restore it from version control."
        try:
            return [cls(**entry) for entry in read_json(path, remedy)["tables"]]
        except (TypeError, KeyError) as error:
            raise InputError(f"{shown(path)} is damaged ({error}): {remedy}") from None


@dataclass(frozen=True)
class Difference:
    """One line of the report.

    Attributes
    ----------
    line : str
        What differs and by how much.
    allowed : bool
        Whether this is within tolerance.
    """

    line: str
    allowed: bool = False


def compare(expected: Path, found: Path, tolerances: list[Tolerance]) -> list[Difference]:
    """Compare two results folders of one study and return all differences.

    Raises
    ------
    InputError
        If there are no results to compare with.
    """
    remedy = "run the study once without --verify."
    then, now = (read_json(folder / "run.json", remedy) for folder in (expected, found))
    versions = [*_versions(then, now)]
    differences = [*_parameters(then, now), *versions]
    moved: set[str] = set()
    for name in _names(expected, found, TABLES):
        changed = _missing(expected, found, name) or [*_table(expected, found, name, tolerances)]
        if changed:
            moved |= _makers(name, now)
        differences += changed
    for name in (name for folder in FOLDERS for name in _names(expected, found, folder)):
        missing = _missing(expected, found, name)
        if missing:
            differences += missing
        elif _content(expected, name) != _content(found, name, expected):
            allowed = bool(versions or _makers(name, now) & moved)
            differences.append(Difference(_moved(expected, found, name), allowed))
    return differences


def report(differences: list[Difference], results: Path) -> bool:
    """Print the differences, one per line, and whether the two results agree; return the latter."""
    for difference in differences:
        print(
            f"{'within tolerance' if difference.allowed else 'DIFFERS'}: {plain(difference.line)}"
        )
    n_wrong = sum(not difference.allowed for difference in differences)
    if n_wrong:
        print(f"{shown(results)} does not agree with a new run: {n_wrong} differences.")
    elif differences:
        print(f"{shown(results)} agrees with a new run, within the stated tolerances.")
    else:
        print(f"{shown(results)} is identical to a new run, byte for byte.")
    return not n_wrong


def _parameters(then: Any, now: Any) -> Iterator[Difference]:
    for name in SAME_FOR_ALL:
        if then.get(name) != now.get(name):
            yield Difference(f"{name}: {then.get(name)} in the results, {now.get(name)} now")
    for stage, made in now["stages"].items():
        before = then["stages"].get(stage, {}).get("parameters", {})
        for name, value in made["parameters"].items():
            if name in before and name != "results" and before[name] != value:
                yield Difference(f"{stage}: {name}={before[name]!r} in the results, {value!r} now")


def _versions(then: Any, now: Any) -> Iterator[Difference]:
    """Yield the versions that differ from those of the results; they are always allowed."""
    versions = [
        {"python": run["python"], "platform": run["platform"], **run["libraries"]}
        for run in (then, now)
    ]
    for name in versions[0].keys() & versions[1].keys():
        if versions[0][name] != versions[1][name]:
            line = f"{name} {versions[0][name]} made the results, {versions[1][name]} is here"
            yield Difference(line, allowed=True)


def _names(expected: Path, found: Path, kind: str) -> list[str]:
    """Return the files of one kind that exist on either side, sorted."""
    paths = (path for folder in (expected, found) for path in (folder / kind).glob("*"))
    return sorted({f"{kind}/{path.name}" for path in paths if path.is_file()})


def _makers(name: str, now: Any) -> set[str]:
    """Return the stages that made a file; for a page, the stage it shows or else all."""
    if name.startswith(PAGES):
        return {Path(name).stem} & now["stages"].keys() or {*now["stages"]}
    return {stage for stage, made in now["stages"].items() if name in made["outputs"]}


def _missing(expected: Path, found: Path, name: str) -> list[Difference]:
    if not (found / name).exists():
        return [Difference(f"{name}: a new run does not make it")]
    if not (expected / name).exists():
        return [Difference(f"{name}: it is missing in the results")]
    return []


def _table(
    expected: Path, found: Path, name: str, tolerances: list[Tolerance]
) -> Iterator[Difference]:
    """Compare two tables cell by cell, in their order."""
    if (expected / name).read_bytes() == (found / name).read_bytes():
        return
    then, now = (
        pd.read_csv(folder / name, dtype=str, keep_default_na=False) for folder in (expected, found)
    )
    if [*then.columns] != [*now.columns] or len(then) != len(now):
        shapes = [f"{len(table)} rows of {', '.join(table.columns)}" for table in (then, now)]
        yield Difference(f"{name}: {shapes[0]} in the results, {shapes[1]} now")
        return
    if then.equals(now):
        yield Difference(f"{name}: same cells, different formatting")
    for column in then.columns:
        if not then[column].equals(now[column]):
            yield _column(f"{name}: {column}", then[column], now[column], _rule(name, tolerances))


def _rule(name: str, tolerances: list[Tolerance]) -> list[Tolerance]:
    """Return the tolerances of one table, in their order."""
    return [rule for rule in tolerances if fnmatch(Path(name).stem, rule.table)]


def _column(
    said: str, then: "pd.Series[str]", now: "pd.Series[str]", rules: list[Tolerance]
) -> Difference:
    """Compare the cells of a column whose text differs."""
    rule = next((rule for rule in rules if fnmatch(str(then.name), rule.column)), Tolerance())
    changed = (then != now).to_numpy()
    a, b = (
        pd.to_numeric(column[changed], errors="coerce").to_numpy(float) for column in (then, now)
    )
    texts = int(np.isnan(a).sum() + np.isnan(b).sum())
    if texts:
        first = int(np.flatnonzero(changed)[np.isnan(a) | np.isnan(b)][0])
        was, is_now = plain(then.iloc[first])[:60], plain(now.iloc[first])[:60]
        return Difference(f"{said}: row {first + 1} is {was!r} in the results, {is_now!r} now")
    gap = np.abs(a - b)
    by = f"{said} differs in {changed.sum()} of {len(then)} rows, by up to {gap.max():.3g}"
    if rule.absolute is None and rule.relative is None:
        return Difference(f"{by}; its numbers are not compared", allowed=True)
    limit = (rule.absolute or 0) + (rule.relative or 0) * np.abs(a)
    worst = int(np.argmax(gap - limit))
    allowed = f"tolerance {limit[worst]:.3g}"
    return Difference(
        f"{by} ({a[worst]:.6g} then, {b[worst]:.6g} now; {allowed})", gap[worst] <= limit[worst]
    )


def _content(folder: Path, name: str, as_in: Path | None = None) -> object:
    """Return a file's content, for notebooks their cells; paths are rewritten to ``as_in``."""
    path = folder / name
    if path.suffix != ".ipynb" and not name.startswith(PAGES):
        return path.read_bytes()
    text = path.read_text("utf-8")
    if as_in is not None:  # the results' folder is a parameter and may be shown
        text = text.replace(as_parameter(folder), as_parameter(as_in))
    return text if name.startswith(PAGES) else nbformat.reads(text, as_version=4).cells


def _moved(expected: Path, found: Path, name: str) -> str:
    """Describe where two notebooks or pages differ, or the sizes of two figures."""
    then, now = _content(expected, name), _content(found, name, expected)
    if isinstance(then, list) and isinstance(now, list):
        if len(then) != len(now):
            return f"{name}: {len(then)} cells in the results, {len(now)} now"
        changed = [
            place for place, pair in enumerate(zip(then, now, strict=True)) if pair[0] != pair[1]
        ]
        line = plain((now[changed[0]]["source"].splitlines() or [""])[0])[:60]
        return f"{name}: {len(changed)} of {len(now)} cells differ, first that beginning {line!r}"
    if isinstance(then, str) and isinstance(now, str):
        known = {*then.splitlines()}
        line = next((line for line in now.splitlines() if line not in known), "")
        return f"{name}: the page differs, first at {plain(line)[:60]!r}"
    sizes = [(folder / name).stat().st_size for folder in (expected, found)]
    return f"{name}: the image differs ({sizes[0]:,} bytes in the results, {sizes[1]:,} now)"
