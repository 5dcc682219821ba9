"""`layers`: three layers of the network laid over an image, and which of their filters answer most."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin import cli
from pippin.apps.recognize.explain.layers import strongest

SAMPLE = Path(pippin.__file__).parent / "apps/recognize/sample"


def run(*words: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["pippin", "recognize", "layers", *map(str, words)])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_three_layers_of_four_filters_are_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "layers.html"
    image = SAMPLE / "apple" / "rendered_1.png"
    code, out, _ = run(image, "--html", page, "--json", capsys=capsys, monkeypatch=monkeypatch)
    told = json.loads(out)["layers"]
    assert code == 0
    assert [len(set(one["filters"])) for one in told] == [4, 4, 4]
    assert [max(one["filters"]) < size for one, size in zip(told, (32, 40, 1280), strict=True)] == [True] * 3
    assert page.read_text(encoding="utf-8").count("data:image/png") == 3
    assert pippin.Workspace().activity.entries()[-1].verb == "layers"


def test_an_image_of_one_colour_is_drawn_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO()
    Image.new("RGB", (9, 30), "white").save(content, "PNG")
    (tmp_path / "white.png").write_bytes(content.getvalue())
    assert run(tmp_path / "white.png", capsys=capsys, monkeypatch=monkeypatch)[0] == 0


@pytest.mark.parametrize("name", ["missing.png", ".", "text.png"])
def test_what_is_no_image_is_refused_in_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.png").write_text("no image")
    code, _, err = run(tmp_path / name, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, err.count("\n")) == (2, 1)


def test_the_filters_that_stand_out_most_come_first() -> None:
    maps = np.zeros((6, 4, 4), np.float32)
    maps[1, 0, 0], maps[4, 0, 0], maps[2] = 5, 9, 100  # the third answers everywhere alike
    assert strongest(maps)[:2] == [4, 1]
