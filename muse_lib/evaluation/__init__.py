"""Evaluate models on held-out playlists, with confidence intervals."""

from muse_lib.extras import require

require("baselines")
