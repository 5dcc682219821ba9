"""A studio to ask: the service in this process, with the miniature application; or one of its own, and a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the studio needs its extra")

from starlette.testclient import TestClient

from pippin import engines
from pippin.web.app import service
from pippin.web.server_settings import ServerSettings

OURS = {"X-Pippin": "1"}
SHARED: dict[str, Path] = {}  # studios that modules share: their workspaces by address
WRITTEN: dict[str, list[tuple[int, int]]] = {}  # state of their corrections after the last test


@pytest.fixture
def studio(miniature: str) -> Iterator[Callable[..., TestClient]]:
    """Opens a studio under the rules given; by default those of one's own machine."""
    opened: list[Any] = []

    def open_one(client: tuple[str, int] = ("127.0.0.1", 5000), **rules: Any) -> TestClient:
        made = TestClient(
            service(ServerSettings(**{"warm": False, **rules})),
            "http://localhost:8017",
            headers=OURS,
            client=client,
            raise_server_exceptions=True,
        )
        made.__enter__()
        opened.append(made)
        return made

    yield open_one
    for one in opened:
        one.__exit__(None, None, None)
    engines.wait_for_workers(60)
    engines.forget_workers()


@pytest.fixture
def client(studio: Callable[..., TestClient]) -> TestClient:
    """A studio on one's own machine, its rate of requests no matter."""
    return studio(rate=1e6, burst=1e6)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio in a process of its own, the same for all modules of a test process.

    What a test teaches is taken back after it. Modules whose tests change which model is in use have a studio of their
    own.
    """
    from browser_fixtures import served

    home = tmp_path_factory.mktemp("home")
    with served(home) as found:
        SHARED[found] = home
        yield found


@pytest.fixture(autouse=True)
def _nothing_taught_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take back what a test taught in the studio that tests share."""
    yield
    address = getattr(request.node, "funcargs", {}).get("address")
    if address in SHARED and _corrections_written(SHARED[address]) != WRITTEN.get(address, []):
        from browser_fixtures import undo_all

        undo_all(address)
        WRITTEN[address] = _corrections_written(SHARED[address])


def _corrections_written(home: Path) -> list[tuple[int, int]]:
    """When the files of corrections in a workspace were written last, and how large they are."""
    return [(one.stat().st_mtime_ns, one.stat().st_size) for one in sorted(home.glob("feedback.sqlite*"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium."""
    from browser_fixtures import ARGUMENTS, CHROMIUM, PATIENCE
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        made.close()
