"""Commands of `faces` beside the verbs: scan, name, suggest, tag, forget."""
