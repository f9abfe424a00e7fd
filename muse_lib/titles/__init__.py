"""What playlists are called."""
