"""Noisy titles of playlists in, plain words that BERT can read out."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import emoji

if TYPE_CHECKING:  # importing it takes seconds, and most of the study does without
    pass


LONGEST_TITLE = 500
"""Characters of a title that are read; BERT's window is 256 word pieces."""


SPACED_OUT = re.compile(r"\b(?:\w ){2,}\w\b")


DECADE = re.compile(r"(?<!\w)(?:19|['’`])?([3-9]0)\s?['’`]?s(?!\w)")  # noqa: RUF001


SHORT_YEAR = re.compile(r"(?<!\w)(?:2k|['’`])(\d\d)(?!\w)")  # noqa: RUF001


def normalise(title: str) -> str:
    """Return a title as BERT can read it; the meaning stays, the decoration goes.

    Unicode is unified (NFKC), emoji are put into words (BERT's vocabulary has none), letters that
    were spaced out are joined, decades and years are written one way, and white space is single.

    Examples
    --------
    >>> normalise("c h i l l   🔥")
    'chill fire'
    >>> normalise("90's hits"), normalise("1990s hits"), normalise("summer 2k16")
    ('90s hits', '90s hits', 'summer 2016')
    """
    text = unicodedata.normalize("NFKC", title[:LONGEST_TITLE])
    text = emoji.demojize(text, delimiters=(" ", " ")).replace("_", " ")
    text = SPACED_OUT.sub(lambda spaced: spaced[0].replace(" ", ""), text)
    text = " ".join(text.casefold().split())
    text = DECADE.sub(r"\1s", text)
    return SHORT_YEAR.sub(r"20\1", text)


def as_read(titles: Sequence[str], normalised: bool = True) -> list[str]:
    """Return titles as the model reads them: normalised, or cut and freed of white space alone."""
    if normalised:
        return [normalise(title) for title in titles]
    return [" ".join(title[:LONGEST_TITLE].split()) for title in titles]
