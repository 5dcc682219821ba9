"""`pippin new` makes an application that works, and its walk-through does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import venv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pippin
from pippin.core.errors import PippinError
from pippin.verbs.new import TEMPLATE, new

GUIDE = Path(__file__).parents[2] / "docs" / "add-an-application.md"
COMMANDS = {
    "pippin": "from pippin.cli import main; main()",
    "pip": "import sys; from pip._internal.cli.main import main; sys.exit(main())",
}


def files(folder: Path) -> set[str]:
    """What lies below `folder`."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_new_application_is_whole_and_bears_its_name_only(tmp_path: Path) -> None:
    report = new("scribbles", folder=tmp_path)
    made = files(tmp_path / "scribbles")
    assert {"pyproject.toml", "scribbles/__init__.py", "scribbles/README.md", "tests/test_it.py"} <= made
    assert not [name for name in made if "pycache" in name or "seedling" in name]
    for name in made:
        assert "seedling" not in (tmp_path / "scribbles" / name).read_text()
    assert len(report.payload["files"]) == len(made)
    assert "pip install -e" in report.next


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Apples", "lower-case"),
        ("two words", "lower-case"),
        ("../out", "lower-case"),
        ("", "lower-case"),
        ("9lives", "lower-case"),
        ("a-b", "lower-case"),
        ("a" * 41, "lower-case"),
        ("class", "Python's own"),
        ("match", "Python's own"),
        ("recognize", "has a 'recognize' already"),
        ("doctor", "has a 'doctor' already"),
        ("json", "would hide"),
        ("numpy", "would hide"),
        ("pippin", "has a 'pippin' already"),
        ("tests", "would hide"),
        ("seedling", "would hide"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(PippinError, match=re.escape(why)):
        new(name, folder=tmp_path)
    assert not files(tmp_path)


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "scribbles").mkdir()
    (tmp_path / "scribbles" / "mine.txt").write_text("mine")
    with pytest.raises(PippinError, match="exists already"):
        new("scribbles", folder=tmp_path)
    assert files(tmp_path / "scribbles") == {"mine.txt"}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PippinError, match="Cannot write"):
        new("scribbles", folder=tmp_path / "file")


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The template's learner with random weights."""
    import torch

    monkeypatch.syspath_prepend(str(TEMPLATE))
    from seedling.config import SeedlingConfig
    from seedling.learner import SeedlingLearner
    from seedling.network import build_network, to_onnx

    from pippin.core.values import SavedState

    torch.manual_seed(0)
    layers = build_network(4, 3)
    weights = {f"network.{name}": value.numpy() for name, value in layers.state_dict().items()}
    made = SeedlingLearner(SeedlingConfig(width=4))
    facts = {"labels": ["0", "1", "2"], "taught": []}
    made.load(SavedState({**weights, "taught": np.zeros((0, 0), np.float32)}, facts, {"model.onnx": to_onnx(layers)}))
    return made


def test_what_the_template_was_taught_is_exported_with_it(learner: Any, tmp_path: Path) -> None:
    from seedling.data import load
    from seedling.export import export, load_exported

    from pippin.core.values import Correction

    images = [example.input for example in load(None).test[:40]]
    lessons = [Correction(images[0], "2"), Correction(images[1], "0"), Correction(images[2], "new")]
    learner.update([Correction(images[1], "1"), *lessons])
    answers = [prediction.answer for prediction in learner.predict(images)]
    assert answers[:3] == ["2", "0", "new"]
    assert len(learner.memory.taught) == 3, "an image taught twice counts once, as it was taught last"
    export(learner, tmp_path)
    assert load_exported(tmp_path)(images) == answers


def test_the_template_answers_the_same_after_saving_and_names_what_it_cannot_read(learner: Any) -> None:
    from seedling.config import SeedlingConfig
    from seedling.learner import SeedlingLearner

    from pippin.core.inputs import Image

    again = SeedlingLearner(SeedlingConfig(width=4))
    again.load(learner.save())
    images = np.random.default_rng(0).random((20, 1, 8, 8), np.float32)
    assert np.array_equal(again.probabilities(images), learner.probabilities(images))
    (answer,) = again.predict([Image(content=b"no picture", name="a.png")])
    assert answer.error
    assert "a.png" in answer.error


