"""One style for all figures: sizes for a page, colours suitable for colour-blind readers."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import emoji
import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from muse_lib.figures.fonts import drawable, font_families

STYLE = mpl.rc_params_from_file(
    Path(__file__).with_name("house.mplstyle"), use_default_template=False
)
COLOURS: tuple[str, ...] = tuple(STYLE["axes.prop_cycle"].by_key()["color"])
MARKERS = "os^DvP*X<>"
GREY = "0.72"
GRID = "0.92"
WIDTH = STYLE["figure.figsize"][0]
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
