"""`pippin studio` as a command: safe by default, at home and in a class."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pippin.cli import main

pytest.importorskip("uvicorn", reason="the studio needs its extra")


def read_refusal(words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run `pippin studio` with words it refuses; returns what it prints."""
    monkeypatch.setattr("sys.argv", ["pippin", "studio", "--no-browser", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--host", "0.0.0.0"], "--token new"),
        (["--host", "192.0.2.1"], "--token new"),
        (["--host", "0.0.0.0", "--token", "short"], "soon guessed"),
        (["--port", "99999"], "no port"),
        (["--host", "192.0.2.1", "--token", "new"], "Cannot listen"),
    ],
)
def test_what_is_not_safe_is_refused(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sentence in read_refusal(words, capsys, monkeypatch)


@contextmanager
def served(*words: str) -> Iterator[str]:
    """A studio in a process of its own; its address."""
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"https?://\S+", line)
        assert found, line + process.stderr.read()
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)


def fetched(address: str, context: ssl.SSLContext | None = None) -> bytes:
    """What an address answers, asked until the server is up."""
    secure = urllib.request.HTTPSHandler(context=context)
    cookies = urllib.request.HTTPCookieProcessor()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), secure, cookies)
    for _ in range(100):
        try:
            with opener.open(address, timeout=120) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


def test_at_home_it_listens_here_alone() -> None:
    with served() as address:
        assert address.startswith("http://127.0.0.1:")
        assert b"Pippin" in fetched(address)


def test_a_class_joins_by_an_encrypted_address_with_its_token(home: Path) -> None:
    pytest.importorskip("cryptography")
    with served("--host", "0.0.0.0", "--token", "new", "--https") as address:
        plain, _, token = address.partition("?token=")
        local = re.sub(r"//[^:/]+", "//127.0.0.1", plain)
        trusted = ssl.create_default_context(cafile=str(home / "studio" / "certificate.pem"))
        with pytest.raises(urllib.error.HTTPError, match="401"):
            fetched(local, trusted)
        assert b"Pippin" in fetched(f"{local}?token={token}", trusted)
    if os.name == "posix":
        assert (home / "studio" / "key.pem").stat().st_mode & 0o077 == 0


def test_help_and_list_load_nothing_of_the_server() -> None:
    code = "import sys; sys.argv = ['pippin', '--help']\nfrom pippin.cli import main\nmain()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"fastapi", "uvicorn", "starlette", "pydantic"} & set(done.stdout.split())
