"""A page to play on: pick songs, and see how each model would continue the playlist.

It computes in the reader's browser, from vectors that it carries itself: no server, no request.
"""

from muse_lib.report.play.page import play_page
from muse_lib.report.play.vectors import compressed, share_kept

__all__ = ["compressed", "play_page", "share_kept"]
