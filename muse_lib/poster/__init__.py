"""The poster's printed results, and whether they replicate."""
