"""The results of a run as files: tables, figures, and large artefacts passed between notebooks.

While the runner executes a notebook, everything is written below its draft folder and moved into
place only when the whole notebook has succeeded. A notebook opened in JupyterLab writes directly
to its results folder, except for a trial, which has a folder of its own (`Results.aside`).
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from muse_lib.errors import InputError
from muse_lib.paths import ROOT, shown
from muse_lib.storage.files import read_frame, replacing, write_frame, write_json
from muse_lib.storage.picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAFT = "MUSE_DRAFT"
"""The environment variable in which the runner names the draft folder of a notebook."""


TRIALS = "artifacts/trials"
"""Where a study keeps what was made in JupyterLab with parameters other than its own."""

UNSAFE, LONGEST = re.compile(r"[^A-Za-z0-9._=+-]+"), 100
"""Characters replaced in the name of a trial's folder, and its maximum length before the digest."""

FORMULA = re.compile(r"^(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""The start of a text that a spreadsheet would evaluate, including full-width characters, or of one
already escaped."""


INERT = re.compile(r"^'(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""The apostrophe that escapes such a text."""


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write CSV atomically; floats keep six significant digits.

    A text that a spreadsheet would take for a formula is prefixed with an apostrophe.
    """
    inert = table.map(lambda cell: FORMULA.sub("'", cell) if isinstance(cell, str) else cell)
    with replacing(path) as draft:
        inert.to_csv(draft, index=False, float_format="%.6g", lineterminator="\n")


class Results:
    """The folder of one study's results, such as ``results/archive``.

    Parameters
    ----------
    folder : str
        The folder, relative to the project's root.
    """

    def __init__(self, folder: str) -> None:
        self.root = self.kept = ROOT / folder
        self.draft = Path(os.environ.get(DRAFT) or self.root)
        self.trial = ""

    def aside(self, differing: Mapping[str, object]) -> "Results":
        """Return the same study, with output going to a separate folder for a trial.

        Under the runner this has no effect, since the runner has already chosen the folder.

        Parameters
        ----------
        differing : mapping
            The parameters in which a trial differs from the study, by name. They determine the
            folder, ``artifacts/trials/<name>=<value>``; if empty, the study itself is returned.

        Examples
        --------
        >>> Results("results/archive").aside({"dim": 16}).trial
        'dim=16'
        """
        if not differing or os.environ.get(DRAFT):
            return self
        name = "_".join(f"{key}={differing[key]}" for key in sorted(differing))
        safe = UNSAFE.sub("-", name)[:LONGEST]
        apart = copy(self)
        apart.trial = name if safe == name else f"{safe}-{_digest(name)}"
        apart.draft = apart.kept = self.root / TRIALS / apart.trial
        return apart

    def splits(self, n_splits: int) -> list["Results"]:
        """Return the results of each of several splits; those of the first are the study itself.

        The others are in ``artifacts/splits/<number>`` and hold only what a comparison needs.
        """
        others = []
        for number in range(1, n_splits):
            place = copy(self)
            place.root = self.root / "artifacts" / "splits" / str(number)
            place.draft = self.draft / "artifacts" / "splits" / str(number)
            place.kept = self.kept / "artifacts" / "splits" / str(number)
            others.append(place)
        return [self, *others]

    def find(self, name: str, made_by: str) -> Path:
        """Return the newest file ``name``: the draft if there is one, else the published file.

        Raises
        ------
        InputError
            If there is none; the message names the notebook that makes it.
        """
        for place in (self.draft, self.root):
            if (place / name).exists():
                return place / name
        raise InputError(
            f"{shown(self.root / name)} is missing: run notebooks/{made_by}.ipynb first, "
            f"or the whole study with ./run_all.sh"
        )

    def new(self, name: str) -> Path:
        """Return the path at which to write ``name``, creating its folder."""
        path = self.draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def save_table(self, name: str, table: pd.DataFrame) -> None:
        """Write ``tables/<name>.csv``; floats keep six significant digits.

        A text that a spreadsheet would take for a formula is prefixed with an apostrophe, which
        `load_table` removes.
        """
        write_table(self.draft / f"tables/{name}.csv", table)

    def save_figure(
        self, name: str, figure: "Figure", tables: Sequence[str] = (), *, seen: str = ""
    ) -> Picture:
        """Write ``figures/<name>.png`` and ``.svg``, the same bytes for the same picture.

        The figure is closed, so that a notebook shows only the returned picture.

        Parameters
        ----------
        name : str
            The name of the files, without a suffix.
        figure : Figure
            The figure.
        tables : sequence of str, optional
            The tables that it is drawn from; by default the table of the same name.
        seen : str, optional
            One sentence that describes the image, for readers who cannot see it.
        """
        from matplotlib import pyplot as plt  # an extra, installed if there is a figure

        _search_fewer_fonts(figure)
        self._write(f"figures/{name}.png", lambda path: path.write_bytes(_png(figure)))
        self._write(
            f"figures/{name}.svg",
            # rasterised parts have the resolution of a screen
            lambda path: figure.savefig(path, format="svg", dpi="figure", metadata={"Date": None}),
        )
        on_screen = _png(figure, figure.dpi)
        plt.close(figure)
        return Picture(on_screen, name, tables or [name], " ".join(seen.split()))

    def save_text(self, name: str, text: str) -> None:
        """Write a page or a script, such as ``maps/muse.html``."""
        self._write(name, lambda path: path.write_text(text, "utf-8", newline="\n"))

    def save_frame(self, name: str, frame: pd.DataFrame) -> None:
        """Write ``artifacts/<name>.parquet`` for later notebooks."""
        write_frame(self.draft / f"artifacts/{name}.parquet", frame)

    def save_json(self, name: str, content: Any) -> None:
        """Write ``artifacts/<name>.json``."""
        write_json(self.draft / f"artifacts/{name}.json", content)

    def checkpoint(self, name: str) -> Path:
        """Return the path of a training checkpoint, outside the draft so that a kill leaves it."""
        return self.kept / "artifacts" / "checkpoints" / f"{name}.safetensors"

    def load_table(self, name: str, made_by: str) -> pd.DataFrame:
        """Read ``tables/<name>.csv``, written by notebook ``made_by``.

        "NA" is read as text; empty cells become nan in number columns and "" in text columns.
        """
        path = self.find(f"tables/{name}.csv", made_by)
        try:
            table = pd.read_csv(path, keep_default_na=False, na_values=[""], lineterminator="\n")
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"{shown(path)} is damaged ({error}): run notebooks/{made_by}.ipynb again."
            ) from None
        texts = table.select_dtypes(exclude=["number", "bool"]).columns
        table = table.fillna(dict.fromkeys(texts, ""))
        return table.assign(
            **{name: table[name].str.replace(INERT, "", regex=True) for name in texts}
        )

    def load_frame(self, name: str, made_by: str) -> pd.DataFrame:
        """Read ``artifacts/<name>.parquet``, written by notebook ``made_by``."""
        path = self.find(f"artifacts/{name}.parquet", made_by)
        return read_frame(path, f"run notebooks/{made_by}.ipynb again.")

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        with replacing(self.draft / name) as draft:
            write(draft)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _search_fewer_fonts(figure: "Figure") -> None:
    """Let texts in ASCII search only the first font, which has all of it: half the drawing time.

    matplotlib searches all fonts whenever it measures a text, many times per figure.
    """
    from matplotlib import rcParams
    from matplotlib.text import Text

    for axes in figure.axes:
        axes.get_xticklabels(which="both"), axes.get_yticklabels(which="both")  # writes them
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_text() and text.get_text().isascii():
            text.set_fontfamily(rcParams["font.family"][0])


def _png(figure: "Figure", dpi: float | None = None) -> bytes:
    """Return a PNG with 256 colours: half the size of full colour, and visually the same."""
    from matplotlib import rcParams
    from PIL import Image

    asked = rcParams["savefig.dpi"] if dpi is None else dpi
    resolution = float(figure.dpi if asked == "figure" else asked)
    full, packed = BytesIO(), BytesIO()
    figure.savefig(full, format="png", dpi=resolution)
    with Image.open(full) as opened:
        picture = opened.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(packed, format="png", optimize=True, dpi=(resolution, resolution))
    return packed.getvalue()
