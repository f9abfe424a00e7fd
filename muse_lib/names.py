"""When two spellings are one name: of a song, of an artist."""

import re
import unicodedata

INVISIBLE = re.compile(
    "["
    "\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f"  # controls that are no white space
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
"""Signs that no reader sees: those that Unicode calls default ignorable (zero-width signs, marks
of direction, soft hyphens, variation selectors, fillers), controls, and the blank of Braille."""


def folded(name: str) -> str:
    """Return what all spellings of one name share; two names are the same if this is.

    Case, invisible signs and white space around and between words do not count (no-break spaces
    are white space), nor does how an accented letter was typed (Unicode NFC). Case folding also
    spells ligatures out ("ﬁ" is "fi") and makes "ß" "ss". Accents and full-width letters do count.

    Examples
    --------
    >>> folded("  BEYONCE\u0301\u200b ") == folded("Beyonc\u00e9")
    True
    """
    visible = " ".join(INVISIBLE.sub("", name).split())
    # decomposed first, as Unicode asks for matching without case (D145), since a letter and its
    # combining signs can fold otherwise than the letter that joins them
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", visible).casefold())


STROKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d"})
"""Letters with a stroke, which Unicode does not take apart as it does those with accents."""


def searchable(text: str) -> str:
    """Return what a search compares: `folded`, and accents and full-width letters do not count.

    A search forgives more than identity does: "beyonce" finds "Beyoncé". Vowel signs of Arabic,
    Thai and other scripts are no accents, and count.
    """
    apart = unicodedata.normalize("NFKD", folded(text))
    return re.sub("[\u0300-\u036f]", "", apart).casefold().translate(STROKED)


SEARCHABLE_JS = r"""
const searchable = (text) => text
  .normalize("NFKD")
  .replace(/[\u0300-\u036f\p{Default_Ignorable_Code_Point}]/gu, "")
  .replace(/\p{Cc}/gu, (sign) => sign.trim() ? "" : " ")
  .toUpperCase().toLowerCase()
  .replace(/[\u03c2øłđ]/g, (sign) => ({"\u03c2": "\u03c3", "ø": "o", "ł": "l", "đ": "d"})[sign]);
"""
"""`searchable` for pages that search in the browser; upper case first spells "ß" out."""
