"""Files on disk, and the digests of the code that made them."""
