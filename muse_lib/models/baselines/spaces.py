"""Which values of a rival's hyper-parameters a search tries, and how far it may widen them.

The first value is the function's own default. What is read along a run (`Rival.rounds`) is among
them: each of its values is a candidate like any other.
"""

from typing import Any

Values = dict[str, tuple[Any, ...]]
Bounds = dict[str, tuple[float, float, str]]

SEARCH: dict[str, Values] = {
    "item_knn": {
        "k": (0, 100, 300, 1000),
        "shrink": (30.0, 0.0, 3.0, 10.0, 100.0, 300.0),
        "weighting": ("tf-idf", "none", "bm25"),
    },
    "playlist_knn": {
        "k": (50, 10, 20, 100, 0),
        "weighting": ("bm25", "tf-idf", "none"),
        "power": (1.0, 0.5, 2.0, 4.0),
    },
    "greatest_hits": {"popularity_power": (1.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.5)},
    "ppmi_svd": {"dim": (50, 20, 100, 200, 300), "shift": (1.0, 2.0, 5.0, 10.0)},
    "item2vec": {
        "dim": (100, 20, 50, 200),
        "epochs": (50, 10, 20, 30, 75),
        "window": (2, 5),
        "negative_exponent": (0.75, -0.5, 0.0, 0.5, 1.0),
        "sample": (0.0, 1e-5, 1e-4, 1e-3),
        "step": (0.05, 0.025, 0.1),
    },
    "glove": {
        "dim": (100, 20, 50, 200),
        "epochs": (50, 10, 20, 30, 100),
        "x_max": (10.0, 1.0, 3.0, 30.0),
        "alpha": (0.75, 0.25, 0.5, 1.0),
        "step": (0.05, 0.02, 0.1, 0.2),
    },
    "als": {
        "factors": (20, 10, 50, 100, 200, 500),
        "regularization": (10.0, 1.0, 3.0, 30.0, 100.0, 300.0),
        "alpha": (10.0, 3.0, 30.0, 100.0),
        "frequency_scale": (0.0, 0.5, 1.0),
        "iterations": (15, 5, 10, 30),
    },
    "ease": {
        "regularization": (300.0, 3.0, 10.0, 30.0, 100.0, 1000.0, 3000.0, 10_000.0),
        "compare": ("predictions", "weights"),
    },
}
"""For each rival that has hyper-parameters, the values of each."""

WEIGHTS: Values = {
    "artist_weight": (0.5, 0.1, 0.25, 1.0, 2.0),
    "title_weight": (0.5, 0.1, 0.25, 1.0, 2.0),
}
"""The values of the weights of side information, for every rival that is given any."""

ALL = "0 takes all, and there are no more"
LENGTH = "the poster's vectors have 500 numbers, and nobody is given longer ones"
SHORT = "two directions are the fewest that can differ"
PATIENCE = "ten times the authors' rounds, beyond which time and not the method decides"

LIMITS: dict[str, Bounds] = {
    "item_knn": {
        "k": (0, 100_000, ALL),
        "shrink": (0, 100_000, "0 is the plain cosine; far above, the norms no longer count"),
    },
    "playlist_knn": {
        "k": (0, 100_000, ALL),
        "power": (0, 32, "0 lets all vote alike; far above, the most similar one votes alone"),
    },
    "greatest_hits": {
        "popularity_power": (0, 4, "0 leaves popularity out; far above, it decides alone")
    },
    "ppmi_svd": {
        "dim": (2, 500, LENGTH),
        "shift": (1, 100, "1 keeps all that is above chance; far above, no cell is left"),
    },
    "item2vec": {
        "dim": (2, 500, LENGTH),
        "epochs": (1, 200, PATIENCE),
        "window": (1, 20, "cost grows with it, and orders change every epoch"),
        "negative_exponent": (-1, 1, "at 1 negatives are drawn as songs occur, at -1 the reverse"),
        "sample": (0, 1, "0 passes over no song; above, all songs are rarer than it"),
        "step": (0.001, 0.4, "below, nothing moves in these epochs; above, vectors overflow"),
    },
    "glove": {
        "dim": (2, 500, LENGTH),
        "epochs": (1, 500, PATIENCE),
        "x_max": (1, 1000, "at 1 all seen pairs weigh alike; far above, no pair is ever capped"),
        "alpha": (0, 2, "at 0 all seen pairs weigh alike"),
        "step": (0.001, 1, "below, nothing moves in these epochs; above, vectors overflow"),
    },
    "als": {
        "factors": (2, 500, LENGTH),
        "regularization": (0.01, 10_000, "below, it does not show; above, all factors are 0"),
        "alpha": (1.1, 10_000, "at 1, what is held and what is not weigh alike"),
        "frequency_scale": (0, 1, "0 regularises all alike, 1 in proportion to frequency"),
        "iterations": (1, 150, PATIENCE),
    },
    "ease": {
        "regularization": (0.01, 1e6, "below, it does not show; far above, B is X'X over lambda")
    },
}
"""How far each number may go, lowest and highest, and why no further."""

WEIGHT_LIMITS: Bounds = {
    "artist_weight": (0, 32, "0 is the method alone; far above, its artists' part alone"),
    "title_weight": (0, 32, "0 is the method alone; far above, the titles alone"),
}
"""As `LIMITS`, for the weights of side information."""
