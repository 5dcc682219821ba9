"""Who asks: tokens by cookie, header or address, and the signed names that the server gives to visitors."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from pippin.core.files import write_bytes
from pippin.core.locks import lock

COOKIE, VISITOR, TEACHER = "pippin-token", "pippin-visitor", "pippin-teacher"
NAME_LETTERS = 32  # of a visitor's name, hexadecimal
SIGNATURE_LETTERS = 32


class Signer:
    """Gives names to visitors and knows them again: name and HMAC-SHA256 of it under a key of the workspace."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self) -> str:
        """Return a name that no visitor has."""
        return secrets.token_hex(NAME_LETTERS // 2)

    def of_address(self, address: str) -> str:
        """Return the name shared by all programs of an address that bring the token and no cookie."""
        return self._digest(f"address {address}")[:NAME_LETTERS]

    def sign(self, name: str) -> str:
        """Return the cookie for a name."""
        return f"{name}.{self._digest(f'visitor {name}')[:SIGNATURE_LETTERS]}"

    def read(self, cookie: str) -> str | None:
        """Return the name in a cookie that this server signed, None of any other."""
        name = cookie.partition(".")[0]
        fine = len(name) == NAME_LETTERS and all(letter in "0123456789abcdef" for letter in name)
        return name if fine and equal(cookie, self.sign(name)) else None

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def stored_key(path: Path) -> bytes:
    """Return the key in a file that only its owner may read; it is made on first use."""
    with lock(path.with_suffix(".lock")):
        if not path.exists():
            write_bytes(path, secrets.token_bytes(32))
            path.chmod(0o600)
        return path.read_bytes()


def equal(given: str, secret: str) -> bool:
    """Return whether two texts are the same, in a time that does not tell how far they agree."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def offered(request: Request) -> list[str]:
    """Return the tokens a request brings: in its address, as `Authorization: Bearer`, and as cookies."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    found = [value for name, value in _query(request) if name == "token"]
    found += [bearer.strip()] if scheme.lower() == "bearer" else []
    found += [request.cookies.get(name, "") for name in (COOKIE, TEACHER)]
    return [token for token in found if token]


def in_address(request: Request) -> str:
    """Return the token in a request's address, "" if there is none."""
    return dict(_query(request)).get("token", "")


def without_token(request: Request) -> str:
    """Return the path a request asks for without the token in it; it never leads to another host."""
    place = "/" + request.url.path.lstrip("/\\")
    rest = urlencode([(name, value) for name, value in _query(request) if name != "token"])
    return f"{place}?{rest}" if rest else place


def _query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.url.query, keep_blank_values=True, errors="replace", max_num_fields=100)
