"""What playlists are called."""

from muse_lib.extras import require

require("text")
