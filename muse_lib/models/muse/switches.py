"""The study's variants of MuSE by name: the switches and presets of each.

Only names and numbers; `muse_lib.models.muse.variants` builds models from them.
"""

from collections.abc import Mapping
from types import MappingProxyType

Switches = Mapping[str, bool]

SWITCHES = ("artist_augmentation", "contrastive", "artist_vectors", "title_part", "list_part")

VARIANTS: Mapping[str, Switches] = MappingProxyType(
    {
        name: MappingProxyType({switch: switch in on for switch in SWITCHES})
        for name, on in {
            "muse": (),
            "muse-artist": ("artist_augmentation",),
            "muse-contrastive": ("contrastive",),
            "muse-artist-contrastive": ("artist_augmentation", "contrastive"),
            "muse-text": ("artist_vectors", "title_part"),
            "muse-lists": ("artist_vectors", "title_part", "list_part"),
        }.items()
    }
)
"""The poster's four models, in its order, and two more: switches of one recipe."""

PRESETS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "muse-text": {"smoothing": 0.001, "dim": 100},
        "muse-lists": {"smoothing": 0.001, "dim": 100},
    }
)
"""Hyper-parameters of variants that differ from the poster's; chosen on validation playlists."""
