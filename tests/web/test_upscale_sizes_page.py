"""The page of `upscale`: sizes, denoising, and clips whose time is told before they begin.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser_fixtures import CHROMIUM, PATIENCE, SIZES, settled, visited
from PIL import Image

from pippin.apps.upscale.sample import scene

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
av = pytest.importorskip("av", reason="videos need the extra video")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of 12 frames in which a square moves."""
    background, path = np.asarray(scene(1, 96))[:64], tmp_path / "walk.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        for number in range(12):
            frame = background.copy()
            frame[20:36, 4 * number : 4 * number + 16] = (230, 60, 40)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("size", SIZES)
def test_any_size_is_offered(browser: Any, address: str, size: str, tmp_path: Path) -> None:
    with visited(browser, address, size, refusals=2 if size == "desk" else 1) as page:
        page.goto(f"{address}upscale")
        page.get_by_role("button", name="Try").nth(2).click()
        page.get_by_text("144 x 144").wait_for()
        page.get_by_label("another size").check()
        page.get_by_text("108 x 108").wait_for()
        if size == "desk":
            page.get_by_label("What the size means").select_option("so many pixels wide")
            page.get_by_text("8 times is the most").wait_for()  # 1920, of a small picture
            page.get_by_label("Pixels wide").fill("200")
            page.get_by_text("200 x 200").wait_for()
        page.get_by_label("What the size means").select_option("to fit into a box")
        page.get_by_text("8 times is the most").wait_for()
        page.get_by_label("Width of the box in pixels").fill("300")
        page.get_by_label("Height of the box in pixels").fill("250")
        page.get_by_text("250 x 250").wait_for()
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save").first.click()
        with Image.open(io.BytesIO(saved.value.path().read_bytes())) as found:
            assert found.size == (250, 250)
        assert saved.value.suggested_filename.endswith("-300x250.png")
        settled(page, f"upscale-{size}-sizes")


def test_noise_is_left_to_the_image_or_set(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}upscale")
        page.get_by_role("button", name="Try").nth(1).click()
        page.get_by_text("144 x 144").wait_for()
        with page.expect_request("**/upscale/predict") as asked:
            page.get_by_label("Take away as much noise as each image has").uncheck()
        assert asked.value.post_data_json["denoise"] == "0.5"
        with page.expect_request("**/upscale/predict") as asked:
            page.get_by_role("slider", name="Noise taken away").fill("0")
        assert asked.value.post_data_json["denoise"] == "0"
        settled(page, "upscale-desk-denoise")


@pytest.mark.parametrize("size", SIZES)
def test_a_clip_waits_until_its_time_is_told_and_is_played(browser: Any, address: str, size: str, film: Path) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}upscale")
        page.locator(".drop input[type=file]").first.set_input_files([film])
        page.get_by_text("1 clip").wait_for()
        page.get_by_text("with these settings").wait_for()
        settled(page, f"upscale-{size}-clip-waits")
        if size == "phone":
            return
        page.get_by_role("button", name="Make them larger").click()
        page.get_by_text("192 x 128, 12 frames").wait_for(timeout=PATIENCE)
        page.get_by_role("button", name="Look at walk.mp4").click()
        page.locator("video").wait_for()
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save walk-x2.mp4").click()
        with av.open(saved.value.path()) as container:
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert [frame.shape for frame in frames] == [(128, 192, 3)] * 12
        settled(page, f"upscale-{size}-clip")


def test_what_is_no_clip_is_told(browser: Any, address: str, tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with visited(browser, address, "desk", refusals=1) as page:
        page.goto(f"{address}upscale")
        page.locator(".drop input[type=file]").first.set_input_files([tmp_path / "broken.mp4"])
        page.get_by_text("broken.mp4 is damaged, or not a video").wait_for()
