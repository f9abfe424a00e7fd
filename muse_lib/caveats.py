"""What a reader must know before believing a number.

A notebook says it where it is found; the runner finds it there, writes it into ``run.json`` and
repeats it at the end of the run.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

MIME = "application/vnd.muse.caveats+json"
"""The kind of output by which the runner tells a caveat from other text of a notebook."""

STILL_FALLING = 0.05
"""The share of its loss that a finished training loses in its last tenth of epochs, at most."""


class Caveats:
    """Sentences as a notebook shows them: make it the last expression of a cell.

    Parameters
    ----------
    sentences : iterable of str
        Whole sentences, without anything that people wrote in it; none is good news, and said.

    Examples
    --------
    >>> Caveats(few_pairs(120, 10_000, "the test playlists"))
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = list(sentences)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        marked = [f"> **Caveat.** {sentence}" for sentence in self.sentences]
        return {
            "text/markdown": "\n>\n".join(marked) or "*Nothing here needs a caveat.*",
            "text/plain": repr(self),
            MIME: self.sentences,
        }

    def __repr__(self) -> str:
        return "\n".join(self.sentences) or "Nothing here needs a caveat."


def dropped_rows(dropped: pd.DataFrame) -> list[str]:
    """Say what a reader left out, if anything.

    Parameters
    ----------
    dropped : DataFrame
        ``reason`` and ``count``, as in `Corpus`.
    """
    if not len(dropped):
        return []
    by_reason = dropped.groupby("reason", sort=False)["count"].sum()
    told = ", ".join(f"{count:,} times “{reason}”" for reason, count in by_reason.items())
    return [f"Reading left out {by_reason.sum():,} rows, lines or playlists: {told}."]


def unconverged(history: pd.DataFrame, limit: float = STILL_FALLING) -> list[str]:
    """Say that a training was stopped while its loss was still falling, if so.

    Parameters
    ----------
    history : DataFrame
        ``epoch`` and ``loss``, a row an epoch, as in `Training`.
    limit : float
        The share of the loss, in (0, 1), that may be lost in the last tenth of the epochs.
    """
    loss = history["loss"].to_numpy(float)
    tenth = max(1, (len(loss) - 1) // 10)
    if len(loss) < 2 or loss[-1] >= (1 - limit) * loss[-1 - tenth]:
        return []
    return [
        f"The loss was still falling when training stopped: by "
        f"{1 - loss[-1] / loss[-1 - tenth]:.0%} over the last {tenth} of {len(loss) - 1} epochs; "
        f"more epochs would give other vectors."
    ]


def few_pairs(found: int, asked: int, source: str) -> list[str]:
    """Say that there were fewer labelled pairs than asked for, if so.

    Parameters
    ----------
    found, asked : int
        How many pairs there are, and how many there should be.
    source : str
        What they are drawn from, such as ``"the test playlists"``.
    """
    if found >= asked:
        return []
    return [
        f"There are {found:,} pairs from {source} and not {asked:,}: intervals over them are wide."
    ]
