"""Slides: tissue, tiles, stain, heat maps and annotations."""
