"""Maps of songs: t-SNE coordinates, coloured by artist or by genre."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from muse_lib.figures.style import COLOURS, GREY, MARKERS, WIDTH, label


def plot_maps(table: pd.DataFrame, colour_by: str, figure: Figure, *, n_coloured: int = 10) -> None:
    """Draw one map a variant, side by side with one legend; `plot_map`'s columns and ``variant``.

    Up to four maps stand in two columns, more in three; the figure's height follows.
    """
    variants = table["variant"].unique()
    n_columns = min(len(variants), 2 if len(variants) <= 4 else 3)
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
        figure.legend(
            handles, names, loc="outside lower center", ncols=4, frameon=False, fontsize="small"
        )


def plot_map(table: pd.DataFrame, colour_by: str, ax: Axes, *, n_coloured: int = 10) -> None:
    """Draw songs where t-SNE puts them; columns ``x``, ``y`` and the one named ``colour_by``.

    The most frequent labels get a colour and a marker each, so that the map reads in grey too;
    all other songs stay grey.
    """
    frequent = most_frequent(table[colour_by], n_coloured)
    rest = table[~table[colour_by].isin(frequent)]
    n_named = max(len(table) - len(rest), 1)
    size = np.clip(10_000 / n_named, 7, 15)  # points^2: the more marks, the smaller
    ax.scatter(rest["x"], rest["y"], s=3, color=GREY, linewidths=0)
    for k, value in enumerate(frequent):
        songs = table[table[colour_by] == value]
        ax.scatter(
            songs["x"],
            songs["y"],
            s=size,
            color=COLOURS[k % len(COLOURS)],
            marker=MARKERS[k % len(MARKERS)],
            linewidths=0.2,
            edgecolors="0.25",  # else light colours are lost on white
            label=label(value),
        )
    ax.set(xticks=[], yticks=[], xlabel=None, ylabel=None)
    ax.set_aspect("equal", adjustable="datalim")
    for side in ax.spines.values():
        side.set_visible(False)


def most_frequent(values: Iterable[str], n: int) -> list[str]:
    """Return the ``n`` labels that most songs have, the most frequent first, ties by name."""
    counts = Counter(value for value in values if value)
    return sorted(counts, key=lambda value: (-counts[value], value))[:n]
