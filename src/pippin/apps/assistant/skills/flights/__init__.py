"""The skill `flights`."""
