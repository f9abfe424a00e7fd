"""Read notebooks as a run needs them: whole, and held to their format."""

import warnings
from pathlib import Path

import nbformat

from muse_lib.runner.parameters import damaged, missing

NOT_ONE = (
    *(nbformat.ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError),
)
"""What nbformat raises for files that are no notebooks."""


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook; raise `InputError` if it is missing or damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells without an id, which are given one
            notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
    except FileNotFoundError:
        raise missing(path) from None
    except NOT_ONE as error:
        raise damaged(path, error) from None
    return notebook
