"""Figures of training and evaluation."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from muse_lib.figures.style import COLOURS, GREY, GRID, MARKERS, label, legend_below

LINES = (
    *("-", "--", "-.", ":"),
    *((0, (7, 2)), (0, (7, 2, 1, 2, 1, 2)), (0, (3, 1, 3, 3))),  # long, dash and two dots, pairs
)
"""Seven line styles with ten colours: no two of seventy curves look alike."""


def plot_loss(history: pd.DataFrame, loss: str, ax: Axes) -> None:
    """Plot a loss by epoch; columns ``epoch`` and the one named by ``loss``."""
    names = {
        "loss": "Loss",
        "muse_loss": "J, over all pairs of songs",
        "contrastive_loss": "Contrastive loss",
    }
    ax.plot(history["epoch"], history[loss], color=COLOURS[0])
    decades = history[loss].max() > 10 * history[loss].min() > 0
    ax.set(yscale="log" if decades else "linear", xlabel="epoch", title=names[loss])


def plot_forest(table: pd.DataFrame, ax: Axes, *, chance: float | None = None) -> None:
    """Draw a forest plot of one metric: one row per model with its interval, best first.

    Parameters
    ----------
    table : DataFrame
        ``model, value, low, high``. With a column ``sees``, models that see the same data are
        grouped under a heading; with a column ``group``, each group has a colour and a marker.
    ax : Axes
        Where to draw; allow a fifth of an inch of height per row.
    chance : float, optional
        The score of guessing, drawn as a dotted line.
    """
    table = table.assign(sees=table.get("sees", ""), group=table.get("group", ""))
    table = table.sort_values("value", ascending=False, kind="stable")
    rows: list[tuple[str, bool]] = []
    placed = []
    for heading in dict.fromkeys(table.sort_index()["sees"]):
        rows += [(heading, True)] * bool(heading)
        models = table[table["sees"] == heading]
        placed.append(models.assign(y=len(rows) + np.arange(len(models))))
        rows += [(model, False) for model in models["model"]]
    drawn = pd.concat(placed)
    if chance is not None:
        ax.axvline(chance, color=GREY, linewidth=0.8, linestyle=":")
    for k, group in enumerate(dict.fromkeys(table.sort_index()["group"])):
        models = drawn[drawn["group"] == group]
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        ax.hlines(models["y"], models["low"], models["high"], color=colour, linewidth=1.4)
        name = label(group) if group else None
        ax.scatter(models["value"], models["y"], s=18, color=colour, marker=marker, label=name)
    for y in drawn["y"][1::2]:
        ax.axhspan(y - 0.5, y + 0.5, color="0.96", linewidth=0, zorder=0)
    ax.set(
        yticks=range(len(rows)),
        yticklabels=[label(name) for name, _ in rows],
        ylim=(len(rows) - 0.5, -0.5),
    )
    ax.tick_params(axis="y", length=0, labelcolor="0.35")
    for y, (_, is_heading) in enumerate(rows):
        if is_heading:
            ax.get_yticklabels()[y].set_color("black")
            ax.axhline(y - 0.5, color="0.3", linewidth=0.8)
    ax.grid(axis="x", color=GRID)
    handles, names = ax.get_legend_handles_labels()
    if names:
        legend_below(ax, handles, names)


def plot_beside_rule(table: pd.DataFrame, ax: Axes) -> None:
    """Draw one value per row with its interval, and the score of the "always similar" rule.

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


def plot_roc(table: pd.DataFrame, ax: Axes) -> None:
    """Plot ROC curves; columns ``model``, ``false_positive_rate``, ``true_positive_rate``."""
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
        xlabel="false positive rate",
        ylabel="true positive rate",
    )
    legend_below(ax, *ax.get_legend_handles_labels())  # inside, it would hide curves


def plot_lengths(table: pd.DataFrame, ax: Axes) -> None:
    """Plot the trade-off between seen and unseen songs; columns ``length, metric, value``.

    One line per metric; a dotted line where estimated songs count as much as trained ones.
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
    ax.set(xlabel="factor on the cosine of unseen songs", ylabel="mean over validation lists")
    ax.grid(axis="y", color=GRID)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def plot_ablation(table: pd.DataFrame, ax: Axes) -> None:
    """Draw one dot per setting with its interval; columns ``setting, value, low, high``."""
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
