"""When two spellings of a song or an artist are the same name."""

import re
import unicodedata

INVISIBLE = re.compile(
    "["
    "\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f"  # controls other than white space
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
"""Invisible characters: those that Unicode calls default ignorable (zero-width characters,
direction marks, soft hyphens, variation selectors, fillers), controls, and the Braille blank."""


def folded(name: str) -> str:
    """Return the form that all spellings of a name share: equal forms mean equal names.

    It ignores case, invisible characters, extra white space (including no-break spaces) and the
    way an accented letter is encoded (Unicode NFC). Case folding also turns the ligature "ﬁ" into
    "fi" and "ß" into "ss". Accents and full-width letters are significant.

    Examples
    --------
    >>> folded("  BEYONCE\u0301\u200b ") == folded("Beyonc\u00e9")
    True
    """
    visible = " ".join(INVISIBLE.sub("", name).split())
    # Decompose first, as Unicode requires for caseless matching (D145): a letter with combining
    # marks can fold differently from the precomposed letter.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", visible).casefold())


STROKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d"})
"""Letters with a stroke, which Unicode does not decompose as it does accented letters."""


def searchable(text: str) -> str:
    """Return the form that a search compares: `folded`, without accents or full-width letters.

    A search is more lenient than identity: "beyonce" finds "Beyoncé". Vowel signs of Arabic, Thai
    and other scripts are not accents and remain significant.
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
"""`searchable` in JavaScript, for pages; upper-casing first turns "ß" into "ss"."""
