"""A calendar's secret address is read again after 15 minutes, and what was read stays while its server is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pippin.apps.assistant.sources import index as index_module
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.apps.assistant.sources.views import IndexedSources
from pippin.core.errors import PippinError

CALENDAR = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20250102T120000Z\nSUMMARY:{title}\n"
    "DTSTART:20260310T180000Z\nDTEND:20260310T190000Z\nEND:VEVENT\nEND:VCALENDAR\n"
)
NOW = datetime(2026, 3, 3, 8, 10, tzinfo=UTC)


def test_an_address_is_read_again_after_15_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, asked = ["Xylophone lesson"], []

    def fetch(address: str) -> bytes:
        asked.append(address)
        if not answers:
            raise PippinError("the calendar at cal.example cannot be reached.")
        return CALENDAR.format(title=answers[0]).encode()

    monkeypatch.setattr(index_module, "fetch", fetch)
    monkeypatch.setattr(index_module, "copy_calendars", lambda *_: False)
    index = SourceIndex(tmp_path / "store")
    index.connect("https://cal.example/secret.ics", NOW)
    answers[:] = ["Violin lesson"]

    def titles(minutes: int) -> tuple[str, ...]:
        index.refresh(NOW + timedelta(minutes=minutes))
        return IndexedSources(index, UTC).event_names()

    assert titles(14) == ("Xylophone lesson",)
    assert titles(16) == ("Violin lesson",)
    count = len(asked)
    assert titles(20) == ("Violin lesson",)
    assert len(asked) == count
    answers.clear()
    assert titles(60) == ("Violin lesson",)
