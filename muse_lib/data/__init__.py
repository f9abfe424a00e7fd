"""Playlists: read, sampled and split."""
