"""The skill `commute`."""
