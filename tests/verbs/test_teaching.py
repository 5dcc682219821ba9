"""The main job end to end: train, use, teach, correct, take back, ask, explain, export, keep."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from subprocess_targets import teach_and_die

import pippin
from pippin.core import registry
from pippin.core.artifact import read_artifact
from pippin.core.errors import PippinError
from pippin.core.inputs import Text
from pippin.core.loaded_models import _loaded
from pippin.core.values import Prediction
from pippin.core.workspace import Workspace


@pytest.fixture
def trained(miniature: str) -> dict[str, Any]:
    """What training on the sample reported."""
    return dict(pippin.train(miniature, threads=1).payload)


def answer(word: str, application: str = "miniature") -> Any:
    return pippin.predict(application, word).payload["results"][0]["answer"]


def sample() -> Any:
    return registry.get("miniature").load_data(None, {})


def test_a_fresh_workspace_says_what_to_do_first(miniature: str) -> None:
    with pytest.raises(PippinError, match="`pippin miniature train DATA` makes one"):
        pippin.predict(miniature, "abc")
    assert pippin.models(miniature).payload["models"] == []


def test_training_reports_and_puts_into_use(trained: dict[str, Any], home: Path) -> None:
    assert trained["scores"]["accuracy"]["value"] > 0.8
    assert trained["baseline"]["name"] == "most-frequent"
    assert not trained["stopped"]
    assert Workspace().in_use(registry.get("miniature"), "english").id == trained["artifact"]
    artifact = read_artifact(home / "artifacts" / trained["artifact"])
    assert artifact.facts["data"]["fingerprint"] == sample().fingerprint()
    assert artifact.facts["command"] == "pippin miniature train --seed 0 --threads 1"
    assert "free for any use" in (artifact.folder / "README.md").read_text()


def test_the_same_seed_gives_the_same_model(trained: dict[str, Any]) -> None:
    def weights(name: str) -> np.ndarray:
        return Workspace().find(registry.get("miniature"), name).part("model").tensors["weights"]

    again, other = (pippin.train("miniature", seed=seed, threads=1).payload["artifact"] for seed in (0, 1))
    np.testing.assert_array_equal(weights(again), weights(trained["artifact"]))
    assert not np.array_equal(weights(other), weights(trained["artifact"]))


def test_evaluate_agrees_with_train_and_prints_the_agreed_keys(trained: dict[str, Any]) -> None:
    found = json.loads(pippin.evaluate("miniature").to_json())
    assert set(found) == {
        "application", "artifact", "data", "metric", "scores", "before_refit", "details", "baseline", "seconds"
    }  # fmt: skip
    assert found["data"] == {"name": "made-up words", "examples": 18, "fingerprint": sample().fingerprint()}
    assert found["scores"] == trained["scores"]
    assert found["baseline"] == trained["baseline"]
    assert set(found["scores"]["accuracy"]) == {"value", "low", "high"}


def test_predict_prints_the_agreed_keys_on_one_line(trained: dict[str, Any]) -> None:
    line = pippin.predict("miniature", "abba", "tutu").to_json()
    assert "\n" not in line
    found = json.loads(line)
    assert set(found) == {"application", "artifact", "results", "skipped", "seconds"}
    keys = {"input", "answer", "confidence", "interval", "known", "alternatives", "evidence", "files", "error"}
    assert [set(result) for result in found["results"]] == [keys, keys]
    assert [result["answer"] for result in found["results"]] == ["early", "late"]
    assert set(found["results"][0]["alternatives"][0]) == {"answer", "confidence"}


def test_bad_inputs_are_skipped_and_all_bad_ones_refused(trained: dict[str, Any]) -> None:
    bad = Text(content=b"\xff", name="bad")
    found = pippin.predict("miniature", "abba", bad)
    assert (found.payload["skipped"], found.payload["results"][1]["error"]) == (
        1,
        "bad is not text; give UTF-8.",
    )
    assert "Skipped: bad is not text; give UTF-8." in found.notes
    with pytest.raises(PippinError, match="bad is not text") as caught:
        pippin.predict("miniature", bad)
    assert caught.value.input == "bad"
    with pytest.raises(PippinError, match="Name at least one input"):
        pippin.predict("miniature")


def test_teach_counts_at_once_is_kept_and_undone(trained: dict[str, Any]) -> None:
    report = pippin.teach("miniature", "abba", " band ")
    assert report.summary == "I said early; you say no, that's band. Now I say band."
    assert report.payload["taught"][0]["before"]["answer"] == "early"
    assert set(report.payload["seconds"]) == {"learn", "store"}
    assert answer("abba") == "band"
    _loaded.clear()  # as a new process would find it
    assert answer("abba") == "band"
    assert pippin.history("miniature").payload["taught"][0]["answer"] == "band"
    undone = pippin.undo("miniature").payload
    assert (undone["undone"], undone["rows"]) == ([{"input": "abba", "answer": "band"}], 0)
    assert answer("abba") == "early"
    assert pippin.history("miniature").payload["taught"][0]["undone"] is not None
    with pytest.raises(PippinError, match="is left to undo"):
        pippin.undo("miniature")


def test_saying_right_keeps_its_answer(trained: dict[str, Any]) -> None:
    assert pippin.teach("miniature", "abba", right=True).payload["taught"][0]["answer"] == "early"
    with pytest.raises(PippinError, match="or that its answer is right"):
        pippin.teach("miniature", "abba", "early", right=True)
    with pytest.raises(PippinError, match="or that its answer is right"):
        pippin.teach("miniature", "abba")
    with pytest.raises(PippinError, match="so nothing is right"):
        pippin.teach("miniature", "123", right=True)
    with pytest.raises(PippinError, match="The answer is empty"):
        pippin.teach("miniature", "abba", "  ")
    assert pippin.history("miniature").payload["taught"][1:] == []


def test_what_it_does_not_know_is_taught_too(trained: dict[str, Any]) -> None:
    assert not pippin.predict("miniature", "123").payload["results"][0]["known"]
    assert pippin.teach("miniature", "123", "digits").summary == "I did not know that; now I say digits."


def test_several_are_taught_and_undone_together(trained: dict[str, Any]) -> None:
    report = pippin.teach("miniature", ["abba", "cede", Text(content=b"\xff", name="bad")], "x")
    assert (len(report.payload["taught"]), report.payload["skipped"], report.payload["rows"]) == (2, 1, 2)
    assert pippin.undo("miniature").payload["rows"] == 0


def test_a_lesson_that_cannot_be_kept_is_not_half_learned(
    trained: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(PippinError, match="the disk is full"):
            pippin.teach("miniature", "abba", "band")
    assert answer("abba") == "early"
    assert pippin.history("miniature").payload["taught"] == []


def test_a_lesson_that_cannot_be_learned_is_not_kept(trained: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from miniature.learner import Letters

    def refuse(self: Letters, items: Any) -> None:
        raise PippinError("I cannot learn that.")

    with monkeypatch.context() as patch:
        patch.setattr(Letters, "update", refuse)
        with pytest.raises(PippinError, match="cannot learn that"):
            pippin.teach("miniature", "abba", "band")
    assert answer("abba") == "early"


STEPS = ["core.input_drafts:InputDrafts.write", "core.input_drafts:InputDrafts.publish", "verbs.teach:_report"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_it_has_learned_nothing(trained: dict[str, Any], home: Path, step: str, when: str) -> None:
    process = get_context("spawn").Process(
        target=teach_and_die, args=("miniature:application", "abba", "band", step, when)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert pippin.history("miniature").payload["taught"] == []
    assert answer("abba") == "early"
    pippin.teach("miniature", "abba", "band")
    assert answer("abba") == "band"


def test_what_is_held_in_python_is_as_before_a_failure(
    trained: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from miniature.learner import Letters

    pippin.teach("miniature", "abba", "group")
    model = pippin.load("miniature")
    update = Letters.update

    def learn_and_fail(self: Letters, items: Any) -> None:
        update(self, items)
        if str(items[0].answer) == "band":
            raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(Letters, "update", learn_and_fail)
        with pytest.raises(RuntimeError, match="broken"):
            pippin.teach("miniature", "abba", "band")
    assert list(model.predict("abba")) == ["group"]


def test_an_answer_that_fails_after_learning_is_told_and_nothing_kept(
    trained: dict[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from miniature.learner import Letters

    predict = Letters.predict

    def fail_once_taught(self: Letters, inputs: Any) -> Any:
        yield from [Prediction(None, error="It is broken.")] if self.memory else predict(self, inputs)

    with monkeypatch.context() as patch:
        patch.setattr(Letters, "predict", fail_once_taught)
        with pytest.raises(PippinError, match=r"It is broken\. .* not kept"):
            pippin.teach("miniature", "abba", "band")
    assert answer("abba") == "early"
    assert pippin.history("miniature").payload["taught"] == []
    assert not list((home / "inputs").iterdir()) if (home / "inputs").exists() else True


def test_ask_names_the_least_certain(trained: dict[str, Any]) -> None:
    asked = pippin.query("miniature", "abba", "ajz", "tutu", count=2).payload["questions"]
    assert (asked[0]["input"], len(asked)) == ("ajz", 2)
    with pytest.raises(PippinError, match="must be 1 or more"):
        pippin.query("miniature", "abba", count=0)
    with pytest.raises(PippinError, match="Name inputs"):
        pippin.query("miniature")


def test_explain_and_export_leave_files(trained: dict[str, Any], tmp_path: Path) -> None:
    explained = pippin.explain("miniature", "abba", out=tmp_path / "why")
    assert [Path(path).name for path in explained.payload["files"]] == ["01-letters.svg"]
    assert list(pippin.explain("miniature").all_figures())
    pippin.teach("miniature", "abba", "band")
    exported = pippin.export("miniature", tmp_path / "out").payload["files"]
    assert Path(exported[0]["path"]).stat().st_size == exported[0]["bytes"]
    app = registry.get("miniature")
    assert app.export.load is not None
    assert app.export.load(tmp_path / "out")([Text.of("abba"), Text.of("tutu")]) == ["band", "late"]


def test_evaluate_leaves_out_what_was_learned_or_taught(trained: dict[str, Any], tmp_path: Path) -> None:
    held_out = sample().test[0].input.read().decode()
    pippin.teach("miniature", held_out, "late")
    report = pippin.evaluate("miniature")
    assert report.payload["data"]["examples"] == 17
    assert any(note.startswith("43 of 60 examples were not scored on") for note in report.notes)
    seen = tmp_path / "seen.txt"
    seen.write_text("".join(f"{e.input.read().decode()}\t{e.answer}\n" for e in sample().train))
    with pytest.raises(PippinError, match=r"The model has seen all of seen\.txt"):
        pippin.evaluate("miniature", str(seen))


def test_training_from_a_model_folds_its_rows_in_once(trained: dict[str, Any]) -> None:
    pippin.teach("miniature", "abba", "band")
    report = pippin.train("miniature", from_=trained["artifact"], threads=1)
    child = Workspace().find(registry.get("miniature"), report.payload["artifact"])
    assert child.facts["parent"] == trained["artifact"]
    assert child.facts["data"]["fingerprint"] == sample().fingerprint()
    assert [did["what"] for did in child.facts["history"]] == ["train", "fold in 1 correction"]
    assert child.part("model").config["taught"] == ["band"]
    assert pippin.history("miniature").payload["taught"] == []
    assert answer("abba") == "band"
    with pytest.raises(PippinError, match="left to undo"):
        pippin.undo("miniature")
    # The parent keeps its row; what it was trained on cannot score the child either.
    assert len(pippin.history("miniature", model=trained["artifact"]).payload["taught"]) == 1
    assert pippin.evaluate("miniature").payload["data"]["examples"] == 18


def test_folding_in_keeps_the_name_of_the_parents_own_data(miniature: str, tmp_path: Path) -> None:
    words = tmp_path / "my words.txt"
    words.write_text("".join(f"{letter * n}i\t{letter}\n" for letter in "abz" for n in range(1, 9)))
    parent = pippin.train(miniature, str(words), threads=1).payload["artifact"]
    pippin.teach(miniature, "abba", "band")
    child = pippin.train(miniature, from_=parent, threads=1).payload
    assert child["data"]["name"] == "my words.txt"
    found = Workspace().find(registry.get(miniature), child["artifact"])
    assert found.facts["scores"] == {}
    assert found.facts["command"] == f"pippin miniature train --from {parent} --seed 0 --threads 1"
    assert "train 'my words.txt' --seed" in Workspace().find(registry.get(miniature), parent).facts["command"]


def test_models_are_listed_chosen_and_deleted(trained: dict[str, Any]) -> None:
    other = pippin.train("miniature", seed=1, threads=1, use=False).payload["artifact"]
    latin = pippin.train("miniature", language="latin", threads=1).payload["artifact"]
    listed = {model["id"]: model["in_use"] for model in pippin.models("miniature").payload["models"]}
    assert listed == {trained["artifact"]: True, other: False, latin: True}
    assert pippin.predict("miniature", "abba", language="latin").payload["artifact"] == latin
    pippin.use("miniature", other)
    assert pippin.predict("miniature", "abba").payload["artifact"] == other
    with pytest.raises(PippinError, match="is in use; put another into use first"):
        pippin.rm("miniature", other)
    pippin.rm("miniature", trained["artifact"])
    assert len(pippin.models("miniature").payload["models"]) == 2
    with pytest.raises(PippinError, match="There is no model"):
        pippin.rm("miniature", trained["artifact"])


def test_saved_under_a_name_it_is_an_application_of_its_own(trained: dict[str, Any]) -> None:
    pippin.teach("miniature", "abba", "band")
    pippin.save_as("miniature", "bands")
    assert "bands" in registry.names()
    assert answer("abba", "bands") == "band"
    pippin.undo("miniature")
    assert (answer("abba"), answer("abba", "bands")) == ("early", "band")
    pippin.teach("bands", "cede", "currency")
    assert (answer("cede"), answer("cede", "bands")) == ("early", "currency")
    assert pippin.evaluate("bands").payload["data"]["examples"] == 18
    for name in ("bands", "miniature", "Bad", "list", "a/b", "", "x" * 41, "../x", "ü"):
        with pytest.raises(PippinError):
            pippin.save_as("miniature", name)
    with pytest.raises(PippinError, match="cannot be removed"):
        pippin.rm("bands", "builtin")
    trained_again = pippin.train("bands", threads=1).payload["artifact"]
    assert trained_again.startswith("bands-english-")
    assert pippin.predict("bands", "abba").payload["artifact"] == trained_again
    assert answer("abba") == "early"


def test_a_verb_it_cannot_mean_is_refused_in_its_own_words(trained: dict[str, Any]) -> None:
    from dataclasses import replace

    verbs = ("teach", "explain", "export", "curve")
    app = replace(registry.get("miniature"), unsupported=dict.fromkeys(verbs, "words want no teacher"))
    for verb, arguments in (
        ("teach", ("a", "b")),
        ("undo", ()),
        ("query", ("a",)),
        ("explain", ()),
        ("export", ()),
        ("curve", ()),
    ):
        with pytest.raises(PippinError, match="words want no teacher"):
            getattr(pippin, verb)(app, *arguments)
    assert "explain" in pippin.predict(app, "abba").next


@pytest.mark.parametrize("replaced", [False, True])
def test_a_database_deleted_or_replaced_meanwhile_loses_no_lesson(trained: dict[str, Any], replaced: bool) -> None:
    pippin.teach("miniature", "abba", "late")
    file = pippin.Workspace().home / "feedback.sqlite"
    before = file.read_bytes()
    pippin.teach("miniature", "zyzz", "early")
    file.unlink()
    if replaced:
        file.write_bytes(before)
    pippin.teach("miniature", "noon", "late")
    with closing(sqlite3.connect(file)) as connection:
        kept = [name for (name,) in connection.execute("SELECT name FROM feedback ORDER BY id")]
    assert kept == (["abba", "noon"] if replaced else ["noon"])
