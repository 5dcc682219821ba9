"""One folder per application; each is found by scanning this package."""
