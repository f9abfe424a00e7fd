"""Maps of songs: t-SNE coordinates, coloured by artist or by genre."""

import pandas as pd
from matplotlib.axes import Axes

from muse_lib.figures.style import COLOURS, GREY, MARKERS, label


def plot_map(table: pd.DataFrame, colour_by: str, ax: Axes, *, n_coloured: int = 10) -> None:
    """Draw songs where t-SNE puts them; columns ``x``, ``y`` and the one named ``colour_by``.

    The most frequent labels get a colour and a marker each, so that the map reads in grey too;
    all other songs stay grey.
    """
    named = table.loc[table[colour_by] != "", colour_by]
    frequent = list(named.value_counts(sort=True).sort_index().nlargest(n_coloured).index)
    rest = table[~table[colour_by].isin(frequent)]
    ax.scatter(rest["x"], rest["y"], s=5, color=GREY, linewidths=0)
    for k, value in enumerate(frequent):
        songs = table[table[colour_by] == value]
        ax.scatter(
            songs["x"],
            songs["y"],
            s=14,
            color=COLOURS[k % len(COLOURS)],
            marker=MARKERS[k % len(MARKERS)],
            linewidths=0,
            label=label(value),
        )
    ax.set(xticks=[], yticks=[], xlabel=None, ylabel=None)
    ax.set_aspect("equal", adjustable="datalim")
    for side in ax.spines.values():
        side.set_visible(False)
