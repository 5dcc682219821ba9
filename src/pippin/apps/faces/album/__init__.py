"""The files of an album: which of a folder are photographs, and how they are opened."""
