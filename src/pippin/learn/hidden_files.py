"""Files and folders that a system keeps for itself, which are no data."""

IGNORED = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"})


def is_hidden(name: str) -> bool:
    """Return whether a file or folder of this name is hidden or a system's."""
    return name.startswith(".") or name in IGNORED
