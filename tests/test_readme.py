"""The README's commands run and print what it says they print."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks() -> list[list[tuple[str, list[str]]]]:
    """The console blocks of the README: commands with the lines they must print."""
    found = []
    for text in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        commands: list[tuple[str, list[str]]] = []
        for line in text.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif line.strip():
                commands[-1][1].append(line)
        found.append(commands)
    return found


def squeezed(text: str) -> str:
    """`text` with runs of white space as one space, so that wrapped lines compare."""
    return " ".join(text.split())


def test_the_readme_has_commands() -> None:
    assert sum(len(block) for block in blocks()) > 15


def test_every_command_prints_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pippin.cli import main

    for name in ("recognize", "tables"):
        sample = Path("src/pippin/apps") / name / "sample"
        shutil.copytree(ROOT / sample, tmp_path / sample)
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    for number, block in enumerate(blocks()):
        if number != 1:  # the second block goes on in the folder of the first; the others stand in the root
            monkeypatch.chdir(tmp_path)
        for command, lines in block:
            words = shlex.split(command)
            if words[0] == "cd":
                monkeypatch.chdir(words[1])
                continue
            assert words[0] == "pippin", f"the README runs {words[0]}"
            monkeypatch.setattr("sys.argv", words)
            main()
            printed = squeezed(capsys.readouterr().out)
            for line in lines:
                assert squeezed(line) in printed, f"{command} printed: {printed}"


def test_the_table_is_what_the_results_give() -> None:
    import sys

    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import table
    finally:
        sys.path.pop(0)
    assert table.written(README, table.table(table.results())) == README


def test_the_readmes_links_and_images_exist() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert link.startswith("http") or (ROOT / link).exists(), link


def test_make_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert os.access(ROOT / ".ci" / "run", os.R_OK)
