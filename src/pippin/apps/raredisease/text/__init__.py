"""Text to terms, with negation and family history."""
