"""The study's variants of MuSE by name: what each switches on, and where it starts from.

Names and numbers alone; `muse_lib.models.muse.variants` makes a model of them.
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
"""The poster's four rows, in its order, and two beyond it: switches of one recipe."""

PRESETS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "muse-text": {"smoothing": 0.001, "dim": 100},
        "muse-lists": {"smoothing": 0.001, "dim": 100},
    }
)
"""Where a variant starts from other hyper-parameters than the poster's; chosen on validation."""
