"""Files as they lie on the disk, and what they follow from."""
