"""Figures of training and of how models are judged."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from muse_lib.figures.style import COLOURS, GREY, GRID, MARKERS, label

LINES = (
    *("-", "--", "-.", ":"),
    *((0, (7, 2)), (0, (7, 2, 1, 2, 1, 2)), (0, (3, 1, 3, 3))),  # long, dash and two dots, pairs
)
"""Seven, while colours are ten: no two of seventy curves look alike."""


def plot_loss(history: pd.DataFrame, loss: str, ax: Axes) -> None:
    """Draw a loss along the epochs; columns ``epoch`` and the one that ``loss`` names."""
    names = {
        "loss": "Loss",
        "muse_loss": "J, over all pairs of songs",
        "contrastive_loss": "Contrastive loss",
    }
    ax.plot(history["epoch"], history[loss], color=COLOURS[0])
    decades = history[loss].max() > 10 * history[loss].min() > 0
    ax.set(yscale="log" if decades else "linear", xlabel="epoch", title=names[loss])


def plot_forest(
    table: pd.DataFrame, ax: Axes, *, poster: pd.DataFrame | None = None, sort_by: str = ""
) -> None:
    """Draw values with intervals, one row a model; columns ``model, metric, value, low, high``.

    Metrics side by side within a model, told apart by colour and by marker.

    Parameters
    ----------
    table : DataFrame
        The values. With a column ``group`` too, models of one group stand together, and a line
        parts the groups.
    ax : Axes
        Where to draw; a third of an inch of height a model is enough.
    poster : DataFrame, optional
        The poster's own values, ``model, metric, value``, drawn hollow in the same rows.
    sort_by : str
        A metric by which the models of a group are ordered, the best first; by default they
        stand in the order of the table.
    """
    rows = _forest_rows(table, sort_by)
    metrics = list(dict.fromkeys(table["metric"]))
    printed = table.iloc[:0] if poster is None else poster[poster["model"].isin(rows.index)]
    for k, metric in enumerate(metrics):
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        aside = 0.76 * ((k + 0.5) / len(metrics) - 0.5)
        ours = table[table["metric"] == metric]
        y = rows["row"].loc[ours["model"]].to_numpy() + aside
        ax.hlines(y, ours["low"], ours["high"], color=colour, linewidth=1.4)
        name = label(metric.replace("_", " "))
        ax.scatter(ours["value"], y, s=16, color=colour, marker=marker, zorder=3, label=name)
        theirs = printed[printed["metric"] == metric]
        if len(theirs):
            y = rows["row"].loc[theirs["model"]].to_numpy() + aside
            ax.scatter(theirs["value"], y, s=26, fc="white", ec=colour, marker=marker, zorder=2.5)
    if len(printed):
        ax.scatter([], [], s=26, fc="white", ec="0.3", label="hollow: the poster")
    for row in rows["row"][1::2]:
        ax.axhspan(row - 0.5, row + 0.5, color="0.96", linewidth=0, zorder=0)
    for row in rows["row"][rows["group"].ne(rows["group"].shift())].iloc[1:]:
        ax.axhline(row - 0.5, color="0.3", linewidth=0.8)
    ax.set(
        yticks=rows["row"],
        yticklabels=[label(model) for model in rows.index],
        ylim=(len(rows) - 0.5, -0.5),
        xlabel="value with its 95 % interval",
    )
    ax.grid(axis="x", color=GRID)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def plot_beside_rule(table: pd.DataFrame, ax: Axes) -> None:
    """Draw one value a row, its interval, and what a rule that looks at nothing scores there.

    Columns ``model, value, low, high, always_similar``, in per cent.
    """
    y = np.arange(len(table))
    ax.hlines(y, table["low"], table["high"], color=COLOURS[0], linewidth=1.6)
    ax.scatter(table["value"], y, s=22, color=COLOURS[0], zorder=3, label="value, 95 % interval")
    ax.scatter(
        table["always_similar"],
        y,
        s=160,
        color=COLOURS[3],
        marker="|",
        linewidths=1.8,
        label="always “similar”",
    )
    ax.set(
        yticks=y,
        yticklabels=[label(model) for model in table["model"]],
        ylim=(len(table) - 0.5, -0.5),
        xlabel="per cent",
    )
    ax.grid(axis="x", color="0.92")


def _forest_rows(table: pd.DataFrame, sort_by: str) -> pd.DataFrame:
    """Return each model's ``row`` and ``group``, indexed by model, from the top."""
    rows = table.drop_duplicates("model").set_index("model")
    rows["group"] = rows.get("group", "")
    rows["of_group"] = pd.factorize(rows["group"])[0]
    rows["worse"] = -table[table["metric"] == sort_by].set_index("model")["value"]
    rows = rows.sort_values(["of_group", "worse"], kind="stable")
    return rows.assign(row=range(len(rows)))[["row", "group"]]


def plot_roc(table: pd.DataFrame, ax: Axes) -> None:
    """Draw ROC curves; columns ``model``, ``false_positive_rate``, ``true_positive_rate``."""
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
    for k, model in enumerate(table["model"].unique()):
        curve = table[table["model"] == model]
        ax.plot(
            curve["false_positive_rate"],
            curve["true_positive_rate"],
            color=COLOURS[k % len(COLOURS)],
            linestyle=LINES[k % len(LINES)],
            label=label(model),
        )
    ax.set(
        aspect="equal",
        xlabel="dissimilar pairs called similar",
        ylabel="similar pairs found",
        title="ROC curves",
    )
    # below: inside it would hide curves
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, fontsize="small"
    )


def plot_lengths(table: pd.DataFrame, ax: Axes) -> None:
    """Draw what seen and unseen songs gain and pay; columns ``length, metric, value``.

    One line a metric; a dotted line where estimated songs count as much as trained ones.
    """
    ax.axvline(1, color=GREY, linewidth=0.8, linestyle=":")
    for k, (metric, rows) in enumerate(table.groupby("metric", sort=False)):
        ax.plot(
            rows["length"],
            rows["value"],
            color=COLOURS[k % len(COLOURS)],
            marker=MARKERS[k % len(MARKERS)],
            markersize=4,
            label=label(str(metric)),
        )
    ax.set(xlabel="what the cosine of an unseen song counts", ylabel="mean over validation lists")
    ax.grid(axis="y", color=GRID)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def plot_ablation(table: pd.DataFrame, ax: Axes) -> None:
    """Draw one dot a setting with its interval; columns ``setting, value, low, high``."""
    y = np.arange(len(table))
    ax.axvline(0.5, color=GREY, linewidth=0.8, linestyle=":")
    ax.hlines(y, table["low"], table["high"], color=COLOURS[0], linewidth=1.6)
    ax.scatter(table["value"], y, s=22, color=COLOURS[0], zorder=3)
    for place in y[table["value"].isna()]:
        ax.annotate("diverges", (0.5, place), color="0.35", va="center", ha="left")
    ax.set(
        yticks=y,
        yticklabels=[label(setting) for setting in table["setting"]],
        ylim=(len(table) - 0.5, -0.5),
        xlabel="validation AUC",
    )
