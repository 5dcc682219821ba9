"""What was not seen is not taught: every row of a file has its answer in a grid, many images come as a sheet.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import csv
import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, rest, settled, visited

from pippin.core import registry

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")

STALL = registry.get("tables").folder / "sample" / "stall.csv"
SAMPLE = registry.get("recognize").folder / "sample"


def rows(path: Path, count: int) -> Path:
    """A file of so many rows with the columns of the built-in table."""
    lines = STALL.read_text().splitlines()
    body = [lines[1 + number % (len(lines) - 1)] for number in range(count)]
    path.write_text("\n".join([lines[0], *body]) + "\n")
    return path


def give(page: Any, address: str, path: Path) -> None:
    page.goto(f"{address}tables")
    page.get_by_role("group", name="Or a file of rows").locator("input[type=file]").set_input_files(path)


def corrections(address: str) -> int:
    return int(json.loads(urllib.request.urlopen(f"{address}v1/tables").read())["lessons"])


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_each_row_is_answered_and_corrected_by_itself(browser: Any, address: str, size: str, tmp_path: Path) -> None:
    before = corrections(address)
    with visited(browser, address, size) as page:
        give(page, address, rows(tmp_path / "rows.csv", 4))
        page.get_by_text("4 rows, each with its answer").wait_for()
        assert page.locator("tbody tr").count() == 4
        assert page.locator("tbody tr .answer b").count() == 4
        grid = page.get_by_role("group", name="The rows of rows.csv with their answers")
        if size == "desk":
            assert grid.evaluate("one => one.scrollWidth <= one.clientWidth")
        else:  # what is corrected stays in sight beside the columns that were given
            grid.evaluate("one => (one.scrollLeft = one.scrollWidth)")
            left = grid.evaluate("one => one.getBoundingClientRect().left")
            assert 0 < page.locator("tbody td.answer").first.bounding_box()["x"] - left < 60
            grid.evaluate("one => (one.scrollLeft = 0)")
            last = page.get_by_role("button", name="Why? Row 1").bounding_box()
            assert last["x"] + last["width"] <= 390
        page.get_by_role("button", name="Right: row 2").click()
        page.locator("tr[data-row='1'] .mark", has_text="taught").wait_for()
        assert corrections(address) == before + 1  # one row, not four
        page.get_by_role("button", name="Correct row 3").press("Enter")
        page.locator(".details input:focus").wait_for()
        page.keyboard.type("lemon")
        settled(page, f"rows-{size}-correcting")
        page.keyboard.press("Enter")
        page.locator("tr[data-row='2'] .answer", has_text="lemon").wait_for()
        assert page.evaluate("document.activeElement.dataset.row") == "2"
        assert page.locator(".mark").count() == 2
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save answers (CSV)").click()
        kept = list(csv.DictReader(saved.value.path().read_text().splitlines()))
        assert [row["taught"] for row in kept] == ["", "yes", "yes", ""]
        assert kept[2]["answer"] == "lemon"
        settled(page, f"rows-{size}-corrected")
        for left in (1, 0):
            page.get_by_role("button", name="Undo the last").locator("visible=true").click()
            page.get_by_text(f"{before + left} correction").locator("visible=true").wait_for()
        page.locator(".mark").first.wait_for(state="detached")


def test_many_rows_come_in_pages_sorted_and_filtered(browser: Any, address: str, tmp_path: Path) -> None:
    with visited(browser, address, "desk") as page:
        give(page, address, rows(tmp_path / "many.csv", 3000))
        page.get_by_text("3,000 rows, each with its answer").wait_for()
        assert page.locator("tbody tr").count() == 50
        page.get_by_role("button", name="Last", exact=True).click()
        page.get_by_text("Rows 2,951 to 3,000 of 3,000").wait_for()
        page.get_by_role("button", name="weight_g", exact=True).click()
        page.get_by_text("Rows 1 to 50 of 3,000").wait_for()
        assert page.locator("th[aria-sort=ascending]").inner_text().startswith("weight_g")
        weights = page.locator("tbody td.given:nth-of-type(5)").all_inner_texts()
        assert [float(one) for one in weights] == sorted(float(one) for one in weights)
        page.get_by_label("Rows that contain").fill("cider")
        page.get_by_text(re.compile(r"that fit, 3,000 in all")).wait_for()
        assert all("cider" in text for text in page.locator("tbody tr").all_inner_texts())
        # So many are not answered again after each correction, and the page says so.
        page.get_by_role("button", name=re.compile("^Right: row")).first.click()
        page.get_by_text("the answers of rows on other pages are from before").wait_for()
        settled(page, "rows-desk-many")
        page.get_by_role("button", name="Answer all rows again").click()
        page.get_by_text("from before").wait_for(state="detached")
        page.get_by_role("button", name="Undo the last").click()
        page.locator(".mark").first.wait_for(state="detached")
        # A further file is given below the table; the page goes up to its answers.
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_function("() => document.querySelector('.answers').getBoundingClientRect().top < 0")
        drop = page.get_by_role("group", name="Or a file of rows")
        drop.locator("input[type=file]").set_input_files(rows(tmp_path / "few.csv", 3))
        page.get_by_text("3 rows, each with its answer").wait_for()
        page.wait_for_function("() => document.querySelector('.answers').getBoundingClientRect().top >= 0")


def test_a_table_with_other_columns_leads_to_training(browser: Any, address: str, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("rooms,area,price\n" + "".join(f"{n % 5 + 1},{n * 3},{n * 1000}\n" for n in range(40)))
    with visited(browser, address, "desk") as page:
        give(page, address, path)
        page.get_by_text("No row has an answer: the model in use learned from a table with other columns").wait_for()
        assert page.get_by_role("button", name="Train on this table").count() == 1
        settled(page, "rows-desk-other-columns")
        page.get_by_role("button", name="Train on this table").click()
        page.get_by_text("It learns to estimate price").wait_for()


def test_what_was_just_taught_is_taken_back_where_it_was_taught(browser: Any, address: str) -> None:
    before = corrections(address)
    with visited(browser, address, "phone") as page:
        page.goto(f"{address}tables?sample=0")
        page.locator("p.answer").wait_for()
        page.get_by_role("button", name="Right").click()
        take_back = page.get_by_role("button", name="Take it back")
        take_back.wait_for()
        assert corrections(address) == before + 1
        settled(page, "taught-phone")
        take_back.click()
        take_back.wait_for(state="detached")
        page.wait_for_function("() => document.activeElement?.closest('article') !== null")
    assert corrections(address) == before


def test_what_speaks_for_a_row_is_told_in_words(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}tables?sample=0")
        page.locator("p.answer").wait_for()
        page.get_by_role("button", name="Right").click()
        page.locator("ul", has_text="most like").wait_for()
        assert "{" not in page.locator("article").inner_text()
        assert "weight_g" in page.locator("article ul").last.inner_text()
        page.get_by_role("button", name="Undo the last").click()
        page.locator("ul", has_text="most like").wait_for(state="detached")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_many_images_come_as_a_sheet_with_details_on_demand(browser: Any, address: str, size: str) -> None:
    files = [SAMPLE / label / f"rendered_{n}.png" for label in ("apple", "banana", "orange") for n in range(1, 6)]
    with visited(browser, address, size) as page:
        page.goto(f"{address}recognize")
        page.get_by_role("group", name="Drop images here").locator("input[type=file]").first.set_input_files(files)
        sheet = page.get_by_role("region", name="All answers")
        sheet.get_by_role("button", name=re.compile("^rendered_1.png: banana")).wait_for()
        page.wait_for_function(
            "() => document.querySelectorAll('section[aria-label=\"All answers\"] li').length === 15"
        )
        rest(page)
        settled(page, f"sheet-{size}")
        sheet.get_by_label("Show").select_option("banana")
        assert 0 < sheet.locator("li").count() < 15
        tile = sheet.locator("li button").first
        tile.press("Enter")
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="No, that’s").click()
        settled(page, f"sheet-{size}-open")
        dialog.get_by_label("No, that’s").fill("plantain")
        dialog.get_by_role("button", name="Teach").click()
        dialog.locator(".answer", has_text="plantain").wait_for()
        assert page.evaluate("document.activeElement !== document.body")
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        assert page.evaluate("document.activeElement !== document.body")
        sheet.get_by_label("Show").select_option("plantain")
        with page.expect_download() as saved:
            sheet.get_by_role("button", name="Save answers (CSV)").click()
        kept = list(csv.DictReader(saved.value.path().read_text().splitlines()))
        assert len(kept) == 15
        assert [row["taught"] for row in kept].count("plantain") == 1
        page.get_by_role("button", name="Undo the last").locator("visible=true").click()
        page.get_by_text("0 corrections").locator("visible=true").wait_for()
