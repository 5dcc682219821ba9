"""The commands: connect, sources, ask, forget; what they keep, and what they let go."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pippin.apps.assistant import application, commands
from pippin.apps.assistant.sources.household import write_household
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace

CALENDAR = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20250102T120000Z\nSUMMARY:Xylophone lesson\n"
    "DTSTART:20260310T180000\nDTEND:20260310T190000\nEND:VEVENT\nEND:VCALENDAR\n"
)
NOW = datetime(2026, 3, 3, 8, 10, tzinfo=ZoneInfo("Europe/London"))


@pytest.fixture
def context(interpreter: Any, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(commands, "_make_interpreter", lambda context, own: lambda skills: interpreter)
    return Context(application, Workspace(), {})


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    path = tmp_path / "mine.dat"  # told by content, not by name
    path.write_text(CALENDAR)
    return path


def test_with_nothing_connected_the_household_answers_and_says_so(context: Context) -> None:
    report = commands.ask(context, "What is my schedule for tomorrow?")
    assert report.payload["household"]
    assert "household" in report.notes[0]
    assert [act["act"] for act in report.payload["acts"]] == ["answer"]
    assert commands.ask(context, "and on Friday?").payload["acts"][0]["intent"] == "list"


def test_a_connected_source_replaces_the_household_and_is_forgotten_to_the_byte(
    context: Context, calendar: Path, home: Path
) -> None:
    commands.connect(context, calendar, zone="Europe/London")
    assert not commands.ask(context, "when is the xylophone lesson?", keep=True).payload["household"]
    assert b"Xylophone" in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    commands.forget(context, "mine.dat")
    left = [path for path in home.rglob("*") if path.is_file() and b"ylophone" in path.read_bytes()]
    assert left == []
    assert calendar.read_text() == CALENDAR
    assert commands.ask(context, "what's on today?").payload["household"]


def test_talks_are_kept_only_where_that_is_asked_for(context: Context, home: Path) -> None:
    commands.ask(context, "remind me to feed the zebra at 6")
    index = SourceIndex(home / "store" / "assistant")
    assert index.database.read("kept") is None
    commands.ask(context, "what reminders do I have?", keep=True)
    assert len(index.database.read("kept")) == 1
    commands.forget(context, "talk")
    assert index.database.read("kept") is None


def test_what_holds_nothing_is_refused(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    for given, why in ((path, "Nothing in"), (tmp_path / "none", "There is no"), (tmp_path, "Nothing in")):
        with pytest.raises(PippinError, match=why):
            commands.connect(context, given)
    with pytest.raises(PippinError, match="no time zone"):
        commands.connect(context, zone="Mars")
    with pytest.raises(PippinError, match="Name a file"):
        commands.connect(context)
    with pytest.raises(PippinError, match="not connected"):
        commands.forget(context, "nothing")
    assert commands.sources(context).payload["sources"][0]["source"] == "household"


def test_a_calendar_of_fifty_megabytes_is_refused_before_it_is_read(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "huge.ics"
    with path.open("wb") as file:
        file.write(CALENDAR.encode().ljust(10_000, b"\n"))
        file.truncate(50_000_000)
    with pytest.raises(PippinError, match="has 50 MB; calendars are read up to 20 MB"):
        commands.connect(context, path)


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(
    calendar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = SourceIndex(tmp_path / "store")
    index.connect(str(calendar), NOW)
    read = []
    monkeypatch.setattr(SourceIndex, "_read_file", lambda self, *given: read.append(given[1]))
    index.refresh(NOW)
    assert read == []
    calendar.write_text(CALENDAR.replace("Xylophone", "Piano"))
    index.refresh(NOW)
    assert read == [calendar]


def test_a_folder_is_told_by_what_its_files_hold(tmp_path: Path) -> None:
    write_household(tmp_path / "all", NOW)
    (tmp_path / "all" / "readme.txt").write_text("nothing")
    index = SourceIndex(tmp_path / "store")
    info = index.connect(str(tmp_path / "all"), NOW)
    assert info.counts == {"course": 10, "dish": 10, "event": 14, "flights": 5, "product": 10, "timetable": 1}


def test_a_new_event_without_a_calendar_of_ones_own_goes_into_the_workspace(
    context: Context, tmp_path: Path, home: Path
) -> None:
    write_household(tmp_path / "all", NOW)
    commands.connect(context, tmp_path / "all" / "menu.json")
    commands.ask(context, "add a picnic tomorrow at 3")
    assert commands.ask(context, "yes").payload["acts"][0]["act"] == "done"
    assert "picnic" in (home / "store" / "assistant" / "calendar.ics").read_text()


def test_a_server_that_is_away_is_told_and_nothing_is_connected(context: Context, home: Path) -> None:
    pytest.importorskip("httpx2")
    with pytest.raises(PippinError, match=r"the calendar at 127\.0\.0\.1:9 cannot be reached"):
        commands.connect(context, Path("http://127.0.0.1:9/secret-token/basic.ics"))
    assert SourceIndex(home / "store" / "assistant").sources() == []
