"""Responses that come late or out of order, and more runs than a browser opens connections: the pages stay right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, served, visited

from pippin.core.locks import lock
from pippin.core.run_record import ALIVE, Request

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")

RUNS = 8  # a browser opens 6 connections to a host
# Where the button that sends a form lies in it.
OFFSET = "form => form.querySelector('.main').getBoundingClientRect().top - form.getBoundingClientRect().top"
BEGUN = {"payload": {"run": "tables-20200101-000000-000000"}, "report": {}, "files": []}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio in which trainings wait."""
    home = tmp_path_factory.mktemp("home")
    with ExitStack() as held:
        for number in range(RUNS):
            folder = home / "runs" / f"tables-20200101-000000-00000{number}"
            folder.mkdir(parents=True)
            Request("tables", "train", begun=time.time()).write(folder)
            held.enter_context(lock(folder / ALIVE))
        yield held.enter_context(served(home))


def begin(page: Any) -> None:
    """Have the page believe that a training has begun."""
    page.route("**/v1/tables/train", lambda route: route.fulfill(json=BEGUN))
    page.get_by_role("button", name="Train", exact=True).click()


def test_an_older_list_of_runs_does_not_replace_a_newer_one(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        held: list[Any] = []
        page.route("**/v1/tables/runs", lambda route: route.continue_() if held else held.append(route))
        page.goto(f"{address}tables/train")
        begin(page)
        page.get_by_role("button", name="Stop").nth(RUNS - 1).wait_for()
        with page.expect_response("**/v1/tables/runs") as late:
            held[0].fulfill(json={"payload": {"runs": []}, "report": {}, "files": []})
        late.value.finished()
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.get_by_role("button", name="Stop").count() == RUNS


def test_what_is_pressed_does_not_move_when_its_cost_is_told(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        held: list[Any] = []
        page.route("**/cost/*", lambda route: held.append(route))
        for tab, names in (("train", ["Train"]), ("measure", ["Inspect it", "Score it", "Compare", "Draw the curve"])):
            page.goto(f"{address}tables/{tab}")
            buttons = [page.get_by_role("button", name=name, exact=True) for name in names]
            buttons[0].wait_for()
            before = [page.locator("form", has=button).evaluate(OFFSET) for button in buttons]
            for _ in range(2400):
                if len(held) >= len(names):
                    break
                page.wait_for_timeout(100)
            while held:
                held.pop().fulfill(json={"text": "A minute. " * 40})
            page.get_by_text("What it costs:").nth(len(names) - 1).wait_for()
            assert [page.locator("form", has=button).evaluate(OFFSET) for button in buttons] == before


def test_more_runs_than_connections_leave_the_page_alive(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}tables/train")
        page.get_by_role("button", name="Stop").nth(RUNS - 1).wait_for()
        page.get_by_text("It takes a moment to read the data").nth(RUNS - 1).wait_for()
        page.get_by_role("button", name="Stop").first.click()
        page.get_by_role("heading", name="Stopping").wait_for()
        page.get_by_role("link", name="Models", exact=True).click()
        page.locator("[data-verb=models] li").first.wait_for()
