"""Connections: silent and slow ones keep nobody out, and end."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest
from live import TOKEN, live_class

from pippin.web.connections import Limits
from pippin.web.pages import STATIC

SOON = Limits(header_seconds=0.5, idle_seconds=0.5, pace_seconds=0.5, unread_seconds=1.0)
HEAD = f"GET /v1/queue HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nX-Pippin: 1\r\n"


def ended(connection: socket.socket) -> bool:
    """Wait until the other side closes; whatever it says before that is read."""
    connection.settimeout(120)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def refused(connection: socket.socket, sent: bytes, pause: float = 0.0) -> bool:
    """Send the same again and again until the other side takes no more."""
    while True:
        try:
            connection.sendall(sent)
        except (ConnectionResetError, BrokenPipeError):
            return True
        time.sleep(pause)


def is_open(connection: socket.socket) -> bool:
    """Whether the other side has not closed it."""
    connection.setblocking(False)
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True


def test_a_thousand_silent_connections_of_the_same_address_keep_no_visitor_out(home: Path) -> None:
    with live_class() as live:
        before = live.visitor()
        silent = [live.socket() for _ in range(1000)]
        assert before.get("/v1/queue")[0] == 200
        newcomer = live.visitor()
        assert newcomer.get("/v1/queue")[0] == 200
        assert is_open(silent[-1])
        assert ended(silent[0])  # the oldest made room


def test_seventy_browsers_with_six_connections_each_fit(home: Path) -> None:
    with live_class() as live:
        browsers = [live.visitor() for _ in range(70)]
        kept = [live.browser(browser.cookies) for browser in browsers for _ in range(5)]
        assert {one.get("/v1/queue")[0] for one in kept} == {200}
        ports = [one.connection.sock.getsockname() for one in [*browsers, *kept]]
        assert {one.get("/v1/queue")[0] for one in [*browsers, *kept]} == {200}
        assert [one.connection.sock.getsockname() for one in [*browsers, *kept]] == ports


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "GET / HTTP/1.1\r\nHost: loc",
        "POST /v1/recognize/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
        HEAD.replace("GET /v1/queue", "POST /v1/recognize/models") + "Content-Length: 100\r\n\r\n{",
        HEAD + "\r\n",
        HEAD + "\r\nGET / HT",
    ],
    ids=["silent", "half a header", "half a body", "half a visitor's body", "kept alive", "half of a second header"],
)
def test_what_keeps_the_server_waiting_is_closed(sent: str, home: Path) -> None:
    with live_class(SOON) as live:
        connection = live.socket()
        connection.sendall(sent.encode())
        assert ended(connection)


@pytest.mark.parametrize("drip", [b"X-Slow: 1\r\n", b"\r\n"])
def test_a_header_that_never_ends_has_no_more_time(drip: bytes, home: Path) -> None:
    with live_class(SOON) as live:
        connection = live.socket()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" if drip != b"\r\n" else drip)
        assert refused(connection, drip, pause=0.05)


def test_who_reads_nothing_is_left(home: Path) -> None:
    with live_class(SOON) as live:
        connection = live.socket()
        large = max((STATIC / "assets").iterdir(), key=lambda path: path.stat().st_size)
        assert refused(connection, (HEAD.replace("/v1/queue", f"/assets/{large.name}") + "\r\n").encode())


def test_a_silent_handshake_is_closed_and_a_real_one_is_answered(home: Path) -> None:
    pytest.importorskip("cryptography")
    with live_class(SOON, secure=True) as live:
        assert ended(live.socket())
        connection = live.socket()
        connection.sendall(b"this is no handshake")
        assert ended(connection)
        trusted = ssl.create_default_context(cafile=str(home / "studio" / "certificate.pem"))
        with trusted.wrap_socket(live.socket(), server_hostname="localhost") as encrypted:
            encrypted.sendall((HEAD + "Connection: close\r\n\r\n").encode())
            answer = b"".join(iter(lambda: encrypted.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
