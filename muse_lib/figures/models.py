"""Figures of training and of how models are judged."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from muse_lib.figures.style import COLOURS, GREY, MARKERS, label

LINES = ("-", "--", "-.", ":")


def plot_loss(history: pd.DataFrame, loss: str, ax: Axes) -> None:
    """Draw a loss along the epochs; columns ``epoch`` and the one that ``loss`` names."""
    names = {
        "loss": "Loss",
        "muse_loss": "J, over all pairs of songs",
        "contrastive_loss": "Contrastive loss",
    }
    ax.plot(history["epoch"], history[loss], color=COLOURS[0])
    ax.set(yscale="log", xlabel="epoch", title=names[loss])


def plot_forest(table: pd.DataFrame, ax: Axes) -> None:
    """Draw values with intervals, one row a model; columns ``model, metric, value, low, high``.

    Metrics side by side within a model, told apart by colour and by marker.
    """
    models = list(dict.fromkeys(table["model"]))
    metrics = list(dict.fromkeys(table["metric"]))
    for k, metric in enumerate(metrics):
        rows = table[table["metric"] == metric]
        y = np.array([models.index(model) for model in rows["model"]], dtype=float)
        y += 0.7 * ((k + 0.5) / len(metrics) - 0.5)
        ax.hlines(y, rows["low"], rows["high"], color=COLOURS[k], linewidth=1.4)
        ax.scatter(
            rows["value"],
            y,
            s=18,
            color=COLOURS[k],
            marker=MARKERS[k % len(MARKERS)],
            zorder=3,
            label=label(metric.replace("_", " ")),
        )
    ax.set(
        yticks=range(len(models)),
        yticklabels=[label(model) for model in models],
        ylim=(len(models) - 0.5, -0.5),
        xlabel="value with its 95 % interval",
    )
    ax.grid(axis="x", color="0.92")
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
    ax.legend(frameon=False, loc="lower right")


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
