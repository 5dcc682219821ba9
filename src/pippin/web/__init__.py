"""The studio: every application over HTTP and in the browser; it calls verbs and holds no logic of theirs."""
