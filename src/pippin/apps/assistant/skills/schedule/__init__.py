"""The skill `schedule`."""
