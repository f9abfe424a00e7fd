"""An interactive page: pick songs, and see how each model would continue the playlist.

It runs in the reader's browser on vectors embedded in the page: no server, no requests.
"""

from muse_lib.report.play.page import play_page
from muse_lib.report.play.vectors import N_DIMS, compressed, share_kept

__all__ = ["N_DIMS", "compressed", "play_page", "share_kept"]
