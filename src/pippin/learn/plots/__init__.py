"""Charts as SVG, image grids, and images on a terminal."""
