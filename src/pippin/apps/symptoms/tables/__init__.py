"""The learned tables: how often each condition comes with each answer, and the likelihood of answers."""
