"""The version of Pippin; the build reads it here."""

__version__ = "0.1.0"
