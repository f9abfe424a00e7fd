"""Clean noisy playlist titles for BERT."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import emoji

if TYPE_CHECKING:  # importing it takes seconds, and most of the study does without
    pass


LONGEST_TITLE = 500
"""Maximum characters of a title; BERT's window is 256 word pieces."""


SPACED_OUT = re.compile(r"\b(?:\w ){2,}\w\b")


DECADE = re.compile(r"(?<!\w)(?:19|['’`])?([3-9]0)\s?['’`]?s(?!\w)")  # noqa: RUF001


SHORT_YEAR = re.compile(r"(?<!\w)(?:2k|['’`])(\d\d)(?!\w)")  # noqa: RUF001


def normalise(title: str) -> str:
    """Return a title without decoration, in words that are in BERT's vocabulary.

    This normalises Unicode (NFKC), spells out emoji (BERT's vocabulary has none), joins spaced-out
    letters, unifies the spelling of decades and years, and collapses white space.

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
    """Return titles as given to the encoder: normalised, or only cut and without extra spaces."""
    if normalised:
        return [normalise(title) for title in titles]
    return [" ".join(title[:LONGEST_TITLE].split()) for title in titles]
