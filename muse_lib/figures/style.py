"""One look for all figures: sizes for a page, colours that colour-blind readers can tell apart."""

import unicodedata
from collections.abc import Sequence

import emoji
import matplotlib as mpl
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from muse_lib.figures.fonts import drawable, font_families

COLOURS = sns.color_palette("colorblind", 10)
MARKERS = "os^DvP*X<>"
GREY = "0.72"
GRID = "0.92"
WIDTH = 5.2
"""Inches of a figure: on a phone, which shows them in half of that, its letters are legible."""

INCHES_A_COLUMN, INCHES_A_MARK = 0.075, 0.5
"""How wide a letter of a legend is, and the mark before a name with the space around it."""

LONGEST_LABEL = 40
"""Columns of a label: a Chinese sign or an emoji takes two."""


def use_house_style() -> None:
    """Set the look of every figure drawn from here on."""
    sns.set_theme(context="paper", style="ticks", palette=COLOURS)
    mpl.rcParams.update(
        {
            "figure.dpi": 110,
            "figure.figsize": (WIDTH, 3.0),
            "figure.constrained_layout.use": True,
            "savefig.dpi": 160,
            "font.family": font_families(),
            "svg.hashsalt": "muse",  # else every SVG has other ids
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
        }
    )


def label(text: str) -> str:
    """Make a title or a name safe to draw: it is data, never markup.

    Two ``$`` would be set as mathematics (``A$AP Rocky & Ke$ha``) and a leading ``_`` would
    hide the entry from a legend. Names in any script are drawn as they are written; an emoji
    newer than the font is put into words, and any other sign without a glyph becomes ``□``.
    Long names are cut between two signs as a reader sees them.
    """
    plain = " ".join("".join(map(_drawn, " ".join(text.split()))).split())
    escaped = cut(plain).replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


def legend_below(
    place: Figure | Axes, handles: Sequence[Artist], names: Sequence[str], title: str = ""
) -> None:
    """Put one legend below all that is drawn, in as many columns as the figure has room for."""
    figure = place if isinstance(place, Figure) else place.get_figure(root=True)
    assert figure is not None
    widest = max((sum(map(_columns, name)) for name in names), default=0)
    n_columns = figure.get_figwidth() / (INCHES_A_COLUMN * widest + INCHES_A_MARK)
    figure.legend(
        handles,
        names,
        loc="outside lower center",
        ncols=max(1, min(len(names), int(n_columns))),
        title=title or None,
        frameon=False,
        fontsize="small",
        title_fontsize="small",
        columnspacing=1.2,
        handletextpad=0.4,
    )


def cut(text: str) -> str:
    """Return a name of at most `LONGEST_LABEL` columns, with an ellipsis where it was cut."""
    if sum(map(_columns, text)) <= LONGEST_LABEL:
        return text
    columns, end = 0, 0
    while columns + _columns(text[end]) < LONGEST_LABEL:
        columns += _columns(text[end])
        end += 1
    # an accent or a joiner belongs to what stands before it
    while end > 1 and (not _columns(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + "…"


def _drawn(sign: str) -> str:
    """Return what is drawn for one sign: itself if a font has it."""
    category = unicodedata.category(sign)
    if sign in drawable() and category != "Cc":
        return sign
    if category in ("Cc", "Cf", "Mn"):
        return ""  # nothing to see: control signs, directions, the choice between two looks
    name = str(emoji.demojize(sign, delimiters=("", "")))
    return f" {name.replace('_', ' ')} " if name != sign else "□"


def _columns(sign: str) -> int:
    """Return how wide a sign is, in columns of Latin letters."""
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
