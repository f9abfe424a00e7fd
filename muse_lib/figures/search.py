"""Figures of a hyper-parameter search."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from muse_lib.figures.style import GREY, MARKERS, label

METRIC = {"pairs": "validation AUC", "ranking": "validation NDCG"}
"""The validation metric of each purpose."""

MOST_LETTERS = 30
"""Letters below half a page if every name, with a blank, has the room of the longest; with more
they turn."""

LONGEST_NOTE = 26
"""Letters that stand beside "light to dark"; more of them stand below."""


def plot_landscape(trials: pd.DataFrame, x: str, colour: str, ax: Axes) -> None:
    """Draw one dot per trial: columns ``point``, ``purpose``, ``value``, ``x`` and ``colour``.

    The values of ``x`` are equally spaced. The grey line joins their means, the dotted line marks
    the start of the search (point 0), and a ring marks the best trial. The shades are explained
    below the axis, so that a panel needs no legend.
    """
    values, place = np.unique(trials[x].to_list(), return_inverse=True)
    means = trials.groupby(x)["value"].mean()
    ax.axhline(
        trials.loc[trials["point"] == 0, "value"].max(), color=GREY, linewidth=0.8, linestyle=":"
    )
    ax.plot(range(len(means)), means, color=GREY, linewidth=1)
    shades = _shades(trials[colour])
    for k, (value, shade) in enumerate(shades.items()):
        here = (trials[colour] == value).to_numpy()
        marker = MARKERS[k % len(MARKERS)]
        ax.scatter(place[here], trials.loc[here, "value"], s=16, color=shade, marker=marker)
    best = trials["value"].to_numpy().argmax()
    ax.scatter(
        place[best], trials["value"].iloc[best], s=70, facecolors="none", edgecolors="0.2", zorder=3
    )
    names = [_shown(value) for value in values.tolist()]
    ax.set(xticks=range(len(values)), xticklabels=names, xlim=(-0.5, len(values) - 0.5))
    if len(names) * max(len(name) + 1 for name in names) > MOST_LETTERS:
        ax.tick_params(axis="x", labelrotation=45)
    _name_values(ax, trials["purpose"].iloc[0])
    ax.set_xlabel(label(x.replace("_", " ")), labelpad=2)
    if x != colour:
        shaded = f"{label(colour.replace('_', ' '))} {_range(list(shades))}"
        ax.annotate(
            f"light to dark:{' ' if len(shaded) <= LONGEST_NOTE else chr(10)}{shaded}",
            (0.5, 0),
            xycoords=ax.xaxis.label,
            xytext=(0, -2),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize="small",
            color="0.35",
        )


def _name_values(ax: Axes, purpose: str) -> None:
    """Label the y axis; of panels side by side, only the first one."""
    place = ax.get_subplotspec()
    if place is None or place.is_first_col():
        ax.set_ylabel(METRIC[purpose])


def _range(values: list[float | str]) -> str:
    """Return the first and last of some numbers, or all of some words."""
    if isinstance(values[0], str):
        return ", ".join(map(_shown, values))
    return " to ".join(map(_shown, dict.fromkeys([values[0], values[-1]])))


def plot_along(readings: pd.DataFrame, colour: str, ax: Axes, values: pd.Series) -> None:
    """Draw one line per trial: columns ``point, epochs, purpose, value`` and ``colour``.

    Panels with the same ``values``, all that ``colour`` takes in any of them, share a legend:
    `legend_along`.
    """
    styles = _styles(values)
    for _, line in readings.groupby("point"):
        ax.plot(line["epochs"], line["value"], **styles[line[colour].iloc[0]])
    ax.set(xlabel="epochs")
    _name_values(ax, readings["purpose"].iloc[0])


def legend_along(values: pd.Series) -> tuple[list[Line2D], list[str]]:
    """Return the lines and names of the legend of `plot_along`, one per value, in order."""
    styles = _styles(values)
    return [Line2D([], [], **style) for style in styles.values()], [*map(_shown, styles)]


def _styles(values: pd.Series) -> dict[float | str, dict[str, Any]]:
    """Return the colour and the marker of the line for each value."""
    return {
        value: {"color": shade, "marker": marker, "markersize": 3, "linewidth": 0.9}
        for (value, shade), marker in zip(_shades(values).items(), itertools.cycle(MARKERS))
    }


def _shown(value: float | str) -> str:
    """Return the text of a hyper-parameter's value, a number or a word, as short as it can be."""
    if isinstance(value, str):
        return label(value)
    if 0 < abs(value) < 0.01:
        mantissa, exponent = f"{value:e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:g}"


def _shades(values: pd.Series) -> dict[float | str, str]:
    """Return a colour for each value, darker for larger ones."""
    import seaborn as sns  # takes a second

    distinct = np.unique(values.to_list())
    palette = sns.color_palette("flare", len(distinct))
    return {value: to_hex(shade) for value, shade in zip(distinct.tolist(), palette, strict=True)}
