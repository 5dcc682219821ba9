"""What an application declares for people: a place on the home page, and words for its metrics and commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from pippin.core import registry
from pippin.core.artifact import read_artifact
from pippin.core.errors import PippinError
from pippin.core.terms import GROUPS
from pippin.core.workspace import Workspace
from pippin.verbs import describe
from pippin.verbs.models import save_as

BUILT_IN = [app for app in registry.all_applications() if app.package.startswith("pippin.apps.")]


@pytest.mark.parametrize("app", BUILT_IN, ids=lambda app: app.name)
def test_each_application_says_what_it_does_and_has_a_model(app, tmp_path: Path) -> None:
    found = describe.line(app, Workspace(tmp_path))
    assert found["ready"]
    assert found["group"] in GROUPS
    assert found["action"][0].isupper()
    assert found["action"] != app.name.capitalize()


@pytest.mark.parametrize("app", BUILT_IN, ids=lambda app: app.name)
def test_every_metric_and_command_has_words_for_people(app, tmp_path: Path) -> None:
    found = describe.facts(app, Workspace(tmp_path))
    for folder in app.builtins:
        scores = read_artifact(folder).facts["scores"]
        assert scores.keys() <= found["metrics"].keys()
    for metric, term in found["metrics"].items():
        assert term["label"] != metric
        assert term["help"].endswith(".")
    for command in found["commands"]:
        assert command["label"][0].isupper()
        if command["own"] and not command["page"]:
            assert command["label"].lower() != command["name"].replace("-", " ")
            assert "--" not in command["help"]
    assert {own.name for own in app.commands} <= {command["name"] for command in found["commands"]}
    assert set(app.page.terms) - set(found["metrics"]) <= {command.name for command in app.commands}


def test_a_saved_application_is_listed_as_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path))
    save_as("tables", "stall", workspace=Workspace(tmp_path))
    lines = {line["name"]: line for line in describe.everything(Workspace(tmp_path))["applications"]}
    assert lines["stall"]["group"] == "mine"
    assert lines["tables"]["group"] == "decide"


def test_without_a_model_an_application_is_not_ready(miniature: str, tmp_path: Path) -> None:
    assert not describe.line(registry.get(miniature), Workspace(tmp_path))["ready"]


def test_images_of_one_label_are_tried_together() -> None:
    app = registry.get("recognize")
    found = describe.kinds(app)
    assert found["apple"] == 5
    shown = describe.samples_of(app, "apple")
    assert [one["truth"] for one in shown] == ["apple"] * 5
    assert len({describe.sample(app, one["sample"]).digest() for one in shown}) == 5
    assert all(one["thumbnail"].startswith("data:image/png;base64,") for one in shown)
    with pytest.raises(PippinError, match="no kind 'plum'; it has: apple"):
        describe.samples_of(app, "plum")
    assert describe.kinds(registry.get("tables")) == {}
