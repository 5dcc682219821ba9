"""Which of two models is in use after a training: never the worse of two that were scored alike, unless asked for."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import pippin
from pippin.cli import top
from pippin.core import registry
from pippin.core.artifact import write_artifact
from pippin.core.errors import PippinError
from pippin.core.run import Run
from pippin.core.workspace import Workspace
from pippin.verbs.adoption import scored_alike

APP = "miniature"


def in_use() -> str:
    """The id of the model in use."""
    return Workspace().in_use(registry.get(APP), "english").id


def trained(**given: Any) -> dict[str, Any]:
    """What a training says in JSON."""
    return dict(pippin.train(APP, threads=1, **given).payload)


@pytest.fixture
def good(miniature: str) -> str:
    """A model in use that scores well."""
    return str(trained(epochs=20)["artifact"])


def test_a_worse_model_is_offered_and_a_better_one_used(good: str) -> None:
    worse = pippin.train(APP, threads=1, epochs=0.03)
    assert worse.payload["in_use"] is False
    assert in_use() == good
    offer = worse.payload["offer"]
    assert (offer["reason"], offer["artifact"], offer["metric"]) == ("worse", worse.payload["artifact"], "accuracy")
    assert offer["in_use"]["artifact"] == good
    assert offer["scores"]["accuracy"]["value"] < offer["in_use"]["scores"]["accuracy"]["value"]
    assert f"of {good}" in worse.notes[0]
    assert f"pippin miniature use {worse.payload['artifact']}" in worse.notes[0]
    assert "not in use yet" in worse.summary
    assert "--model" in worse.next
    pippin.use(APP, worse.payload["artifact"])
    better = trained(epochs=20, seed=1)
    assert (better["in_use"], better["offer"]) == (True, None)
    assert in_use() == better["artifact"]


def test_the_user_decides_where_the_user_says_so(good: str) -> None:
    worse = trained(epochs=0.03, use=True)
    assert in_use() == worse["artifact"]
    assert trained(epochs=20, seed=1, use=False)["in_use"] is False
    assert in_use() == worse["artifact"]


def test_the_command_line_decides_alike(good: str) -> None:
    def run(*words: str) -> dict[str, Any]:
        result = CliRunner().invoke(top, [APP, "train", "--threads=1", "--json", *words], standalone_mode=False)
        assert result.exception is None, result.exception
        return dict(json.loads(result.stdout))

    assert run("--epochs=0.03")["in_use"] is False
    assert run("--epochs=0.03", "--no-use", "--seed=2")["offer"] is None
    assert run("--epochs=0.03", "--use", "--seed=3")["in_use"] is True


def test_a_model_of_other_data_is_used_with_a_word(good: str, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("".join(f"{letter * n}i\t{letter}\n" for letter in "az" for n in range(1, 30)))
    other = pippin.train(APP, str(words), threads=1)
    assert in_use() == other.payload["artifact"]
    assert "not scored on the same examples" in other.notes[0]
    assert f"pippin miniature use {good}` brings it back" in other.notes[0]


def test_other_labels_of_the_same_words_are_other_examples(good: str, tmp_path: Path) -> None:
    from miniature.data import _made_up

    words = tmp_path / "words.txt"
    swap = {"early": "late", "late": "early", "middle": "middle"}
    lines = [line.partition("\t") for line in _made_up()]
    words.write_text("".join(f"{word}\t{swap[label]}\n" for word, _, label in lines))
    other = trained(data=str(words), epochs=0.03)
    assert in_use() == other["artifact"]


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Press Ctrl-C when this step is logged."""
    log = Run.log

    def logged(self: Run, **numbers: Any) -> None:
        log(self, **numbers)
        if numbers.get("step") == step:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Run, "log", logged)


