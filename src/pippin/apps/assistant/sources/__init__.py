"""Sources of the assistant: a user's own files and addresses, read, indexed and, once agreed, changed."""
