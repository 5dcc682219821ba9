"""One turn by voice: heard, answered, spoken; what is no speech is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("faster_whisper")
pytest.importorskip("hibari")

from pippin.apps.assistant import application, commands
from pippin.apps.assistant.listening import find_vocabulary, listen
from pippin.apps.assistant.voice.speech import spoken_wav
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.inputs import Text
from pippin.core.workspace import Workspace


@pytest.fixture
def context(interpreter: Any, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(commands, "_make_interpreter", lambda context, own: lambda skills: interpreter)
    return Context(application, Workspace(), {})


def test_the_lessons_sentence_is_heard_and_answered_by_voice(context: Context, tmp_path: Path) -> None:
    (tmp_path / "asked.wav").write_bytes(spoken_wav("What is my schedule for tomorrow?"))
    report = listen(context, str(tmp_path / "asked.wav"), speak=tmp_path / "answer.wav")
    assert "schedule for tomorrow" in report.payload["heard"]["text"].lower()
    assert report.payload["acts"][0]["intent"] == "list"
    assert (tmp_path / "answer.wav").read_bytes()[:4] == b"RIFF"
    assert not list(Workspace().home.rglob("*.wav"))
    with pytest.raises(PippinError, match="there already"):
        listen(context, str(tmp_path / "asked.wav"), speak=tmp_path / "answer.wav")


def test_names_of_the_data_are_expected(context: Context) -> None:
    assert "Team stand-up" in find_vocabulary(context)


@pytest.mark.parametrize("source", ["/no/such/file.wav", Text.of("microphone")])
def test_what_cannot_be_heard_is_told(context: Context, source: Any) -> None:
    with pytest.raises(PippinError):
        listen(context, source)
