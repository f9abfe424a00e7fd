"""Where things are: every path of the project comes from here."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
RESULTS = ROOT / "results"
CACHE = ROOT / ".cache"
SMALL_MODEL = Path(__file__).parent / "small_model"
"""The small model that comes with the library, with its card; scripts/small_model.py makes it."""


def data_dir() -> Path:
    """Return the folder of playlist data: ``MUSE_DATA_DIR`` if it is set, else ``data/``.

    A relative ``MUSE_DATA_DIR`` counts from the project's root, so that a notebook opened in
    JupyterLab (whose working directory is ``notebooks/``) finds what the command line found.
    """
    return ROOT / (os.environ.get("MUSE_DATA_DIR") or "data")


def shown(path: Path) -> str:
    """Return ``path`` as a reader should see it: from the project's root where it lies inside.

    Notebooks and messages are published; a path of one machine says nothing to another reader.
    """
    path = Path(path)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def as_parameter(results: Path) -> str:
    """Return a results folder as notebooks name it: from the project's root if it lies inside."""
    return str(results.relative_to(ROOT) if results.is_relative_to(ROOT) else results)
