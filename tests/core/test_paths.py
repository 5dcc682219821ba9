"""Where the workspace lies: one process may serve several people, each in their own."""

from __future__ import annotations

import threading
from pathlib import Path

from pippin.core.paths import default_home, home, use_home
from pippin.core.workspace import Workspace, cache


def test_a_home_is_anothers_only_within(tmp_path: Path) -> None:
    before = home()
    with use_home(tmp_path / "ann"):
        assert home() == Workspace().home == tmp_path / "ann"
        assert default_home() == before
        assert cache("x") == before / "cache" / "x"
    assert home() == before


def test_threads_do_not_see_each_others_home(tmp_path: Path) -> None:
    seen = []
    with use_home(tmp_path / "ann"):
        thread = threading.Thread(target=lambda: seen.append(home()))
        thread.start()
        thread.join()
    assert seen == [default_home()]
