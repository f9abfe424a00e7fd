"""One style for all figures: sizes for a page, colours suitable for colour-blind readers."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import emoji
import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from muse_lib.figures.fonts import drawable, font_families

COLOURS = (
    *("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc"),
    *("#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9"),
)
"""The palette "colorblind" of seaborn."""

ON_MAPS = tuple("#7b4ab8" if colour == "#949494" else colour for colour in COLOURS)
"""The palette of maps, where grey is for all songs without a colour of their own."""

STYLE: dict[Any, Any] = {
    "axes.prop_cycle": cycler(color=COLOURS),
    "text.color": ".15",
    "axes.edgecolor": ".15",
    "axes.labelcolor": ".15",
    "xtick.color": ".15",
    "ytick.color": ".15",
    "grid.color": ".8",
    "patch.edgecolor": "white",
    "patch.force_edgecolor": True,
    "font.size": 9.600000000000001,
    "axes.labelsize": 9.600000000000001,
    "axes.titlesize": 9.600000000000001,
    "legend.title_fontsize": 9.600000000000001,
    "legend.fontsize": 8.8,
    "xtick.labelsize": 8.8,
    "ytick.labelsize": 8.8,
    "axes.axisbelow": True,
    "axes.linewidth": 1.0,
    "lines.linewidth": 1.2000000000000002,
    "lines.markersize": 4.800000000000001,
    "lines.solid_capstyle": "round",
    "patch.linewidth": 0.8,
    "xtick.major.size": 4.800000000000001,
    "ytick.major.size": 4.800000000000001,
    "xtick.major.width": 1.0,
    "ytick.major.width": 1.0,
    "xtick.minor.size": 3.2,
    "ytick.minor.size": 3.2,
    "xtick.minor.width": 0.8,
    "ytick.minor.width": 0.8,
    # the house's own
    "figure.dpi": 110,
    "figure.figsize": (5.2, 3.0),
    "figure.constrained_layout.use": True,
    "savefig.dpi": 160,
    "svg.hashsalt": "muse",  # makes the ids of SVGs reproducible
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
}
"""Seaborn's theme "ticks" in the context "paper", spelled out to the last digit of its products:
importing seaborn takes a second that most notebooks need not spend."""
MARKERS = "os^DvP*X<>"
GREY = "0.72"
GRID = "0.92"
WIDTH: float = STYLE["figure.figsize"][0]
"""Width of a figure in inches: its text is legible even on a phone, at half that size."""

INCHES_A_COLUMN, INCHES_A_MARK = 0.075, 0.5
"""Width of a character of a legend, and of the marker before a name with its margins."""

LONGEST_LABEL = 40
"""Maximum columns of a label; a Chinese character or an emoji takes two."""


def use_house_style() -> None:
    """Set the style of all figures drawn afterwards."""
    mpl.rcParams.update(STYLE)
    mpl.rcParams["font.family"] = font_families()


def label(text: str) -> str:
    """Make a title or a name safe to draw: it is data, never markup.

    Two ``$`` would be typeset as mathematics (``A$AP Rocky & Ke$ha``) and a leading ``_`` would
    hide the entry from a legend. Names in any script are drawn as written; an emoji newer than
    the font is replaced by its name, and any other character without a glyph by ``□``. Long names
    are cut between visible characters.
    """
    plain = " ".join("".join(map(_drawn, " ".join(text.split()))).split())
    escaped = cut(plain).replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


def legend_below(
    place: Figure | Axes, handles: Sequence[Artist], names: Sequence[str], title: str = ""
) -> None:
    """Put one legend below the figure, in as many columns as fit."""
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
    """Return a name cut to at most `LONGEST_LABEL` columns, with an ellipsis if it was longer."""
    if sum(map(_columns, text)) <= LONGEST_LABEL:
        return text
    columns, end = 0, 0
    while columns + _columns(text[end]) < LONGEST_LABEL:
        columns += _columns(text[end])
        end += 1
    # an accent or a joiner belongs to the character before it
    while end > 1 and (not _columns(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + "…"


def _drawn(sign: str) -> str:
    """Return the text to draw for one character: itself if a font has it."""
    category = unicodedata.category(sign)
    if sign in drawable() and category != "Cc":
        return sign
    if category in ("Cc", "Cf", "Mn"):
        return ""  # invisible: control characters, directions, variation selectors
    name = str(emoji.demojize(sign, delimiters=("", "")))
    return f" {name.replace('_', ' ')} " if name != sign else "□"


def _columns(sign: str) -> int:
    """Return the width of a character in columns of Latin letters."""
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
