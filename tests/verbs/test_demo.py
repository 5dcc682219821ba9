"""`demo` and `list`: every built-in model on its own sample, those you saved left out."""

from __future__ import annotations

from pathlib import Path

import miniature as package
import pytest

import pippin
from pippin.core import registry
from pippin.verbs.applications import listing
from pippin.verbs.demo import demo


@pytest.fixture
def only_miniature(miniature: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The miniature as the only application there is."""
    monkeypatch.setattr(registry, "_scanned", lambda: [])
    return miniature


def test_a_built_in_model_is_shown_at_work(
    only_miniature: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    made = pippin.train(only_miniature, threads=1).payload["artifact"]
    pippin.save_as(only_miniature, "mine")
    with monkeypatch.context() as patch:
        patch.setattr(type(package.application), "builtin_for", lambda self, variant: home / "artifacts" / made)
        shown = demo(out=tmp_path / "page" / "report.html")
    (found,) = shown.payload["applications"]
    assert (found["application"], len(found["answers"])) == ("miniature", 9)
    assert found["score"]["value"] > 0.8
    assert "made-up words" in (tmp_path / "page" / "report.html").read_text()


def test_an_application_without_a_built_in_model_does_not_end_it(only_miniature: str, tmp_path: Path) -> None:
    shown = demo(out=tmp_path / "report.html")
    assert shown.tables[0].rows == (("miniature", "no built-in model", None, None),)


def test_the_list_tells_what_each_is_for(only_miniature: str) -> None:
    (found,) = listing().payload["applications"]
    assert found == {
        "name": "miniature",
        "summary": package.application.summary,
        "input": "text",
        "answer": "early, middle or late",
    }
