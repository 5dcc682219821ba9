"""Connections: silent and slow ones do not block others, and end."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest
from live import TOKEN, Visitor, live_class

from pippin.web.connections import Held, Limits, _least_worthy_first
from pippin.web.static_pages import STATIC

SOON = Limits(
    silent_seconds=0.5,
    header_seconds=0.5,
    idle_seconds=0.5,
    visitor_idle_seconds=0.5,
    pace_seconds=0.5,
    unread_seconds=1.0,
)
LONG = 3600.0
HEAD = f"GET /v1/queue HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nX-Pippin: 1\r\n"


def ended(connection: socket.socket) -> bool:
    """Wait until the other side closes, and read what it sends before."""
    connection.settimeout(120)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def answered(connection: socket.socket) -> bytes:
    """Ask for what only visitors may see; the head of the answer."""
    connection.sendall((HEAD + "\r\n").encode())
    return connection.recv(65536)


def port(visitor: Visitor) -> int:
    """The local port of a visitor's connection; another one where it had to connect again."""
    return visitor.connection.sock.getsockname()[1]


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
    with live_class(Limits(max_strangers=256)) as live:
        before = live.visitor()
        used = port(before)
        silent = [live.socket() for _ in range(1000)]
        assert before.get("/v1/queue")[0] == 200
        newcomer = live.visitor()
        assert newcomer.get("/v1/queue")[0] == 200
        assert ended(silent[0])  # the oldest made room
        assert is_open(silent[-1])
        assert before.get("/v1/queue")[0] == 200
        assert port(before) == used


def test_a_new_connection_has_time_to_send_its_request_whatever_comes_after_it(home: Path) -> None:
    with live_class(Limits(max_strangers=8, grace_seconds=LONG)) as live:
        quiet = live.socket()
        later = [live.socket() for _ in range(100)]
        assert live.visitor().get("/v1/queue")[0] == 200
        assert b" 200 " in answered(quiet)
        assert is_open(later[0])


def test_a_request_that_has_arrived_is_read_before_its_connection_has_to_make_room(home: Path) -> None:
    with live_class(Limits(max_strangers=4, grace_seconds=0.01)) as live:
        for _ in range(20):
            connection = live.socket()
            connection.sendall((HEAD + "\r\n").encode())
            silent = [live.socket() for _ in range(20)]
            assert b" 200 " in connection.recv(65536)
            assert ended(silent[0])


def test_a_visitors_connection_is_kept_for_longer_than_a_strangers(home: Path) -> None:
    with live_class(replace(SOON, visitor_idle_seconds=LONG)) as live:
        visitor = live.visitor()
        used = port(visitor)
        stranger = live.socket()
        stranger.sendall(b"GET /v1/queue HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ended(stranger)
        assert visitor.get("/v1/queue")[0] == 200
        assert port(visitor) == used
        assert visitor.answer.headers["keep-alive"] == "timeout=3240"


def test_browsers_close_an_idle_connection_before_the_studio_does() -> None:
    chromium, firefox, unused_in_chromium = 300, 115, 60  # seconds, their default settings
    assert Limits().visitor_idle_seconds > max(chromium, firefox)
    assert Limits().silent_seconds > unused_in_chromium


@pytest.mark.parametrize(
    "limits", [Limits(max_per_visitor=3), Limits(max_connections=7, max_strangers=4)], ids=["of one", "of all"]
)
def test_where_visitors_have_too_many_connections_the_answer_says_that_it_closes(limits: Limits, home: Path) -> None:
    with live_class(limits) as live:
        first = live.visitor()
        several = [first, live.browser(first.cookies), live.browser(first.cookies)]
        assert [one.get("/v1/queue")[0] for one in several] == [200] * 3
        used = [port(one) for one in several]
        surplus = live.browser(first.cookies)
        assert surplus.get("/v1/queue")[0] == 200
        assert surplus.answer.headers["connection"] == "close"
        assert [one.get("/v1/queue")[0] for one in several] == [200] * 3
        assert [port(one) for one in several] == used
        assert "connection" not in first.answer.headers


def test_where_no_more_connections_fit_the_silent_ones_go(home: Path) -> None:
    with live_class(Limits(max_connections=10, max_strangers=8)) as live:
        visitor = live.visitor()
        used = port(visitor)
        silent = [live.socket() for _ in range(9)]
        assert live.visitor().get("/v1/queue")[0] == 200
        assert ended(silent[0])
        assert visitor.get("/v1/queue")[0] == 200
        assert port(visitor) == used


def test_an_address_with_many_strangers_gives_room_to_one_with_few() -> None:
    many = [Held("10.0.0.1", None, since=float(number)) for number in range(4)]  # type: ignore[arg-type]
    few = [Held("10.0.0.2", None, since=-1.0)]  # type: ignore[arg-type]
    assert _least_worthy_first([*many, *few])[:3] == many[:3]


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
