"""What the poster prints, and whether it shows again."""
