"""Commands of its own."""
