"""The registry: applications by name; a broken one does not hide the others."""

from __future__ import annotations

from pathlib import Path

import miniature as package
import pytest

from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.execution import execute
from pippin.core.job import Job
from pippin.core.run import Budget


def test_a_plug_in_is_an_application(miniature: str) -> None:
    assert miniature in registry.names()
    assert registry.get(miniature) is package.application
    assert package.application in list(registry.all_applications())


def test_an_unknown_name_suggests_a_near_one(miniature: str) -> None:
    with pytest.raises(PippinError, match=r"There is no application 'minature'; did you mean miniature\?"):
        registry.get("minature")
    with pytest.raises(PippinError, match="`pippin list` shows them"):
        registry.get("/zzz/")


def test_one_that_cannot_be_imported_is_told_and_the_others_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = {
        "miniature": "miniature:application",
        "broken": "no_such_package:application",
        "wrong": "json:loads",
    }
    monkeypatch.setattr(registry, "_plugins", lambda: plugins)
    assert package.application in list(registry.all_applications())
    errors = registry.import_errors()
    assert {"broken", "wrong"} <= set(errors)
    assert "No module named 'no_such_package'" in errors["broken"]
    assert "is not an application" in errors["wrong"]
    with pytest.raises(PippinError, match="cannot be imported"):
        registry.get("broken")


def test_a_damaged_saved_application_is_told(miniature: str, home: Path) -> None:
    folder = home / "applications" / "flowers"
    folder.mkdir(parents=True)
    (folder / "artifact.json").write_text('{"package": "os"}')
    assert "flowers" in registry.names()
    assert "changed or damaged" in registry.import_errors()["flowers"]
    (home / "applications" / "Bad Name").mkdir()
    (home / "applications" / "Bad Name" / "artifact.json").write_text("{}")
    assert "Bad Name" not in registry.names()


def test_settings_and_left_out_verbs_are_refused_by_name() -> None:
    app = package.application
    assert app.fill_settings({"rate": 2}) == {"rate": 2, "language": "english", "folds": 0}
    with pytest.raises(PippinError, match="no setting 'x'; it has: rate, language, folds"):
        app.fill_settings({"x": 1})


def test_a_job_gives_scores_or_a_sentence() -> None:
    good = execute(Job("miniature:application", keep=True, train_size=9, budget=Budget(None, 20)))
    assert good.error is None
    assert good.scores["accuracy"].value > 0.5
    assert good.data["train"] == 9
    assert good.size > 0
    bad = execute(Job("miniature:application", data="/no/such/file"))
    assert bad.error == "Cannot read /no/such/file: it does not exist; check the path."
    assert execute(Job("no.such.package:application")).error is not None
