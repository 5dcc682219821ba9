"""Learning to see from images without labels: two views of one image are to look alike, those of others not."""
