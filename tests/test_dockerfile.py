"""Dockerfile, compose.yaml and workflows name files, extras and options that exist, and serve without rights."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest

from pippin import cli

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
START = (ROOT / "docker" / "start.sh").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def instructions(name: str) -> list[str]:
    """What stands behind an instruction of that name, continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)


def options(command: str) -> set[str]:
    """The options of a command of Pippin's own."""
    found = cli.top.get_command(click.Context(cli.top), command)
    assert found is not None
    return {word for parameter in found.params for word in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("command", ["serve", "studio"])
def test_options_of_what_is_started_exist(command: str) -> None:
    used = set(re.findall(r"(?<!\S)--[a-z-]+", START.partition(f"pippin {command}")[2].partition(";;")[0]))
    assert {"--host", "--port", "--token"} <= used
    assert used <= options(command)
    text = f"{COMPOSE}{DOCKERFILE}".replace('", "', " ")
    words = re.findall(rf"\b{command} [a-z ]*(--[a-z- 0-9]+)", text)
    assert {option for part in words for option in re.findall(r"--[a-z-]+", part)} <= options(command)


def test_files_and_extras_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = dict(line.split("=", 1) for line in instructions("ARG"))["EXTRAS"].split(",")
    assert set(asked) <= set(extras)
    assert {"serve", "postgres", "studio"} <= set(asked)
    for name in (
        "constraints.txt", "requirements-weights.txt", "studio/build_pages.py", "docker/start.sh", "docker/health.py",
    ):  # fmt: skip
        assert name in DOCKERFILE
        assert (ROOT / name).is_file()
        assert name.split("/")[0] not in IGNORED


def test_it_serves_as_a_user_without_rights() -> None:
    before, _, _ = DOCKERFILE.rpartition("ENTRYPOINT")
    assert re.findall(r"^USER (\w+)$", before, re.MULTILINE) == ["pippin"]
    assert "useradd --create-home pippin" in before


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_health_is_what_the_server_says_of_itself(status: int, code: int) -> None:
    program, address = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])[1:]
    assert program == "/usr/local/bin/pippin-health"
    assert address == "http://127.0.0.1:8018/v2/health/ready"

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/v2/health/ready" else 404)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = address.replace(":8018", f":{server.server_port}")
        command = [sys.executable, ROOT / "docker" / "health.py", here]
        assert subprocess.run(command, check=False).returncode == code
        server.shutdown()


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
@pytest.mark.parametrize(
    ("words", "token", "started"),
    [
        (["serve", "tables"], "a-secret", "serve tables --host 0.0.0.0 --port 8018 --token a-secret"),
        (["studio"], None, "studio --host 0.0.0.0 --port 8017 --no-browser --token new"),
        (["doctor", "--fix"], None, "doctor --fix"),
    ],
)
def test_what_the_container_starts(words: list[str], token: str | None, started: str, tmp_path: Path) -> None:
    program = tmp_path / "pippin"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **({"PIPPIN_TOKEN": token} if token else {})}
    told = subprocess.run(["sh", ROOT / "docker" / "start.sh", *words], env=environment, capture_output=True, text=True)
    assert told.stdout.strip() == started


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "compose.yaml"),
        ("vendor.github-workflows", ".github/workflows/other-systems.yml"),
    ],
)
def test_yaml_is_what_its_readers_expect(schema: str, file: str) -> None:
    linter = shutil.which("check-jsonschema", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("check-jsonschema is not installed (extra dev)")
    done = subprocess.run([linter, "--builtin-schema", schema, ROOT / file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_brings_postgresql_and_no_secret_of_its_own() -> None:
    assert "PIPPIN_DATABASE: postgresql://" in COMPOSE
    assert set(re.findall(r"\$\{(\w+):\?", COMPOSE)) == {"PIPPIN_TOKEN", "POSTGRES_PASSWORD"}
    assert not re.search(r"PASSWORD: (?!\$\{)", COMPOSE)


def test_the_lock_has_the_versions_of_the_constraints() -> None:
    import importlib.util

    if not (ROOT / "uv.lock").exists():
        pytest.skip("`make lock` writes uv.lock, and compares it with constraints.txt itself")
    spec = importlib.util.spec_from_file_location("write_lock", ROOT / "packaging" / "write_lock.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.differences() == []
    locked, extras = module.read_lock(), tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for requirements in extras["project"]["optional-dependencies"].values():
        for requirement in requirements:
            name = module.normalize(re.split(r"[\s<>=!~;\[]", requirement)[0])
            assert name == "pippin" or name in locked, f"{name}: run `make lock`"
