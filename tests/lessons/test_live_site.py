"""The lesson's pages with their program: files that are listed are there, and a hostile lesson stays text."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.core.errors import PippinError
from pippin.lessons import site_program
from pippin.lessons.command import learn
from pippin.lessons.reading import read_lesson
from pippin.lessons.site_packing import CHARSET, ascii_program, ascii_style, pack, split_planes

ROOT = Path(__file__).parents[2]

HOSTILE = """+++
title = "</script><b>title"
minutes = 3
path = true
+++
Text with `</script><script>alert(1)</script>`.

```task
id = "one"
text = "Do `<img src=x onerror=alert(1)>`."
verb = "watch"
application = "miniature"
xp = 2
```

```quiz
id = "two"
question = "Is `</script>` shown?"
choices = ["`<b>`", "no"]
answer = "a"
xp = 1
explanation = "`<!--`"
figure = { text = "`</script>` {n}", verb = "watch" }
```
"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program and a runtime with any content."""
    static = tmp_path / "static"
    for name in ("site/site.js", "site/site.css", "site/worker.js", "assets/onnx-runtime-x.gz", "licences.txt"):
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(f"{name} </script>")
    monkeypatch.setattr(site_program, "STATIC", static)
    return tmp_path / "site"


@pytest.fixture
def live(miniature: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An application that can be watched in a browser."""
    from pippin.core import registry

    def write(folder: Path) -> list[str]:
        folder.mkdir(parents=True)
        (folder / "model.bin").write_bytes(b"\x00\x01")
        return ["watch"]

    page = registry.get(miniature).page
    object.__setattr__(page, "browser_files", write)
    monkeypatch.setattr(site_program, "_applications", lambda lesson: [miniature])
    return miniature


@pytest.fixture
def hostile(tmp_path: Path) -> str:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "01-page.md").write_text(HOSTILE, encoding="utf-8")
    return str(folder)


def test_a_lesson_of_a_stranger_stays_text(built: Path, live: str, hostile: str) -> None:
    told = learn("site", out=built, lesson=hostile).payload
    assert told["live"] == [1]
    html = (built / "01-page.html").read_text(encoding="utf-8")
    assert "<img" not in html
    assert "<b>title" not in html
    assert re.findall(r"<script[^>]*>", html) == [
        '<script type="module" src="site.js">',
        '<script type="application/json" id="lesson">',
    ]
    facts = json.loads(re.search(r'id="lesson">(.*?)</script>', html, re.S)[1])  # type: ignore[index]
    assert facts["pages"][0]["title"] == "</script><b>title"
    assert facts["verbs"] == {live: ["watch"]}
    assert f'data-desk="{live}" data-verbs="watch"' in html
    assert "'unsafe-inline'" not in html
    assert not re.search(r"https?://", html)


def test_what_the_browser_is_to_keep_is_there(built: Path, live: str, hostile: str) -> None:
    learn("site", out=built, lesson=hostile)
    worker = (built / "service-worker.js").read_text(encoding="utf-8")
    listed = json.loads(re.search(r"const FILES = (\[.*\])", worker)[1])  # type: ignore[index]
    there = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert set(listed) == there - {"service-worker.js"}
    assert f"files/{live}/model.bin" in listed
    manifest = json.loads((built / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert (built / manifest["start_url"]).is_file()
    assert all((built / icon["src"]).is_file() for icon in manifest["icons"])


def test_another_content_is_another_version_and_the_same_is_the_same(built: Path, live: str, hostile: str) -> None:
    versions = []
    for text in ("", "", "More.\n"):
        page = Path(hostile) / "01-page.md"
        page.write_text(page.read_text(encoding="utf-8") + text, encoding="utf-8")
        learn("site", out=built, lesson=hostile)
        versions.append(re.search(r"pippin-lesson-(\w+)", (built / "service-worker.js").read_text())[1])  # type: ignore[index]
        for file in (built / "files" / live).iterdir():
            file.unlink()
        (built / "files" / live).rmdir()
    assert versions[0] == versions[1] != versions[2]


def test_one_file_holds_everything(built: Path, live: str, hostile: str) -> None:
    learn("site", out=built, lesson=hostile, single_file=True)
    assert [path.name for path in built.iterdir()] == ["lesson.html"]
    html = (built / "lesson.html").read_bytes().decode(CHARSET)
    assert not re.search(r'(src|href)="(?!#)', html)
    packed = pack(zlib.compress(b"\x00\x01", 9)).decode(CHARSET)
    assert f'data-name="files/miniature/model.bin" data-width="1">{packed}</script>' in html
    assert html.count("<script") == html.count("</script>") == 5  # facts, worker, runtime, model, program
    assert html[: html.index("</head>")].isascii()


@given(st.binary(max_size=300))
def test_what_is_packed_stays_as_it_is_in_a_page(content: bytes) -> None:
    packed = pack(content)
    assert not {0x00, 0x0D, 0x3C} & set(packed)  # what HTML changes, and what may end a script
    escaped = re.sub(rb"=(.)", lambda found: bytes([found[1][0] - 64]), packed, flags=re.DOTALL)
    assert escaped == content


def test_the_pages_unpack_what_is_packed() -> None:
    cases = json.loads((ROOT / "studio" / "src" / "site" / "packingCases.json").read_text(encoding="utf-8"))
    for case in cases:
        content, width = bytes.fromhex(case["content"]), case["width"]
        expected = zlib.compress(split_planes(content, width), 9) if width else content
        assert pack(expected).hex() == case["packed"], case["about"]


def test_letters_beyond_ascii_are_escaped() -> None:
    assert ascii_program("'“🍎'") == r"'\u201c\ud83c\udf4e'"
    assert ascii_style('a::before { content: "“b" }') == r'a::before { content: "\201c b" }'


def test_one_file_needs_its_program_and_something_to_compute(built: Path, hostile: str, tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="single-file"):
        learn("site", out=built, lesson=hostile, single_file=True)
    (tmp_path / "static" / "site" / "site.js").unlink()
    with pytest.raises(PippinError, match="make pages"):
        learn("site", out=built, lesson=hostile, single_file=True)


def test_an_application_that_cannot_is_left_to_read(
    built: Path, live: str, hostile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pippin.core import registry

    def refuse(folder: Path) -> list[str]:
        raise PippinError("its weights are missing.")

    object.__setattr__(registry.get(live).page, "browser_files", refuse)
    report = learn("site", out=built, lesson=hostile)
    assert report.payload["live"] == []
    assert any("its weights are missing." in note for note in report.notes)
    assert "data-desk" not in (built / "01-page.html").read_text(encoding="utf-8")


def test_every_page_of_the_lesson_names_its_state(built: Path, live: str) -> None:
    learn("site", out=built)
    for page in read_lesson().pages:
        html = (built / f"{page.name}.html").read_text(encoding="utf-8")
        assert html.count("data-task=") == len(page.tasks)
        assert html.count("data-quiz=") == len(page.quizzes)
