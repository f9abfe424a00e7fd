"""What another run of the same study may say otherwise: times, given parameters, what made it.

A page marks these parts with comments, which no text of a study can write: it is escaped.
"""

import re

import nbformat
from markupsafe import Markup

TAGS = {"volatile", "injected-parameters"}
"""Tags of cells that show times and memory, and parameters, which ``run.json`` has."""

BEGIN, END = Markup("<!-- volatile -->"), Markup("<!-- end of volatile -->")


def is_volatile(cell: nbformat.NotebookNode) -> bool:
    """Tell whether a cell may say something else in another run."""
    return bool(TAGS & {*cell.metadata.get("tags", [])})


def marked(part: Markup) -> Markup:
    """Mark a part of a page as one that another run may make otherwise."""
    return BEGIN + part + END


def lasting(page: str) -> str:
    """Return a page without its marked parts."""
    return re.sub(f"{BEGIN}.*?{END}\n?", "", page, flags=re.DOTALL)
