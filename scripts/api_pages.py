"""Write the pages of the Python API from its docstrings.

``python scripts/api_pages.py [FOLDER]`` writes to ``results/api``, which the index of the results
links; a test compares what is there with the docstrings.
"""

import sys
from pathlib import Path

import pdoc

import muse_lib
from muse_lib.paths import RESULTS

PAGES = ("muse_lib", "!muse_lib.", "muse_lib.config")
"""The public package without what is below it, and every parameter."""


def write(folder: Path) -> None:
    """Write the pages into a folder; what was there before is replaced."""
    for name in muse_lib.__all__:  # which are loaded when they are asked for, and pdoc only looks
        setattr(muse_lib, name, getattr(muse_lib, name))
    folder.mkdir(parents=True, exist_ok=True)
    pdoc.render.configure(
        docformat="numpy",
        show_source=False,
        search=False,  # its index is twice as large as the two pages, which a browser searches too
        footer_text="MuSE",
    )
    pdoc.pdoc(*PAGES, output_directory=folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS / "api")
