"""A terminal that takes nothing halts no server."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

import pytest

from pippin.web import terminal


def test_a_terminal_that_takes_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0.05)
    with os.fdopen(writing, "w") as pipe, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", pipe)
        done = threading.Event()

        def tell_much() -> None:
            for _ in range(100):
                terminal.tell_terminal("x" * 100_000)
            done.set()

        threading.Thread(target=tell_much, daemon=True).start()
        assert done.wait(60)
        os.close(reading)
        for thread in terminal._telling:
            thread.join(60)
        with suppress(BrokenPipeError):
            pipe.close()


def test_what_a_terminal_takes_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.tell_terminal("one")
    terminal.tell_terminal("two")
    assert capsys.readouterr().err == "one\ntwo\n"
