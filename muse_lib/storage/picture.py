"""A saved figure as a notebook displays it: the image, and the names of its files."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MIME = "application/vnd.muse.picture+json"
"""The output type that tells a page the files of a notebook's figure."""


@dataclass(frozen=True)
class Picture:
    """What `Results.save_figure` returns: make it the last expression of a cell.

    Attributes
    ----------
    png : bytes
        The image, sized for a screen.
    name : str
        The name of its files in ``figures``, without a suffix.
    tables : sequence of str
        The names of the tables that it is drawn from, without a suffix.
    seen : str
        One sentence that describes the image, for readers who cannot see it.
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
