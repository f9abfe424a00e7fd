"""How good models are on playlists they have not seen, and how sure that is."""
