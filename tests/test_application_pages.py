"""The commands of docs/apps run and print what these pages say."""

from __future__ import annotations

from pathlib import Path

import pytest
from console_blocks import APPLICATIONS, WITH_COMMANDS, run_blocks


@pytest.mark.parametrize("page", [name for name in WITH_COMMANDS if name.startswith(APPLICATIONS)])
def test_commands_print_what_the_page_says(
    page: str, miniature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_blocks(page, tmp_path, miniature, monkeypatch, capsys)
