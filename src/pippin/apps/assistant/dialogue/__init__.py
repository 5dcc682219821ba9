"""A conversation: what was said becomes commands, and these move a stack of frames."""
