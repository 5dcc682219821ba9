"""Sphinx builds the pages of this folder as a site, strictly: `make docs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Which pages there are, and in which order; each is plain Markdown. A page that stands nowhere here ends the build.
PAGES = {
    "Start": ("quickstart", "studio"),
    "Applications": (
        "apps/recognize",
        "apps/tables",
        "apps/upscale",
        "apps/lipread",
        "apps/faces",
        "apps/assistant",
        "apps/raredisease",
        "apps/symptoms",
        "apps/pathology",
        "apps/flappy",
    ),
    "How to": (
        "how-to/teach",
        "how-to/train",
        "how-to/compare",
        "how-to/export",
        "how-to/pytorch-and-tensorflow",
        "how-to/serve",
        "how-to/class",
        "how-to/lesson",
        "how-to/health",
    ),
    "Reference": (
        "reference/command-line",
        "reference/applications",
        "reference/python",
        "reference/http",
        "reading",
        "glossary",
    ),
    "Explanation": ("results", "curves", "scale", "lesson-sentences", "architecture"),
    "Contribute": ("contributing/index", "contributing/names-and-prose", "add-an-application"),
}

project = "Pippin"
author = "The Pippin contributors"
version = release = re.findall(r'^__version__ = "(.+)"', (ROOT / "src/pippin/_version.py").read_text(), re.MULTILINE)[0]
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["examples", "images"]
nitpicky = True
html_theme = "furo"
html_title = "Pippin"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
html_static_path = ["site"]
html_css_files = ["site.css"]
# No picture, script or style of another host, and no search service: the pages work from a folder without a network.
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}


def _add_contents(app: Any, name: str, source: list[str]) -> None:
    """Append the list of pages to the first one, so that the Markdown itself stays plain."""
    if name == "index":
        for title, pages in PAGES.items():
            source[0] += "\n".join(["\n```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```", ""])


def setup(app: Any) -> None:
    """Connect the hook."""
    app.connect("source-read", _add_contents)
