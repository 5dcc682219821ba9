"""The page of `tables`: a table of one's own looked at, corrected, learned from, asked row by row and as a file.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import json
import random
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, served, settled, visited

import pippin
from pippin.core.workspace import Workspace

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")

FLOWERS = {"001": 1.4, "002_b": 4.2, "010": 5.5}  # petal length in cm by label, as a table writes labels


def flowers(path: Path) -> Path:
    """A table with labels of digits and underscores, a code that looks like a number, times, and a broken line."""
    rng = random.Random(1)
    lines = ["plot,petal_length,soil,seen_at,kind_"]
    for _ in range(120):
        kind = rng.choice(list(FLOWERS))
        plot, soil = rng.choice(("10115", "20095", "80331")), rng.choice(("sand", "clay_1", "peat"))
        moment = f"2024-05-{rng.randint(1, 28):02} {rng.randint(8, 18):02}:{rng.randint(0, 59):02}"
        lines.append(f"{plot},{rng.gauss(FLOWERS[kind], 0.4):.2f},{soil},{moment},{kind}")
    lines.insert(60, "7,8")
    path.write_text("\n".join(lines) + "\n")
    return path


def houses(path: Path) -> Path:
    """A table whose last column is a price with separators of thousands."""
    rng = random.Random(2)
    lines = ["house,area_m2,district,sold_on,price"]
    for number in range(160):
        area, district = rng.randint(40, 200), rng.choice(("old_town", "harbour", "west side"))
        price = area * 3000 + 50_000 * len(district) + rng.gauss(0, 15_000)
        sold = f"2023-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        lines.append(f'H{number:04},{area},{district},{sold},"{price:,.0f}"')
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio of its own, since models come into use in it."""
    with served(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio whose model in use estimates prices of houses."""
    home = tmp_path_factory.mktemp("prices")
    table = houses(home / "houses.csv")
    settings = {"width": 16, "blocks": 1, "members": 2, "combine": "network"}
    pippin.train("tables", str(table), epochs=2, threads=1, progress=False, workspace=Workspace(home), **settings)
    with served(home) as found:
        yield found


def give(page: Any, group: str, path: Path) -> None:
    """Choose a file where one is asked for."""
    page.get_by_role("group", name=group).locator("input[type=file]").first.set_input_files(path)


def take_back(page: Any) -> None:
    """Choose what cannot be predicted, read why, and go back to what was assumed."""
    page.get_by_label("Use of petal_length").select_option("Leave out")
    page.get_by_label("Use of kind_").select_option("Leave out")
    page.get_by_label("Use of plot").select_option("Leave out")
    page.get_by_role("alert").get_by_text("No column is left to learn 'soil' from").wait_for()
    assert "--" not in page.get_by_role("alert").inner_text()
    assert page.get_by_role("button", name="Train on this").is_disabled()
    settled(page, "tables-phone-refused")
    page.get_by_role("button", name="Take back what I chose").click()
    page.get_by_text("It learns to tell kind_ from 4 other columns.").wait_for()
    assert page.get_by_label("Use of plot").input_value() == "feature"


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_table_is_looked_at_corrected_and_learned_from(browser: Any, address: str, size: str, tmp_path: Path) -> None:
    table = flowers(tmp_path / "flowers.csv")
    with visited(browser, address, size, refusals=size == "phone") as page:
        if size == "desk":  # given to be answered, meant to be learned from
            page.goto(f"{address}tables")
            give(page, "Or a file of rows", table)
            page.get_by_text("No row has an answer").wait_for()
            settled(page, f"tables-{size}-asked")
            page.get_by_role("button", name="Train on this table").click()
        else:
            page.goto(f"{address}tables/train")
            page.get_by_label("Data of yours").check()
            give(page, "Your data", table)
        page.get_by_text("It learns to tell kind_ from 4 other columns.").wait_for()
        page.get_by_text("3 labels: 001, 002_b, 010").wait_for()
        page.get_by_text("120 rows, 5 columns. 1 line could not be read").wait_for()
        settled(page, f"tables-{size}-columns")
        page.get_by_text("1 line left out").click()
        page.get_by_text("it has 2 cells, not 5").wait_for()
        page.get_by_label("What plot holds").select_option("category")
        page.get_by_label("Use of seen_at").select_option("Leave out")
        page.get_by_text("from 3 other columns.").wait_for()
        page.get_by_label("Use of petal_length").select_option("Predict")
        page.get_by_text("It learns to estimate petal_length from 3 other columns.").wait_for()
        settled(page, f"tables-{size}-number")
        page.get_by_label("Use of soil").select_option("Predict")
        page.get_by_text("3 labels: clay_1, peat, sand").wait_for()
        if size == "phone":
            return take_back(page)
        page.get_by_text("More options").click()
        page.get_by_label("Epochs").fill("1")
        page.get_by_text("Settings of tables").click()
        assert page.get_by_label("Types").count() == 0  # they are chosen above
        for name, value in {"Width": "16", "Blocks": "1", "Members": "2"}.items():
            page.get_by_label(name, exact=True).fill(value)
        page.get_by_role("button", name="Train on this").click()
        page.get_by_text("Finished").first.wait_for()
        settled(page, f"tables-{size}-trained")
    made = json.loads(urllib.request.urlopen(f"{address}v1/tables").read())["model"]
    assert made["config"]["label"] == "soil"
    assert made["config"]["skip"] == "seen_at"
    assert json.loads(made["config"]["types"])["plot"][0] == "category"


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_number_is_estimated_with_its_interval_and_a_file_is_answered(
    browser: Any, prices: str, size: str, tmp_path: Path
) -> None:
    with visited(browser, prices, size) as page:
        page.goto(f"{prices}tables")
        page.get_by_label("district").wait_for()
        choices = page.get_by_label("district").locator("option").all_inner_texts()
        assert sorted(choices) == ["harbour", "not known", "old_town", "west side"]
        page.get_by_label("sold_on").fill("2023-07-01")
        page.get_by_label("area_m2").fill("120")
        page.get_by_role("button", name="Answer").click()
        page.get_by_text("Nine times in ten between").wait_for()
        answer, column = page.locator(".answer").inner_text().split()
        assert int(answer) > 100_000
        assert column == "price"
        page.get_by_role("button", name="No, it is").click()
        settled(page, f"tables-{size}-estimated")
        give(page, "Or a file of rows", houses(tmp_path / "more.csv"))
        page.get_by_text("160 rows, each with its answer").wait_for()
        settled(page, f"tables-{size}-answered")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save answers (CSV)").click()
        lines = saved.value.path().read_text().splitlines()
        assert len(lines) == 161
        assert lines[0].startswith("house,") or "answer" in lines[0]


def test_labels_are_shown_as_written_and_a_score_with_what_was_mistaken_for_what(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}tables")
        page.get_by_role("button", name="Answer").click()
        page.locator("dt", has_text="clay_1").wait_for()
        settled(page, "tables-desk-named")
        page.get_by_role("link", name="Measure").click()
        page.get_by_role("button", name="Score it").click()
        page.locator("[data-verb=evaluate] figure").first.wait_for()
        settled(page, "tables-desk-evaluated")


def test_the_score_of_a_number_fits_a_phone(browser: Any, prices: str) -> None:
    with visited(browser, prices, "phone") as page:
        page.goto(f"{prices}tables/measure")
        page.get_by_role("button", name="Score it").click()
        page.locator("[data-verb=evaluate] th", has_text="Root mean squared error").first.wait_for()
        settled(page, "tables-phone-evaluated")
        page.get_by_role("link", name="More").click()
        page.get_by_role("heading", name="What is each column taken for?").wait_for()
        settled(page, "tables-phone-more")
