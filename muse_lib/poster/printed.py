"""The poster's table of four models (Lee and Sarvesh, Stanford)."""

from types import MappingProxyType

import pandas as pd

NAMES = MappingProxyType(
    {
        "muse": "MuSE",
        "muse-artist": "MuSE + Artist Augmentation",
        "muse-contrastive": "MuSE + Contrastive Learning",
        "muse-artist-contrastive": "MuSE + Augmentation + Contrastive",
    }
)
"""The poster's name of each variant, in the order of its rows."""

METRICS = ("accuracy", "precision", "recall", "f1")

TABLE = MappingProxyType(
    {
        "muse": (65.30, 71.79, 82.35, 76.71),
        "muse-artist": (72.22, 77.92, 82.19, 79.98),
        "muse-contrastive": (69.61, 74.07, 85.71, 79.47),
        "muse-artist-contrastive": (74.55, 79.75, 84.00, 81.82),
    }
)
"""Per cent, in the order of `METRICS`, on pairs of unpublished Spotify playlists."""


def long_table() -> pd.DataFrame:
    """Return the poster's values as ``model, metric, value``, in [0, 1]: one row per value."""
    wide = pd.DataFrame(dict(TABLE), index=list(METRICS)) / 100
    return wide.rename_axis("metric").reset_index().melt("metric", var_name="model")
