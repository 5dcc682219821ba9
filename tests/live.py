"""A real server in a thread of this process: a class on 127.0.0.1, its visitors and what they send over sockets."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from pippin.web.addresses import own_names
from pippin.web.command import bound_socket
from pippin.web.connections import Limits
from pippin.web.server import server
from pippin.web.server_settings import ServerSettings

TOKEN, TEACHER = "a-long-secret", "the-teachers-secret"


@dataclass
class Visitor:
    """A visitor with cookies of their own, over one persistent connection."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: {"X-Pippin": "1"})

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=240)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Send a request; the status and the body of the answer."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {**self.headers, **({"Cookie": cookie} if cookie else {})}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.connection.request(method, path, body, given)
            answer = self.connection.getresponse()
        except (ConnectionError, http.client.HTTPException):  # it was kept for long enough
            self.connection.close()
            self.connection.request(method, path, body, given)
            answer = self.connection.getresponse()
        content = answer.read()
        for header in answer.headers.get_all("set-cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.answer = answer
        return answer.status, content

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Ask for something to read."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, values: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Have a command carried out."""
        status, content = self.ask("POST", path, json.dumps(values or {}).encode(), Content_Type="application/json")
        return status, json.loads(content)

    def send(self, path: str, files: dict[str, tuple[str, bytes]], **values: Any) -> tuple[int, Any]:
        """Have a command carried out on files."""
        parts = [f'Content-Disposition: form-data; name="arguments"\r\n\r\n{json.dumps(values)}'.encode()]
        for name, (file, content) in files.items():
            head = f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
            parts.append(head.encode() + content)
        body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
        status, content = self.ask("POST", path, body, Content_Type="multipart/form-data; boundary=edge")
        return status, json.loads(content)


@dataclass
class Live:
    """A class that is open, its port."""

    port: int
    sockets: ExitStack

    def visitor(self, token: str = TOKEN) -> Visitor:
        """Return a visitor who opened the address with the token."""
        made = self.browser({})
        status, _ = made.get(f"/v1/queue?token={urllib.parse.quote(token)}")
        assert status == 303
        assert made.get("/v1/queue")[0] == 200
        return made

    def stranger(self, **headers: str) -> Visitor:
        """Return a visitor without a token."""
        return self.browser({}, {name.replace("_", "-"): value for name, value in headers.items()})

    def browser(self, cookies: dict[str, str], headers: dict[str, str] | None = None) -> Visitor:
        """Return a visitor with these cookies."""
        made = Visitor(self.port, cookies, {"X-Pippin": "1"} if headers is None else headers)
        self.sockets.callback(made.connection.close)
        return made

    def socket(self) -> socket.socket:
        """A connection over which nothing was said."""
        return self.sockets.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=240))


@contextmanager
def live_class(limits: Limits = Limits(), **rules: Any) -> Iterator[Live]:  # noqa: B008 - a frozen value
    """Open a class; it ends with the block."""
    given = {"token": TOKEN, "teacher": TEACHER, "names": own_names("0.0.0.0"), "shared": True, "warm": False, **rules}
    listening = bound_socket("127.0.0.1", 0)
    running = server(ServerSettings(**given), "127.0.0.1", limits)
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not running.started:
            assert thread.is_alive()
            time.sleep(0.02)
        with ExitStack() as sockets:
            yield Live(listening.getsockname()[1], sockets)
    finally:
        running.should_exit = True
        thread.join(60)
        listening.close()


def join(live: Live, name: str) -> Visitor:
    """Return a pupil of a class with a lesson, who joined under a nickname."""
    pupil = live.visitor()
    status, told = pupil.post("/v1/class/join", {"name": name})
    assert (status, told["name"]) == (200, name)
    return pupil


def read(visitor: Visitor, path: str) -> Any:
    """Return the JSON at an address that must answer."""
    status, content = visitor.get(path)
    assert status == 200, content
    return json.loads(content)


def board(teacher: Visitor, action: str = "", **values: Any) -> Any:
    """Return the teacher's board, after an action where one is named."""
    if not action:
        return read(teacher, "/v1/teacher/board")
    status, told = teacher.post(f"/v1/teacher/board/{action}", values)
    assert status == 200, told
    return told
