"""The script that draws the maps: one file for all results in a folder, ten times a map's size."""

import re
from pathlib import Path

from muse_lib.storage.files import replacing

ASKED = re.compile(r'<script src="\.\./\.\./(bokeh-[^"/]+\.js)"')
"""How a map asks for the script, two folders above it."""


def share_library(root: Path) -> None:
    """Write the script that the maps below a folder ask for, and remove versions that none does.

    Maps of several corpora can ask for several versions. Only the installed one can be written.

    Parameters
    ----------
    root : Path
        The folder of the corpora, each with its maps.
    """
    maps = (path.read_text("utf-8") for path in root.glob("*/maps/*.html"))
    asked = {name for page in maps for name in ASKED.findall(page)}
    there = {path.name for path in root.glob("bokeh-*.js")}
    for name in there - asked:
        (root / name).unlink()
    if asked - there:
        from muse_lib.figures.page import LIBRARY, library  # Bokeh takes seconds to load

        if LIBRARY in asked:
            with replacing(root / LIBRARY) as draft:
                draft.write_text(library(), "utf-8")
