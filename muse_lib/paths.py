"""The project's paths: every one of them is defined here."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
RESULTS = ROOT / "results"
CACHE = ROOT / ".cache"
SMALL_MODEL = Path(__file__).parent / "small_model"
"""The small model shipped with the library, with its card; scripts/small_model.py makes it."""


def data_dir() -> Path:
    """Return the folder of playlist data: ``MUSE_DATA_DIR`` if set, else ``data/``.

    A relative ``MUSE_DATA_DIR`` is relative to the project's root, so that a notebook opened in
    JupyterLab (whose working directory is ``notebooks/``) finds the same files as the command line.
    """
    return ROOT / (os.environ.get("MUSE_DATA_DIR") or "data")


def shown(path: Path) -> str:
    """Return ``path`` for display: relative to the project's root if inside it, else its name.

    Notebooks and messages are published, and one machine's paths mean nothing to other readers.
    """
    path = Path(path)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def as_parameter(results: Path) -> str:
    """Return a results folder as notebooks name it: relative to the root if inside it."""
    return str(results.relative_to(ROOT) if results.is_relative_to(ROOT) else results)
