"""A Firefox without a window, driven by Marionette, the protocol it brings: enough to open a page and look at it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIREFOX = next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), "")


class Firefox:
    """A connection; commands are [0, id, name, parameters], each after its length and a colon."""

    def __init__(self, port: int, patience: float) -> None:
        self._socket, self._sent = self._connect(port, patience), 0
        self._socket.settimeout(patience)
        self._read()  # a greeting
        self.ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})
        self.ask("WebDriver:SetTimeouts", {"script": int(patience * 1000), "pageLoad": int(patience * 1000)})

    @staticmethod
    def _connect(port: int, patience: float) -> socket.socket:
        end = time.monotonic() + patience
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port))
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def _read(self) -> Any:
        length = b""
        while (byte := self._socket.recv(1)) != b":":
            if not byte:
                raise ConnectionError("Firefox has gone")
            length += byte
        content = b""
        while len(content) < int(length):
            content += self._socket.recv(int(length) - len(content))
        return json.loads(content)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def ask(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        """Carry out a command and return its value."""
        self._sent += 1
        content = json.dumps([0, self._sent, name, parameters or {}]).encode()
        self._socket.sendall(b"%d:%s" % (len(content), content))
        _, _, problem, value = self._read()
        if problem:
            raise RuntimeError(f"{problem['error']}: {problem['message']}")
        return value

    def run(self, script: str) -> Any:
        """Return what a script returns."""
        return self.ask("WebDriver:ExecuteScript", {"script": script, "args": []})["value"]

    def wait(self, script: str, patience: float) -> None:
        """Wait until a script returns something true."""
        end = time.monotonic() + patience
        while not self.run(f"return !!({script})"):
            if time.monotonic() > end:
                raise TimeoutError(f"{script}\n{self.run('return document.body.innerText')[:2000]}")
            time.sleep(0.3)


@contextmanager
def started(profile: Path, patience: float) -> Iterator[Firefox]:
    """A Firefox with a new profile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    firefox = None
    try:
        firefox = Firefox(port, patience)
        yield firefox
    finally:
        if firefox:
            firefox.close()
        process.terminate()
        process.wait(timeout=30)
