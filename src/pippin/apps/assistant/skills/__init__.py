"""Skills of the assistant: one folder each, with `skill.toml` and `skill.py`; a user's own lie in the workspace."""
