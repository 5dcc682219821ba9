"""The skill `food`."""
