"""The skill `courses`."""
