"""Figures of the playlists and their counts."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from muse_lib.figures.style import COLOURS, GRID, MARKERS, label


def plot_popularity(table: pd.DataFrame, ax: Axes) -> None:
    """Plot the number of songs by number of playlists; columns ``n_playlists``, ``n_songs``."""
    ax.scatter(table["n_playlists"], table["n_songs"], s=14, color=COLOURS[0])
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="number of playlists",
        ylabel="number of songs",
        title="Popularity of songs",
    )


def plot_playlist_lengths(lengths: pd.DataFrame, ax: Axes) -> None:
    """Plot the distribution of playlist lengths; column ``n_songs``, one row per playlist."""
    import seaborn as sns  # takes a second

    sns.histplot(lengths, x="n_songs", bins=30, log_scale=True, color=COLOURS[1], ax=ax)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter("{x:,g}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel="songs in the playlist", ylabel="playlists", title="Length of playlists")


def plot_counts(table: pd.DataFrame, ax: Axes) -> None:
    """Plot the number of pairs by co-occurrence count; columns ``matrix, count, n_pairs``."""
    for k, matrix in enumerate(table["matrix"].unique()):
        rows = table[table["matrix"] == matrix]
        ax.scatter(
            rows["count"],
            rows["n_pairs"],
            s=14 + 20 * k,
            edgecolors=COLOURS[k % len(COLOURS)],
            facecolors="none" if k else COLOURS[0],  # so that the marks below stay visible
            marker=MARKERS[k % len(MARKERS)],
            linewidths=0.8 if k else 0,
            label=label(matrix),
        )
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="co-occurrence count",
        ylabel="number of pairs",
        title="Co-occurrence counts",
    )
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.legend(frameon=False)


def plot_weight_shares(table: pd.DataFrame, ax: Axes) -> None:
    """Plot unseen pairs' share of the weight in J; columns ``smoothing``, ``unseen_share``."""
    positions = np.arange(len(table))
    ax.barh(positions, table["unseen_share"], color=COLOURS[0], label="unseen pairs")
    ax.barh(
        positions,
        1 - table["unseen_share"],
        left=table["unseen_share"],
        color=COLOURS[1],
        hatch="///",
        edgecolor="white",
        label="seen pairs",
    )
    ax.set(
        yticks=positions,
        yticklabels=[f"{value:g}" for value in table["smoothing"]],
        xlim=(0, 1),
        xlabel="share of the weight in J",
        ylabel="smoothing κ",
        title="Weight of seen and unseen pairs in J",
    )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.28), ncols=2, frameon=False)


def plot_cost(table: pd.DataFrame, ax: Axes) -> None:
    """Plot operations per gradient by method; columns ``method``, ``operations``."""
    positions = np.arange(len(table))
    ax.scatter(table["operations"], positions, s=36, color=COLOURS[0], zorder=3)
    decades = np.log10(table["operations"])
    ax.grid(axis="x", color=GRID)
    ax.set(
        xscale="log",
        xlim=(10 ** np.floor(decades.min()), 10 ** np.ceil(decades.max() + 0.01)),
        yticks=positions,
        yticklabels=[label(method) for method in table["method"]],
        ylim=(len(table) - 0.4, -0.6),
        xlabel="floating-point operations for one gradient",
        title="Cost of one gradient",
    )
    ax.xaxis.set_minor_formatter(NullFormatter())


def plot_similarities(table: pd.DataFrame, similar: float, dissimilar: float, ax: Axes) -> None:
    """Plot the similarities of pairs of titles, with both thresholds; column ``cosine``."""
    import seaborn as sns  # takes a second

    sns.histplot(table, x="cosine", bins=60, color=COLOURS[0], linewidth=0, ax=ax)
    for threshold, side, text in (
        (dissimilar, "right", "negative "),
        (similar, "left", " positive"),
    ):
        ax.axvline(threshold, color="0.3", linewidth=1, linestyle="--")
        ax.annotate(text, (threshold, 0.97), xycoords=("data", "axes fraction"), ha=side, va="top")
    ax.margins(y=0.15)  # room for the words above the bars
    ax.set(xlabel="cosine of two titles", ylabel="pairs of titles", title="Similarity of titles")
