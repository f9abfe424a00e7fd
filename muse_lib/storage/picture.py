"""A figure that was saved, as a notebook shows it: the picture, and where its files are."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MIME = "application/vnd.muse.picture+json"
"""The kind of output by which a page learns which files a picture of a notebook is."""


@dataclass(frozen=True)
class Picture:
    """What `Results.save_figure` saved: make it the last expression of a cell.

    Attributes
    ----------
    png : bytes
        What is seen, of a size for a screen.
    name : str
        What its files in ``figures`` are called, without an ending.
    tables : sequence of str
        The tables that it is drawn from, called likewise.
    seen : str
        What is seen, in a sentence, for readers who do not see it.
    """

    png: bytes
    name: str
    tables: Sequence[str]
    seen: str = ""

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "image/png": b64encode(self.png).decode("ascii"),
            "text/plain": repr(self),
            MIME: {
                "files": [f"figures/{self.name}.{kind}" for kind in ("png", "svg")],
                "tables": [f"tables/{name}.csv" for name in self.tables],
                "seen": self.seen,
            },
        }

    def __repr__(self) -> str:
        return f"figures/{self.name}.png"
