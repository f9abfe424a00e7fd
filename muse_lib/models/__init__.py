"""Whatever says how alike two songs are and how a playlist could go on."""
