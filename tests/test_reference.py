"""The pages of docs/reference are what the commands, signatures and the service's description give."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages as `make reference` writes them."""
    spec = importlib.util.spec_from_file_location("write_reference", DOCS / "write_reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written: dict[str, str] = module.pages()
    return written


@pytest.mark.parametrize("name", ["command-line.md", "applications.md", "python.md", "http.md"])
def test_page_is_up_to_date(pages: dict[str, str], name: str) -> None:
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == pages[name], "run `make reference`"


def test_no_other_page_stands_beside_them(pages: dict[str, str]) -> None:
    assert {path.name for path in (DOCS / "reference").glob("*.md")} == set(pages)


def test_every_command_and_address_is_listed(pages: dict[str, str]) -> None:
    for name in ("list", "studio", "doctor", "APPLICATION train", "APPLICATION inspect", "APPLICATION teach"):
        assert f"### pippin {name}\n" in pages["command-line.md"]
    for name in ("recognize discover", "lipread enroll", "tables columns", "upscale sample", "flappy watch"):
        assert f"### pippin {name}\n" in pages["applications.md"]
    assert "`--from-scratch" in pages["applications.md"]
    assert "POST /v1/APPLICATION/predict" in pages["http.md"]
    assert "## pippin.train\n" in pages["python.md"]
