"""Runs in a real browser: not lost by a click, told what they cost, watched beside held-out examples, and offered."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, served, settled, visited

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")

SLOW = 300_000  # milliseconds for a training to begin, or to be scored, on a busy machine
ENDED = re.compile(r"Comparison: (finished|failed)")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio of its own, since models come into use in it."""
    with served(tmp_path_factory.mktemp("home")) as found:
        yield found


def facts(address: str, name: str) -> Any:
    """What an application declares."""
    with urllib.request.urlopen(f"{address}v1/{name}") as answer:
        return json.load(answer)


def test_a_comparison_is_not_lost_by_a_click_or_a_closed_tab(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}tables/measure")
        form = page.locator("[data-verb=compare]")
        form.get_by_label("sentence encoder").wait_for()
        assert not form.get_by_label("sentence encoder").is_checked()
        for method in ("network deep", "network (plain)", "average", "forest"):
            form.get_by_label(method).uncheck()
        form.get_by_text("2 trainings: 2 methods").wait_for()
        settled(page, "desk-methods")
        form.get_by_role("button", name="Compare").click()
        form.locator("[data-run]").wait_for()
        page.get_by_role("link", name="Train", exact=True).click()
        page.get_by_role("link", name="Measure", exact=True).click()
        page.locator("[data-verb=compare] [data-run]").wait_for()
    # The tab was closed; another finds the run, and its report.
    with visited(browser, address, "phone") as page:
        page.goto(f"{address}tables/runs")
        run = page.locator("[data-run=compare]")
        run.get_by_role("heading", name=ENDED).wait_for(timeout=SLOW)
        if run.get_by_role("button", name="Report").count():
            run.get_by_role("button", name="Report").click()
        run.get_by_role("cell", name="linear").or_(run.get_by_role("rowheader", name="linear")).first.wait_for()
        assert run.get_by_role("img", name="Time to learn").count() == 1
        assert "boosting" in run.inner_text()
        assert "network" not in run.inner_text()
        settled(page, "phone-run-report")
        page.goto(f"{address}tables/measure")
        page.locator("[data-verb=compare] [data-run]").get_by_role("heading", name=ENDED).wait_for()
        page.locator("[data-verb=compare] [data-run] table").first.wait_for()
        page.get_by_text(re.compile("2 trainings.*from how long|trainings: ")).first.wait_for()
        page.goto(f"{address}tables/runs")
        run.get_by_role("button", name="Delete…").click()
        run.get_by_text("Nothing brings it back.").wait_for()
        settled(page, "phone-delete-run")
        run.get_by_role("button", name="Keep it").click()
        run.get_by_role("button", name="Delete…").click()
        run.get_by_role("button", name="Delete it for good").click()
        page.get_by_text("Deleted. It took up").wait_for()
        assert page.locator("[data-run=compare]").count() == 0
        assert page.evaluate("document.activeElement.id") == "runs"


def test_amounts_of_a_curve_are_boxes_and_tell_what_they_cost(browser: Any, address: str) -> None:
    with visited(browser, address, "phone") as page:
        page.goto(f"{address}tables/measure")
        form = page.locator("[data-verb=curve]")
        form.get_by_text("6 sizes").wait_for()
        form.get_by_label("These amounts").check()
        form.get_by_label("100", exact=True).check()
        form.get_by_text("2 sizes").wait_for()
        form.get_by_label("all examples").uncheck()
        form.get_by_text(re.compile(r"trainings: \d methods, 3 seeds")).wait_for()
        form.get_by_label("100", exact=True).click()  # one amount is left, and stays
        assert form.get_by_label("100", exact=True).is_checked()
        assert "No single training takes more than 15m" in form.inner_text()
        settled(page, "phone-sizes")


def test_trainings_are_watched_stopped_and_offered(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}tables/train")
        page.get_by_label("How long it may learn").select_option("30s")
        page.get_by_text("It learns for 30 s, the time you chose").wait_for()
        page.get_by_label("How long it may learn").select_option("As long as it takes")
        page.get_by_text("As many passes as the learner takes").wait_for()
        for _ in range(2):
            page.get_by_role("button", name="Train", exact=True).click()
            page.get_by_role("button", name="Stop").nth(0).wait_for()
        page.get_by_text("Waiting for another run").first.wait_for()
        page.get_by_text("on held-out examples").wait_for(timeout=SLOW)
        page.get_by_text("on examples it learns from").wait_for()
        page.get_by_role("img", name="Loss over training steps").wait_for()
        settled(page, "desk-training")
        page.reload()  # a closed tab loses nothing
        page.get_by_text("Learning", exact=True).wait_for()
        for state in ("Waiting", "Learning"):
            page.locator("article", has_text=state).get_by_role("button", name="Stop").click()
        run = page.locator("[data-run=train]", has=page.get_by_text("Not in use yet."))
        run.wait_for(timeout=SLOW)
        run.get_by_role("button", name="Go on").wait_for()
        assert "the built-in model" in run.inner_text()
        assert facts(address, "tables")["model"]["builtin"]
        run.get_by_role("button", name="Compare").click()
        assert run.locator("tbody tr").count() >= 3
        settled(page, "desk-offered")
        run.get_by_role("button", name="Keep the one in use").click()
        assert facts(address, "tables")["model"]["builtin"]
        page.get_by_role("button", name="Use it").click()
        page.get_by_text("It is in use now.").wait_for()
        assert not facts(address, "tables")["model"]["builtin"]
        page.get_by_role("link", name="Use it").click()
        page.get_by_role("button", name="Answer").click()
        page.locator(".answer").wait_for()
        settled(page, "desk-row")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_built_in_model_comes_back_and_cannot_be_removed(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}tables/models")
        models = page.locator("[data-verb=models] li")
        built_in = models.filter(has_text="built-in")
        built_in.first.wait_for()
        assert built_in.get_by_role("button", name="Remove").count() == 0
        if size == "desk":
            assert (
                models.filter(has_not_text="built-in").get_by_role("button", name="Remove").count() == 0
            )  # it is in use
            settled(page, "desk-built-in")
            built_in.get_by_role("button", name="Back to built-in").click()
            built_in.get_by_text("in use").wait_for()
            assert facts(address, "tables")["model"]["builtin"]
        else:
            models.filter(has_not_text="built-in").get_by_role("button", name="Remove").click()
            models.nth(1).wait_for(state="detached")
        settled(page, f"{size}-models-built-in")
