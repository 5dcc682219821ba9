"""The commands of README and docs/ run and print what these say; links, figures and options are true."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_blocks import APPLICATIONS, PAGES, ROOT, WITH_COMMANDS, blocks, run_blocks

MAX_WORDS = 1200


def test_pages_have_commands() -> None:
    assert "README.md" in WITH_COMMANDS
    assert {name for name in PAGES if name.startswith(APPLICATIONS)} <= set(WITH_COMMANDS)
    assert sum(len(block) for name in WITH_COMMANDS for block in blocks(PAGES[name])) > 60


# Those of the applications' pages are run by test_application_pages.py, so that two processes share the work.
@pytest.mark.parametrize("page", [name for name in WITH_COMMANDS if not name.startswith(APPLICATIONS)])
def test_commands_print_what_the_page_says(
    page: str, miniature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_blocks(page, tmp_path, miniature, monkeypatch, capsys)


@pytest.fixture
def figures() -> Iterator[dict[Path, str]]:
    """README and docs/results.md as `make table` writes them."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import table

        yield table.pages()
    finally:
        sys.path.pop(0)


def test_figures_are_what_the_results_give(figures: dict[Path, str]) -> None:
    assert {path.name for path in figures} == {"README.md", "results.md"}
    for path, text in figures.items():
        assert path.read_text(encoding="utf-8") == text, f"{path} is out of date; run `make table`"


def test_the_readme_is_short() -> None:
    assert len(PAGES["README.md"].split()) <= MAX_WORDS


@pytest.mark.parametrize("page", PAGES)
def test_links_and_images_exist(page: str) -> None:
    folder = (ROOT / page).parent
    text = re.sub(r"```.*?```", "", PAGES[page], flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = link.partition("#")
        if path.startswith("http"):
            continue
        target = (folder / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def anchors(text: str) -> set[str]:
    """The anchors that forges and Sphinx give to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "readme", sorted((ROOT / "src/pippin/apps").glob("*/README.md")), ids=lambda path: path.parent.name
)
def test_files_that_an_application_lists_exist(readme: Path) -> None:
    first_cells = re.findall(r"^\| (`.*?) \|", readme.read_text(encoding="utf-8"), re.MULTILINE)
    listed = re.findall(r"`([^`]+)`", " ".join(first_cells))
    assert len(listed) > 10
    for name in listed:
        assert list(readme.parent.glob(name)), name


def test_make_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for text in PAGES.values():
        for target in set(re.findall(r"`make ([a-z-]+)", text)):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert os.access(ROOT / ".ci" / "run", os.R_OK)


def test_extras_and_the_wheel_are_named_as_they_are() -> None:
    from pippin import __version__

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    files = (ROOT / "requirements-weights.txt", ROOT / "requirements-voice.txt")
    pins = "".join(path.read_text(encoding="utf-8") for path in files)
    for page, text in PAGES.items():
        for asked in re.findall(r"pippin[\w.-]*(?:\.whl)?\[([a-z,]+)\]", text):
            assert set(asked.split(",")) <= set(extras), f"{page}: {asked}"
        for wheel in re.findall(r"pippin-([\d.]+)-py3-none-any\.whl", text):
            assert wheel == __version__, page
        for pin in re.findall(r"\b[a-z][a-z0-9-]+==[\d.]+\d", text):
            assert f"\n{pin} " in pins, f"{page}: {pin}"


def named_commands() -> Iterator[tuple[str, str]]:
    """Every `pippin ...` that a page names in running text or in a block that no test runs, with its page."""
    for page, text in PAGES.items():
        plain = re.sub(r"```console\n.*?```", "", text, flags=re.DOTALL)
        for block in re.findall(r"```bash\n(.*?)```", plain, re.DOTALL):
            yield from ((page, line) for line in block.splitlines() if line.startswith("pippin "))
        for words in re.findall(r"`(pippin [^`]+)`", re.sub(r"```.*?```", "", plain, flags=re.DOTALL)):
            yield page, " ".join(words.split())


@pytest.mark.parametrize(("page", "command"), sorted(set(named_commands())))
def test_options_in_running_text_exist(page: str, command: str) -> None:
    import click

    from pippin import cli

    words = ["recognize" if word in ("APPLICATION", "NAME", "scribbles") else word for word in command.split()[1:]]
    found: click.Command | None = cli.top
    for word in words:
        if not isinstance(found, click.Group) or word.startswith("-"):
            break
        context = click.Context(found)
        if word not in found.list_commands(context):
            word = "predict"
        found = found.get_command(context, word)
    assert found is not None, command
    known = {option for one in found.get_params(click.Context(found)) for option in (*one.opts, *one.secondary_opts)}
    used = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert used <= known, f"{page}: {command}"
