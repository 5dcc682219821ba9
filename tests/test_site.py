"""The pages of docs/ build as a site, strictly, and the site asks no other host for anything."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("furo", reason="the extra dev builds the pages of docs/")
pytest.importorskip("myst_parser", reason="the extra dev builds the pages of docs/")

DOCS = Path(__file__).parents[1] / "docs"


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build as `make docs` does."""
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-d",
        target / "doctrees",
        source,
        target / "html",
    ]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


class Requests(HTMLParser):
    """What a browser fetches by itself when it opens a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag != "a":
            self.found += [value for name in ("src", "href", "srcset", "data") if (value := values.get(name))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    target = tmp_path_factory.mktemp("site")
    done = build(DOCS, target)
    assert done.returncode == 0, done.stderr
    return target / "html"


def test_every_page_is_built(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md") if "examples" not in path.parts}
    assert pages <= {path.relative_to(site) for path in site.rglob("*.html")}


def test_no_other_host_is_asked(site: Path) -> None:
    outward = re.compile(r"^(https?:)?//", re.IGNORECASE)
    for page in site.rglob("*.html"):
        assert not [link for link in Requests(page.read_text(encoding="utf-8")).found if outward.match(link)], page.name
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.findall(r"@import|url\(\s*[\"']?(?:https?:)?//", text), style.name


def test_a_broken_link_ends_the_build(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["myst_parser"]\nmyst_heading_anchors = 3\n')
    (source / "index.md").write_text("# A\n\n[a page](nowhere.md)\n")
    done = build(source, tmp_path / "target")
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr
