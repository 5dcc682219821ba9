"""The models page in a real browser: a model goes out and comes in, corrections go one by one, everything is erased."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, served, settled, visited

import pippin
from pippin.core import registry
from pippin.web.static_pages import STATIC

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytest.importorskip("onnx", reason="exporting needs the extra train")
pytestmark = pytest.mark.skipif(not CHROMIUM or not (STATIC / "index.html").exists(), reason="no chromium, or no pages")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> pippin.Workspace:
    """A workspace in which the built-in model of images was corrected three times."""
    space = pippin.Workspace(tmp_path_factory.mktemp("home"))
    inputs = [example.input for example in registry.get("recognize").load_data(None, {"features": ""}).test[:3]]
    for item, label in zip(inputs, ("conker", "marble", "plum"), strict=True):
        pippin.teach("recognize", item, label, workspace=space)
    return space


@pytest.fixture(scope="module")
def address(workspace: pippin.Workspace) -> Any:
    """A studio there."""
    with served(workspace.home) as found:
        yield found


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_model_goes_out_and_comes_in_with_its_corrections(
    browser: Any, address: str, size: str, tmp_path: Path, workspace: pippin.Workspace
) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}recognize/models")
        export = page.locator("[data-verb=export]")
        with page.expect_download() as download:
            export.get_by_role("button", name="Download").click()
        download.value.save_as(tmp_path / "model.zip")
        assert zipfile.is_zipfile(tmp_path / "model.zip")
        pull = page.locator("[data-verb=pull]")
        pull.locator("input[type=file]").set_input_files(tmp_path / "model.zip")
        pull.get_by_text(re.compile("was imported|was there already")).wait_for()
        export.get_by_role("button", name="Export").click()
        code = export.get_by_role("group", name="use.py")
        code.wait_for()
        assert "onnxruntime.InferenceSession" in code.inner_text()
        with page.expect_download() as download:
            export.get_by_role("button", name="All as one zip file").click()
        download.value.save_as(tmp_path / "files.zip")
        with zipfile.ZipFile(tmp_path / "files.zip") as archive:
            assert set(archive.namelist()) == {"recognize.onnx", "recognize.json", "card.md", "use.py", "use.mjs"}
        settled(page, f"models-export-{size}")
        page.close()


def test_what_is_no_model_is_refused_in_a_sentence(browser: Any, address: str, tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_text("no zip")
    with visited(browser, address, "desk", refusals=1) as page:
        page.goto(f"{address}recognize/models")
        pull = page.locator("[data-verb=pull]")
        pull.locator("input[type=file]").set_input_files(tmp_path / "notes.zip")
        pull.get_by_role("alert").wait_for()
        assert pull.get_by_role("alert").inner_text().startswith("notes.zip is not a whole zip file")
        page.close()


def test_the_line_on_the_page_runs(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize/models")
        page.get_by_text("Use by API").click()
        shown = page.get_by_role("group", name="a request about the sample")
        shown.wait_for()
        line = shown.inner_text()
        settled(page, "models-api-desk")
        page.close()
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert '"results"' in done.stdout, done.stderr


def test_one_correction_is_deleted_and_then_everything(browser: Any, address: str, workspace: pippin.Workspace) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize/models")
        history = page.locator("[data-verb=history]")
        history.get_by_text("3 corrections").wait_for()
        history.locator("li", has_text="marble").get_by_role("button").click()
        history.get_by_text("2 corrections").wait_for()
        assert "marble" not in history.inner_text()
        assert "1 correction was taken back" in history.inner_text()
        settled(page, "models-corrections-desk")
        erase = page.locator("[data-verb=erase]")
        erase.get_by_role("button", name="Of all applications").click()
        erase.get_by_text("2 corrections").wait_for()
        erase.get_by_role("button", name="Keep it").click()
        assert list((workspace.home / "inputs").iterdir())
        erase.get_by_role("button", name="Of all applications").click()
        settled(page, "models-erase-desk")
        erase.get_by_role("button", name="Erase it for good").click()
        erase.get_by_text("Everything of yours in all applications is erased.").wait_for()
        history.get_by_text("No corrections").wait_for()
        page.close()
    assert not list((workspace.home / "inputs").iterdir())
    assert not list((workspace.home / "artifacts").glob("*"))
