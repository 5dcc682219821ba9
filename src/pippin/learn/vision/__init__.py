"""Images: decoding, files, data sets, augmentation, near-duplicates, thumbnails."""
