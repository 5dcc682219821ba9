"""A PostgreSQL server of a test's own: Debian's package, started as user postgres on a free port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

FOUND = [
    *sorted(Path("/usr/lib/postgresql").glob("*/bin")),
    *([Path(which).parent] if (which := shutil.which("initdb")) else []),
]


class Postgres:
    """One server with one database; it can be stopped as by a crash, and started again at the same port."""

    def __init__(self) -> None:
        if not FOUND:
            pytest.skip("no PostgreSQL server here (Debian: apt-get install postgresql)")
        pytest.importorskip("psycopg")
        self.programs = FOUND[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="pippin-postgres-", dir="/tmp"))
        self.as_user: list[str] = []
        if os.name == "posix" and os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
            self.as_user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "pippin", "-A", "trust", "--no-sync", "-E", "UTF8")
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """The address as PIPPIN_DATABASE takes it."""
        return f"postgresql://pippin@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB"):
            command += ["-c", setting]
        self.process = subprocess.Popen(
            [*self.as_user, *command], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            if self._answers():
                return
            assert self.process.poll() is None, "PostgreSQL has ended"
            time.sleep(0.1)
        raise AssertionError("PostgreSQL does not answer")

    def stop(self) -> None:
        """Stop it at once, clients connected or not."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
            self.process = None

    def remove(self) -> None:
        """Stop it, and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, *statements: str) -> list[tuple[object, ...]]:
        """Execute statements each by itself; returns the rows of the last."""
        import psycopg

        rows: list[tuple[object, ...]] = []
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                found = connection.execute(statement)
                rows = found.fetchall() if found.description else []
        return rows

    def clear(self) -> None:
        """Drop all tables, and forget connections of this process."""
        from pippin.core.feedback import opened

        opened.cache_clear()
        self.execute("DROP TABLE IF EXISTS feedback, feedback_inputs, feedback_schema")

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.as_user, str(self.programs / program), *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
