"""The results of a run as files: tables, figures and the heavier artefacts between notebooks.

While the runner executes a notebook, everything is written below its draft folder and moved
into place only when the whole notebook has succeeded; a notebook opened in JupyterLab writes
straight into its results folder, but for a trial, which goes aside (`Results.aside`).
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
"""Environment variable by which the runner sends what a notebook writes to its draft folder."""


TRIALS = "artifacts/trials"
"""Where a study keeps what was made in JupyterLab with other parameters than its own."""

UNSAFE, LONGEST = re.compile(r"[^A-Za-z0-9._=+-]+"), 100
"""Characters that no trial's folder gets, and how many it has before a digest ends its name."""

FORMULA = re.compile(r"^(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""The beginning of a text that spreadsheets compute, full-width signs too, or of one made inert."""


INERT = re.compile(r"^'(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""The apostrophe by which such a text is kept from it."""


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write CSV in whole or not at all; floats keep six significant digits.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    inert = table.map(lambda cell: FORMULA.sub("'", cell) if isinstance(cell, str) else cell)
    with replacing(path) as draft:
        inert.to_csv(draft, index=False, float_format="%.6g", lineterminator="\n")


class Results:
    """The folder of one study's results, such as ``results/archive``.

    Parameters
    ----------
    folder : str
        The folder, counted from the project's root.
    """

    def __init__(self, folder: str) -> None:
        self.root = self.kept = ROOT / folder
        self.draft = Path(os.environ.get(DRAFT) or self.root)
        self.trial = ""

    def aside(self, differing: Mapping[str, object]) -> "Results":
        """Return the same study, with what is written going to a folder of its own.

        The runner has chosen the place already: while it executes a notebook, nothing changes.

        Parameters
        ----------
        differing : mapping
            The parameters in which a trial differs from the study, by name. They name the folder,
            ``artifacts/trials/<name>=<value>``; without any, the study itself is returned.

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
        """Return where the same study lies for each of several splits, the first in its own folder.

        The others are in ``artifacts/splits/<number>`` and hold what comparing needs.
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
        """Return the newest file ``name``: from the draft if it was just made, else published.

        Raises
        ------
        InputError
            If there is none, naming the notebook that makes it.
        """
        for place in (self.draft, self.root):
            if (place / name).exists():
                return place / name
        raise InputError(
            f"{shown(self.root / name)} is missing: run notebooks/{made_by}.ipynb first, "
            f"or the whole study with ./run_all.sh"
        )

    def new(self, name: str) -> Path:
        """Return the path at which to write ``name``; the folder it lies in exists."""
        path = self.draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def save_table(self, name: str, table: pd.DataFrame) -> None:
        """Write ``tables/<name>.csv``; floats keep six significant digits.

        A text that a spreadsheet would take for a formula gets an apostrophe before it, which
        `load_table` takes off again.
        """
        write_table(self.draft / f"tables/{name}.csv", table)

    def save_figure(
        self, name: str, figure: "Figure", tables: Sequence[str] = (), *, seen: str = ""
    ) -> Picture:
        """Write ``figures/<name>.png`` and ``.svg``, the same bytes for the same picture.

        The figure is closed, so that a notebook shows the picture that is returned and not the
        figure as well.

        Parameters
        ----------
        name : str
            Of the files, without an ending.
        figure : Figure
            What is drawn.
        tables : sequence of str, optional
            The tables that it is drawn from; that of the same name, if none is given.
        seen : str, optional
            What is seen, in a sentence, for readers who do not see it.
        """
        from matplotlib import pyplot as plt  # an extra, which who has a figure has

        self._write(f"figures/{name}.png", lambda path: path.write_bytes(_png(figure)))
        self._write(
            f"figures/{name}.svg",
            # what is drawn as pixels inside it has as many as a screen
            lambda path: figure.savefig(path, format="svg", dpi="figure", metadata={"Date": None}),
        )
        on_screen = _png(figure, figure.dpi)
        plt.close(figure)
        return Picture(on_screen, name, tables or [name], " ".join(seen.split()))

    def save_text(self, name: str, text: str) -> None:
        """Write a page or a script, such as ``maps/muse.html``."""
        self._write(name, lambda path: path.write_text(text, "utf-8", newline="\n"))

    def save_frame(self, name: str, frame: pd.DataFrame) -> None:
        """Write ``artifacts/<name>.parquet``, for the notebooks that come after."""
        write_frame(self.draft / f"artifacts/{name}.parquet", frame)

    def save_json(self, name: str, content: Any) -> None:
        """Write ``artifacts/<name>.json``."""
        write_json(self.draft / f"artifacts/{name}.json", content)

    def checkpoint(self, name: str) -> Path:
        """Return where a training run keeps its state: outside the draft, to outlive a kill."""
        return self.kept / "artifacts" / "checkpoints" / f"{name}.safetensors"

    def load_table(self, name: str, made_by: str) -> pd.DataFrame:
        """Read ``tables/<name>.csv``, which notebook ``made_by`` writes.

        A name such as "NA" is a name; an empty number is nan and an empty text is empty.
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
        """Read ``artifacts/<name>.parquet``, which notebook ``made_by`` writes."""
        path = self.find(f"artifacts/{name}.parquet", made_by)
        return read_frame(path, f"run notebooks/{made_by}.ipynb again.")

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        with replacing(self.draft / name) as draft:
            write(draft)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _png(figure: "Figure", dpi: float | None = None) -> bytes:
    """Return a picture in 256 colours, which is half as large as one in all and looks the same."""
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
