"""The page of `raredisease` in a real browser: a text becomes findings, they are ranked, the next question answered.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser_fixtures import ARGUMENTS, CHROMIUM, settled, visited

playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_findings_are_confirmed_ranked_and_asked_on(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}raredisease")
        page.get_by_text("Not a medical device").first.wait_for()
        page.get_by_label("Describe a patient, in English").fill("A tall boy with myopia, no hearing loss.")
        page.get_by_role("button", name="Find terms").click()
        findings = page.get_by_role("list", name="The patient's findings")
        findings.get_by_text("Myopia").wait_for()
        assert "No Hearing impairment" in findings.inner_text()
        page.get_by_label("Or search for a term").fill("arachnodactyly")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("button", name="Yes: Arachnodactyly", exact=True).click()
        page.get_by_role("button", name="Rank diseases").click()
        ranking = page.get_by_role("region", name="Ranking")
        ranking.get_by_text("None of these:").wait_for()
        assert ranking.get_by_role("list").first.get_by_role("listitem").count() == 10
        settled(page, f"raredisease-{size}")
        before = findings.get_by_role("listitem").count()
        ranking.get_by_role("button", name="Yes: ").first.click()
        playwright.expect(findings.get_by_role("listitem")).to_have_count(before + 1)
        page.get_by_label("Describe a patient, in English").fill("Guten Morgen")
        page.get_by_role("button", name="Find terms").click()
        page.get_by_role("alert").wait_for()
