"""Hyper-parameter search on validation playlists."""
