"""Read, sample and split playlists."""
