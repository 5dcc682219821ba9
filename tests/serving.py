"""`pippin serve` as a process of its own, and what programs send to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READY_SECONDS = 240


@dataclass
class Server:
    """A server that is ready: its port, its process, and where its log lies."""

    port: int
    process: subprocess.Popen[bytes]
    home: Path
    log_file: Path
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: Any = None, timeout: float = 120, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request over a connection of its own; status, headers (lower case) and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Ask for JSON."""
        status, _, body = self.ask("GET", path, **headers)
        return status, json.loads(body)

    def post(self, path: str, values: Any, **headers: str) -> tuple[int, Any]:
        """Send JSON and read the JSON of the answer."""
        body = values if isinstance(values, bytes) else json.dumps(values).encode()
        status, _, answer = self.ask("POST", path, body, Content_Type="application/json", **headers)
        return status, json.loads(answer)

    def send(self, path: str, files: dict[str, tuple[str, bytes]], **values: Any) -> tuple[int, Any]:
        """Send files as a form, and read the JSON of the answer."""
        parts = [f'Content-Disposition: form-data; name="arguments"\r\n\r\n{json.dumps(values)}'.encode()]
        for name, (file, content) in files.items():
            head = f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
            parts.append(head.encode() + content)
        body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
        status, _, answer = self.ask("POST", path, body, Content_Type="multipart/form-data; boundary=edge")
        return status, json.loads(answer)

    def wait(self, path: str, done: Any, seconds: float = READY_SECONDS) -> Any:
        """Ask for JSON again and again until `done` holds of it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            _, found = self.get(path)
            if done(found):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{path} still answers {found}")

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of the log so far that are whole."""
        lines = self.log_file.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n") and line.startswith("{")]

    def end(self, seconds: float = 30) -> int:
        """Ask it to leave as systemd and Docker do; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextmanager
def serving(*words: str, home: Path, database: str = "", headers: dict[str, str] | None = None) -> Iterator[Server]:
    """Run `pippin serve` with these words at a free port, until the block ends."""
    environment = {**os.environ, "PIPPIN_HOME": str(home), "OMP_NUM_THREADS": "1"}
    environment.pop("PIPPIN_DATABASE", None)
    if database:
        environment["PIPPIN_DATABASE"] = database
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as stderr:
            command = [sys.executable, "-m", "pippin", "serve", *words, "--port", "0"]
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=stderr)
        server = Server(0, process, home, log, headers or {})
        try:
            server.port = _port(server)
            _wait_until_ready(server)
            yield server
        finally:
            if process.poll() is None:
                server.end()
            assert process.poll() is not None


def _wait_until_ready(server: Server) -> None:
    until = time.monotonic() + READY_SECONDS
    while server.ask("GET", "/v2/health/ready")[0] != 200:
        assert server.process.poll() is None, server.log_file.read_text()
        assert time.monotonic() < until, server.log_file.read_text()
        time.sleep(0.1)


def _port(server: Server) -> int:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert server.process.poll() is None, server.log_file.read_text()
        for line in server.log:
            if line["event"] == "listening":
                return int(line["address"].rpartition(":")[2])
        time.sleep(0.1)
    raise AssertionError("no server: " + server.log_file.read_text())
