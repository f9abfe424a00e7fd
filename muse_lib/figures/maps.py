"""Maps of songs: t-SNE coordinates, coloured by artist or by genre."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from muse_lib.figures.style import GREY, MARKERS, ON_MAPS, WIDTH, label, legend_below

DARKER = 0.6
"""Brightness of a name relative to its songs: legible on white in any colour."""


def plot_maps(table: pd.DataFrame, colour_by: str, figure: Figure, *, n_coloured: int = 10) -> None:
    """Draw one map per variant, in two columns; the columns of `plot_map`, and ``variant``.

    The maps share one legend. The height of the figure depends on the number of variants.
    """
    variants = table["variant"].unique()
    n_columns = min(len(variants), 2)
    n_rows = -(-len(variants) // n_columns)
    figure.set_size_inches(WIDTH, 0.9 + n_rows * 0.97 * WIDTH / n_columns)
    axes = figure.subplots(n_rows, n_columns, squeeze=False)
    for ax in axes.flat[len(variants) :]:
        ax.set_visible(False)
    for ax, variant in zip(axes.flat, variants, strict=False):
        plot_map(table[table["variant"] == variant], colour_by, ax, n_coloured=n_coloured)
        ax.set_title(label(variant))
    handles, names = axes.flat[0].get_legend_handles_labels()
    if names:
        legend_below(figure, handles, names)


def plot_named_map(table: pd.DataFrame, kind: str, regions: pd.DataFrame, ax: Axes) -> None:
    """Draw a t-SNE map of songs with the names of its regions, each in the colour of its songs.

    A label has the same colour as on `plot_map` if it is among the most frequent there.

    Parameters
    ----------
    table : DataFrame
        ``x``, ``y`` and the column ``kind``. Songs whose label names a region are coloured, all
        others grey.
    kind : str
        The kind of label, such as "genre".
    regions : DataFrame
        ``name``, ``x``, ``y``, as returned by `muse_lib.evaluation.projection.named_regions`.
    ax : Axes
        Where to draw.
    """
    names = regions["name"].to_list()
    colours = _colours_of(names, most_frequent(table[kind], len(ON_MAPS)))
    rest = table[~table[kind].isin(names)]
    ax.scatter(rest["x"], rest["y"], s=5, color=GREY, linewidths=0, rasterized=True)
    for name, colour in colours.items():
        songs = table[table[kind] == name]
        ax.scatter(songs["x"], songs["y"], s=11, color=colour, linewidths=0, rasterized=True)
    _without_frame(ax)
    if (figure := ax.get_figure(root=True)) is not None:
        figure.draw_without_rendering()  # which moves the names to their final places
    written: list[Bbox] = []
    for name, x, y in zip(names, regions["x"], regions["y"], strict=True):
        text = ax.annotate(
            label(name),
            (x, y),
            xytext=(0, 9),  # above its songs, not on them
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize="large",
            color=[DARKER * part for part in to_rgb(colours[name])],
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )
        if text.get_window_extent().count_overlaps(written):
            text.set(position=(0, -9), va="top")  # below them, where another name is above
        written.append(text.get_window_extent())


def _colours_of(names: Sequence[str], frequent: Sequence[str]) -> dict[str, str]:
    """Return the colour of each name: that of its place among the frequent ones, or a free one."""
    colours = dict(zip(frequent, ON_MAPS, strict=False))
    used = {colours[name] for name in names if name in colours}
    free = cycle([colour for colour in ON_MAPS if colour not in used] or ON_MAPS)
    return {name: colours[name] if name in colours else next(free) for name in names}


def plot_map(table: pd.DataFrame, colour_by: str, ax: Axes, *, n_coloured: int = 10) -> None:
    """Draw a t-SNE map of songs; columns ``x``, ``y`` and the one named ``colour_by``.

    Each of the most frequent labels has a colour and a marker, so that the map also works in
    greyscale; all other songs are grey.
    """
    frequent = most_frequent(table[colour_by], n_coloured)
    rest = table[~table[colour_by].isin(frequent)]
    n_named = max(len(table) - len(rest), 1)
    size = np.clip(10_000 / n_named, 7, 15)  # points^2: the more marks, the smaller
    # rasterised: as vectors the dots are ten thousand lines of SVG
    ax.scatter(rest["x"], rest["y"], s=3, color=GREY, linewidths=0, rasterized=True)
    for k, value in enumerate(frequent):
        songs = table[table[colour_by] == value]
        ax.scatter(
            songs["x"],
            songs["y"],
            s=size,
            color=ON_MAPS[k % len(ON_MAPS)],
            marker=MARKERS[k % len(MARKERS)],
            linewidths=0.2,
            edgecolors="0.25",  # or light colours would be lost on white
            label=label(value),
            rasterized=True,
        )
    _without_frame(ax)


def _without_frame(ax: Axes) -> None:
    """Hide the axes, whose numbers mean nothing, and set an equal aspect ratio."""
    ax.set(xticks=[], yticks=[], xlabel=None, ylabel=None)
    ax.set_aspect("equal", adjustable="datalim")
    for side in ax.spines.values():
        side.set_visible(False)


def most_frequent(values: Iterable[str], n: int) -> list[str]:
    """Return the ``n`` most frequent labels, most frequent first, ties by name."""
    counts = Counter(value for value in values if value)
    return sorted(counts, key=lambda value: (-counts[value], value))[:n]
