"""Passwords of calendar servers: from the system's keyring, or asked for; never written by Pippin itself."""

from __future__ import annotations

import getpass
import sys
from importlib import import_module
from typing import Any

from pippin.core.errors import PippinError

SERVICE = "pippin assistant"


def find_password(host: str, user: str) -> str:
    """Return the password of a user of a server; PippinError where none is known and it cannot be asked for."""
    keyring = _keyring()
    if keyring is not None and (known := keyring.get_password(f"{SERVICE} {host}", user)):
        return str(known)
    if not sys.stdin.isatty():
        raise PippinError(
            f"The password of {user} at {host} is not in the system's keyring; connect it in a terminal, "
            "which asks for it.",
            input=host,
        )
    password = getpass.getpass(f"Password of {user} at {host}: ")
    if keyring is not None:
        keyring.set_password(f"{SERVICE} {host}", user, password)
    return password


def forget_password(host: str, user: str) -> None:
    """Remove a password from the keyring, where it is there."""
    keyring = _keyring()
    if keyring is not None and keyring.get_password(f"{SERVICE} {host}", user):
        keyring.delete_password(f"{SERVICE} {host}", user)


def _keyring() -> Any:
    """Return the system's keyring, or None where it has none or the package is not installed."""
    try:
        keyring = import_module("keyring")
        backend = import_module("keyring.backends.fail")
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), backend.Keyring) else keyring
