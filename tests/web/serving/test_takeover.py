"""A model that comes into use: it is loaded first, then served; the earlier one answers until then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pippin.core.errors import PippinError
from pippin.web.serving import takeover
from pippin.web.serving.takeover import LiveModel


class Sequence:
    """Stands for exported models: versions as they come into use, and what is served while each is loaded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.version, self.fails = "first", False
        self.kinds: list[str] = []
        self.served_meanwhile: list[str | None] = []
        self.live = LiveModel(
            SimpleNamespace(name="miniature"),  # type: ignore[arg-type]
            self.alone,
            lambda *event, **facts: None,  # type: ignore[arg-type]
            SimpleNamespace(change_model=lambda *names: None),  # type: ignore[arg-type]
        )
        monkeypatch.setattr(takeover, "export_model", self.export)
        monkeypatch.setattr(takeover, "open_graphs", lambda app, exported, before: exported)
        monkeypatch.setattr(LiveModel, "_newest", lambda live: self.version)
        monkeypatch.setattr(takeover, "LOOK_SECONDS", 0.01)

    async def alone(self, name: str, kind: str, work: Callable[[], Any]) -> Any:
        self.kinds.append(kind)
        return work()

    def export(self, app: Any, *, first: bool) -> Any:
        self.served_meanwhile.append(self.live.served.version if self.live.served else None)
        if self.fails:
            raise PippinError("The model is damaged.")
        return SimpleNamespace(version=self.version, graphs={})

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not done():
                await asyncio.sleep(0.01)


def test_a_new_model_is_loaded_before_the_earlier_one_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Sequence(monkeypatch)
    live = found.live

    async def go() -> None:
        following = asyncio.create_task(live.follow())
        await found.until(lambda: live.served is not None)
        found.version = "second"
        await found.until(lambda: live.served is not None and live.served.version == "second")
        found.version, found.fails = "third", True
        await found.until(lambda: live.problem is not None)
        assert live.served is not None
        assert live.served.version == "second", "what cannot be loaded takes nothing away"
        following.cancel()

    asyncio.run(go())
    assert found.served_meanwhile[:3] == [None, "first", "second"]
    # The first load is slow work by itself: it must not lower the priority of those that come while requests go on.
    assert found.kinds[:3] == ["start", "export", "export"]
