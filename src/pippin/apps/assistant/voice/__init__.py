"""Speech: what was said, as text; and text, as speech."""
