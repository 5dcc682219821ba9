"""What is spoken is understood; silence stays silence with any prompt; what is no sound is told."""

from __future__ import annotations

import sys
import wave
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("faster_whisper")
pytest.importorskip("hibari")

from pippin.apps.assistant.voice import microphone
from pippin.apps.assistant.voice.microphone import PATIENCE, is_over, record
from pippin.apps.assistant.voice.speech import MAX_CHARACTERS, spoken_wav
from pippin.apps.assistant.voice.transcription import MAX_PROMPT, MAX_SECONDS, RATE, decode, prompt_of, transcribe
from pippin.core.errors import PippinError

TEXT = "What is on my schedule for tomorrow?"


@pytest.fixture(scope="module")
def spoken() -> bytes:
    """TEXT as a WAV file."""
    return spoken_wav(TEXT)


def test_what_is_spoken_is_understood_from_bytes_a_file_and_samples(spoken: bytes, tmp_path: Path) -> None:
    path = tmp_path / "spoken.wav"
    path.write_bytes(spoken)
    for audio in (spoken, path, decode(spoken)):
        found = transcribe(audio)
        assert "schedule for tomorrow" in found.text.lower()
        assert 0 < found.speech_seconds <= found.seconds
        assert found.confidence > 0.5


def test_a_name_is_spelt_as_the_vocabulary_has_it(spoken: bytes) -> None:
    name = "Zbigniew"
    sound = spoken_wav(f"Call {name} tomorrow.")
    assert name in transcribe(sound, [name, "Oksana"]).text


@pytest.mark.parametrize("level", [0.0, 0.001])
def test_out_of_silence_come_no_words(level: float) -> None:
    noise = np.random.default_rng(0).normal(0, 1, 3 * RATE).astype(np.float32) * np.float32(level)
    found = transcribe(noise, ["large latte", "dark roast"])
    assert (found.text, found.speech_seconds, found.confidence) == ("", 0.0, 0.0)
    assert found.seconds == 3
    assert transcribe(np.zeros(0, np.float32), ["latte"]).text == ""


@pytest.mark.parametrize("content", [b"", b"no sound", b"RIFF" + bytes(100)])
def test_what_is_no_sound_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    for audio in (content, path, tmp_path / "nowhere.wav"):
        with pytest.raises(PippinError) as problem:
            transcribe(audio)
        assert "\n" not in problem.value.message


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(PippinError, match="at most 60 s"):
        transcribe(np.zeros((MAX_SECONDS + 1) * RATE, np.float32))
    with pytest.raises(PippinError, match="to be spoken"):
        spoken_wav("a" * (MAX_CHARACTERS + 1))


def test_the_prompt_is_each_word_once_and_no_longer_than_it_may_be() -> None:
    assert prompt_of(["dark  roast", "latte", "dark roast", " "]) == "dark roast, latte."
    assert prompt_of([]) == ""
    assert len(prompt_of([f"dish number {number}" for number in range(500)])) <= MAX_PROMPT + 1


def test_speech_is_a_wav_file_and_the_same_again(spoken: bytes) -> None:
    with wave.open(BytesIO(spoken)) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        assert 1 < file.getnframes() / 24_000 < 6
    assert spoken_wav(TEXT) == spoken


def test_an_utterance_ends_with_a_pause(spoken: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = decode(spoken)
    sound = np.concatenate([samples, np.zeros(10 * RATE, np.float32)])
    assert not is_over(samples[: len(samples) // 2])
    assert is_over(sound[: len(samples) + 2 * RATE])
    assert is_over(np.zeros(PATIENCE, np.float32))
    monkeypatch.setitem(sys.modules, "sounddevice", fake_device(sound))
    heard = record()
    assert len(samples) <= len(heard) < len(samples) + 3 * RATE
    assert "tomorrow" in transcribe(heard).text.lower()


def test_no_microphone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", fake_device(None))
    with pytest.raises(PippinError, match="microphone cannot be heard"):
        microphone.record()
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(PippinError, match="sounddevice"):
        microphone.record()


def fake_device(sound: Any) -> Any:
    """A library of sound devices whose microphone hears `sound`; None: there is no microphone."""

    class NoMicrophone(Exception):
        pass

    class Stream:
        def __init__(self, **settings: Any) -> None:
            if sound is None:
                raise NoMicrophone("no device")
            self.place = 0

        def __enter__(self) -> Stream:
            return self

        def __exit__(self, *problem: object) -> None:
            pass

        def read(self, count: int) -> tuple[Any, bool]:
            self.place += count
            return sound[self.place - count : self.place, None], False

    return SimpleNamespace(InputStream=Stream, PortAudioError=NoMicrophone)
