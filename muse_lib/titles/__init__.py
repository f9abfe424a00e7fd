"""Playlist titles: cleaned, encoded, and turned into song vectors and pairs."""

from muse_lib.extras import require

require("text")