def test_a_stopped_training_on_other_data_is_offered(
    good: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("".join(f"{letter * n}i\t{letter}\n" for letter in "az" for n in range(1, 30)))
    stop_at(monkeypatch, 5)
    stopped = trained(data=str(words))
    assert stopped["stopped"]
    assert stopped["offer"]["reason"] == "stopped"
    assert in_use() == good


def test_a_training_stopped_before_its_first_score_is_offered_even_where_there_is_no_other(
    miniature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("abba\tearly\nzuzu\tlate\n")  # too few to keep any apart
    stop_at(monkeypatch, 5)
    stopped = trained(data=str(words))
    assert stopped["scores"] == {}
    assert (stopped["in_use"], stopped["offer"]["reason"], stopped["offer"]["in_use"]) == (False, "unscored", None)
    with pytest.raises(PippinError, match="no model for english yet"):
        in_use()


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        (lambda facts: {}, True),
        (lambda facts: {"scored_fingerprint": "0" * 16}, False),
        (lambda facts: {"scored_fingerprint": None}, True),
        (lambda facts: {"scored_fingerprint": None, "data": {**facts["data"], "fingerprint": "0" * 16}}, False),
        (lambda facts: {"scored_fingerprint": None, "scored_on": "3 examples"}, False),
        (lambda facts: {"metric": {"name": "rmse", "lower_is_better": True}}, False),
    ],
)
def test_scores_are_compared_where_they_are_of_the_same_examples(
    good: str, change: Callable[[Any], dict[str, Any]], alike: bool
) -> None:
    app, space = registry.get(APP), Workspace()
    one = space.find(app, good)
    facts = {key: value for key, value in one.facts.items() if key not in ("checksum", "files", "parts", "format")}
    parts = {name: one.part(name) for name in one.facts["parts"]}
    other = write_artifact(space.artifacts, {**facts, "seed": 9, **change(facts)}, parts, one.learned)
    assert scored_alike(app, other, one) is alike


def test_games_are_compared_where_they_were_scored_alike() -> None:
    app = registry.get("flappy")
    built_in = Workspace().in_use(app, app.variant({}))
    from dataclasses import replace

    harder = replace(built_in, facts={**built_in.facts, "config": {**built_in.facts["config"], "cap": 20}})
    assert scored_alike(app, built_in, built_in)
    assert not scored_alike(app, harder, built_in)


def test_the_built_in_model_is_called_so_stays_and_comes_back() -> None:
    app = registry.get("flappy")
    built_in = Workspace().in_use(app, app.variant({}))
    listed = pippin.models("flappy")
    assert listed.payload["models"][0]["builtin"] is True
    assert "built-in, in use" in listed.tables[0].rows[0]
    with pytest.raises(PippinError, match="is the built-in model of flappy, which cannot be removed"):
        pippin.rm("flappy", built_in.id)
    space = Workspace()
    parts = {name: built_in.part(name) for name in built_in.facts["parts"]}
    facts = {key: value for key, value in built_in.facts.items() if key not in ("checksum", "files", "parts", "format")}
    mine = write_artifact(space.artifacts, {**facts, "seed": 9}, parts, built_in.learned)
    pippin.use("flappy", mine.id)
    assert "the built-in flappy" in pippin.use("flappy", "builtin").title
    assert Workspace().in_use(app, built_in.variant).id == built_in.id


def test_runs_show_the_report_of_a_training_and_never_overwrite_a_file(good: str, tmp_path: Path) -> None:
    (listed,) = pippin.runs(APP).payload["runs"]
    assert (listed["verb"], listed["state"], listed["artifact"], listed["report"]) == ("train", "finished", good, True)
    shown = pippin.runs(APP, listed["run"], out=tmp_path)
    assert shown.payload["artifact"] == good
    assert "trained" in shown.title
    made = Workspace().runs / listed["run"] / "files" / "plots" / "a.svg"
    made.parent.mkdir(parents=True)
    made.write_text("new")
    pippin.runs(APP, listed["run"], out=tmp_path)
    assert (tmp_path / "plots" / "a.svg").read_text() == "new"
    (tmp_path / "plots" / "a.svg").write_text("mine")
    with pytest.raises(PippinError, match="exists already; name another folder"):
        pippin.runs(APP, listed["run"], out=tmp_path)
    assert (tmp_path / "plots" / "a.svg").read_text() == "mine"
    with pytest.raises(PippinError, match="There is no run 'x'"):
        pippin.runs(APP, "x")
