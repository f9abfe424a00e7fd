"""One look for all figures: sizes for a page, colours that colour-blind readers can tell apart."""

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

COLOURS = sns.color_palette("colorblind", 10)
MARKERS = "os^DvP*X<>"
GREY = "0.72"
WIDTH = 7.0
"""Inches of a full-width figure."""

LONGEST_LABEL = 40


def use_house_style() -> None:
    """Set the look of every figure drawn from here on."""
    sns.set_theme(context="paper", style="ticks", palette=COLOURS)
    mpl.rcParams.update(
        {
            "figure.dpi": 110,
            "figure.figsize": (WIDTH, 3.2),
            "figure.constrained_layout.use": True,
            "savefig.dpi": 160,
            "svg.hashsalt": "muse",  # else every SVG has other ids
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
        }
    )


def label(text: str) -> str:
    """Make a title or a name safe to draw: it is data, never markup.

    Two ``$`` would be set as mathematics (``A$AP Rocky & Ke$ha``) and a leading ``_`` would
    hide the entry from a legend; characters the font has no glyph for become an empty box, and
    long names are cut.
    """
    plain = " ".join(text.split())
    if len(plain) > LONGEST_LABEL:
        plain = plain[: LONGEST_LABEL - 1].rstrip() + "…"
    drawn = "".join(sign if ord(sign) in _glyphs() else "□" for sign in plain)
    escaped = drawn.replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


_known: set[int] = set()


def _glyphs() -> set[int]:
    """Return the characters that the default font can draw."""
    if not _known:
        font = FT2Font(font_manager.findfont(font_manager.FontProperties()))
        _known.update(font.get_charmap())
    return _known
