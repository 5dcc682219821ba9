"""One utterance from the microphone: from the moment it is asked for until a pause; its sound is never kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.apps.assistant.voice.transcription import MAX_SECONDS, RATE, Samples, find_speech
from pippin.core.errors import PippinError, missing_extra

BLOCK = RATE // 4  # samples that are read at once
PAUSE = RATE  # samples of silence that end it
PATIENCE = 8 * RATE  # samples after which it ends without any speech


def record() -> Samples:
    """Return the samples [N] at 16 kHz of what is said now, up to a pause of a second or a minute in all.

    PippinError where there is no microphone, or no library to hear it by.
    """
    device = _sound_device()
    heard = np.zeros(0, np.float32)
    try:
        with device.InputStream(samplerate=RATE, channels=1, dtype="float32") as stream:
            while len(heard) < MAX_SECONDS * RATE and not is_over(heard):
                block, _ = stream.read(BLOCK)
                heard = np.concatenate([heard, np.asarray(block, np.float32)[:, 0]])
    except device.PortAudioError as problem:
        raise PippinError(f"The microphone cannot be heard: {problem}; connect one, or give a file.") from problem
    return heard


def is_over(heard: Samples) -> bool:
    """Return whether speech has ended in a pause, or there was none for long."""
    if len(heard) < PAUSE:
        return False
    speech = find_speech(heard)
    return len(heard) - speech[-1][1] >= PAUSE if speech else len(heard) >= PATIENCE


def _sound_device() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as problem:  # OSError: PortAudio itself is missing
        raise missing_extra("sounddevice", "voice", "The microphone") from problem
    return sounddevice
