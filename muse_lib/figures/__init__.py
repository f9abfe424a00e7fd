"""Figures: each is a function of a table and an axis that computes and saves nothing.

Maps to explore in a browser are in `muse_lib.figures.interactive`: few notebooks need Bokeh.
"""

from muse_lib.extras import require

require("plots")

from muse_lib.figures.data import (
    plot_cost,
    plot_counts,
    plot_playlist_lengths,
    plot_popularity,
    plot_similarities,
    plot_weight_shares,
)
from muse_lib.figures.maps import plot_map, plot_maps, plot_named_map
from muse_lib.figures.models import (
    plot_ablation,
    plot_beside_rule,
    plot_forest,
    plot_lengths,
    plot_loss,
    plot_roc,
)
from muse_lib.figures.search import legend_along, plot_along, plot_landscape
from muse_lib.figures.style import label, legend_below, use_house_style

__all__ = [
    "label",
    "legend_along",
    "legend_below",
    "plot_ablation",
    "plot_along",
    "plot_beside_rule",
    "plot_cost",
    "plot_counts",
    "plot_forest",
    "plot_landscape",
    "plot_lengths",
    "plot_loss",
    "plot_map",
    "plot_maps",
    "plot_named_map",
    "plot_playlist_lengths",
    "plot_popularity",
    "plot_roc",
    "plot_similarities",
    "plot_weight_shares",
    "use_house_style",
]
