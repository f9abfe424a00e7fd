"""How good models are on playlists they have not seen, and how sure that is."""

from muse_lib.extras import require

require("baselines")
