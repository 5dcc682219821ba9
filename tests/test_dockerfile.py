"""The Dockerfile names files, extras and options that exist, and serves without rights."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click

from pippin import cli

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def instructions(name: str) -> list[str]:
    """What stands behind an instruction of that name, continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)


def test_options_of_the_studio_exist() -> None:
    studio = cli.top.get_command(click.Context(cli.top), "studio")
    assert studio is not None
    known = {word for parameter in studio.params for word in (*parameter.opts, *parameter.secondary_opts)}
    used = set(re.findall(r"(?<!\S)--[a-z-]+", instructions("ENTRYPOINT")[0].partition("pippin studio")[2]))
    assert {"--host", "--token"} <= used
    assert used <= known


def test_files_and_extras_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = dict(line.split("=", 1) for line in instructions("ARG"))["EXTRAS"].split(",")
    assert set(asked) <= set(extras)
    for name in ("constraints.txt", "requirements-weights.txt", "studio/build_pages.py"):
        assert name in DOCKERFILE
        assert (ROOT / name).is_file()
        assert name.split("/")[0] not in IGNORED


def test_it_serves_as_a_user_without_rights() -> None:
    before, _, _ = DOCKERFILE.rpartition("ENTRYPOINT")
    assert re.findall(r"^USER (\w+)$", before, re.MULTILINE) == ["pippin"]
    assert "useradd --create-home pippin" in before
