"""The console blocks of README and docs/: commands, what they must print, and how a test runs them."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
}
# Its commands install packages, so that tests/verbs/test_new.py runs them in an environment of their own.
ELSEWHERE = "docs/add-an-application.md"
APPLICATIONS = "docs/apps/"
SAMPLES = ("recognize", "tables", "faces")


def blocks(text: str) -> list[list[tuple[str, list[str]]]]:
    """Return the console blocks of a page: commands with the lines they must print."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        commands: list[tuple[str, list[str]]] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif line.strip():
                commands[-1][1].append(line)
        found.append(commands)
    return found


WITH_COMMANDS = [name for name, text in PAGES.items() if blocks(text) and name != ELSEWHERE]


def run_blocks(
    page: str, folder: Path, smallest: str, patch: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]
) -> None:
    """Run the commands of a page in `folder` and compare what they print; `smallest` is an application to check."""
    from pippin.cli import main

    for name in SAMPLES:
        sample = Path("src/pippin/apps") / name / "sample"
        shutil.copytree(ROOT / sample, folder / sample)
    patch.setenv("COLUMNS", "100")
    for block in blocks(PAGES[page]):
        patch.chdir(folder)
        for command, lines in block:
            words = shlex.split(command)
            if words[0] == "cd":
                patch.chdir(words[1])
                continue
            assert words[0] == "pippin", f"{page} runs {words[0]}"
            if words[1] == "check":
                # It trains for a minute; test_every_application.py runs it on each application, this on the smallest.
                words, lines = [*words[:2], smallest], [line.replace(words[2], smallest) for line in lines]
            patch.setattr("sys.argv", words)
            main()
            printed = _squeezed(output.readouterr().out)
            for line in lines:
                assert _squeezed(line) in printed, f"{command} printed: {printed}"


def _squeezed(text: str) -> str:
    """Text with runs of white space as one space, so that wrapped lines compare."""
    return " ".join(text.split())
