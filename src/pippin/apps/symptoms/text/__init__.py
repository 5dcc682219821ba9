"""Text in everyday words to evidences, with negation and family."""