def test_the_template_reads_folders_and_says_what_it_skips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    monkeypatch.syspath_prepend(str(TEMPLATE))
    from seedling.data import load, pixels

    for label, level in (("dark", 30), ("light", 220)):
        (tmp_path / label).mkdir()
        for number in range(5):
            image = Image.new("L", (20, 12), level)
            image.paste(250 - level, (4 + number, 3, 12, 9))
            image.save(tmp_path / label / f"{number}.PNG")
    (tmp_path / "dark" / "broken.png").write_bytes(b"")
    (tmp_path / "dark" / "notes.txt").write_text("no picture")
    data = load(str(tmp_path))
    assert len(data.train) + len(data.test) == 10
    assert ["broken.png" in skipped.reason for skipped in data.skipped] == [True]
    # Whichever of ink and paper is the darker one, ink is 1.
    for example in data.examples:
        assert pixels(example.input)[0, 0, 0] < pixels(example.input)[0, 4, 4]
    with pytest.raises(PippinError, match="not a folder"):
        load(str(tmp_path / "nowhere"))
    with pytest.raises(PippinError, match="two labels or more"):
        load(str(tmp_path / "dark"))


def test_the_minimal_template_passes_every_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.conformance.check import check
    from pippin.core import registry

    report = new("doodles", folder=tmp_path, minimal=True)
    assert len(report.payload["files"]) == 3
    monkeypatch.syspath_prepend(str(tmp_path / "doodles"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "doodles"))
    monkeypatch.setattr(registry, "_plugins", lambda: {"doodles": "doodles:application"})
    found = check("doodles")
    assert found.payload["passed"], found.show(width=150)


@pytest.mark.parametrize("row", ["1,2,a,9", "1", "nan,2,a", "inf,2,a", ",2,a"])
def test_the_minimal_template_refuses_rows_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    from pippin.core.run import Run
    from pippin.template_minimal.seedling import LinearLearner, application

    table = tmp_path / "rows.csv"
    table.write_text("x,y,kind\n" + "".join(f"{n},{n},{'ab'[n % 2]}\n" for n in range(40)) + f"{row}\n")

    def learn() -> None:
        data = application.load_data(str(table), {})
        LinearLearner(application.configure({})).fit(replace(data, train=data.train + data.test), Run(tmp_path))

    with pytest.raises(PippinError, match="row"):
        learn()


@pytest.mark.slow
def test_every_command_of_the_walk_through_does_what_it_says(tmp_path: Path) -> None:
    environment = guest(tmp_path)
    ran = 0
    for block in re.findall(r"```console\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.splitlines()
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            said = " ".join(done.stdout.split())
            assert done.returncode == 0, f"{command}: {done.stdout[-3000:]} {done.stderr[-1000:]}"
            for line in filter(None, lines):
                assert " ".join(line.split()) in said, f"{command} does not say {line!r}: {done.stdout}"
            ran += 1
    assert ran == 11
    assert (tmp_path / "why.html").read_text().count("<img") >= 1


def guest(folder: Path) -> dict[str, str]:
    """An environment of its own on top of this one, so that what is installed there leaves no trace here."""
    venv.EnvBuilder(with_pip=False).create(folder / "env")
    programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    (site,) = (folder / "env").rglob("site-packages")
    host = {sysconfig.get_paths()["purelib"], str(Path(pippin.__file__).parents[1])}
    (site / "host.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in sorted(host)))
    for name, code in COMMANDS.items():
        (programs / name).write_text(f"#!{programs / 'python'}\n{code}\n")
        (programs / name).chmod(0o755)
    # pip shall neither fetch anything nor leave anything behind.
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PIPPIN_HOME": str(folder / "home"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
    }
