"""The method of the poster."""
