"""Text as speech, sentence by sentence, so that it can stop between two of them: hibari, on this machine."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError, missing_extra

Samples = NDArray[np.float32]

RATE = 24_000  # samples a second
MAX_CHARACTERS = 2000
VOICE = "heart"  # the one that lies in the package; others would be fetched from the network


def speak(text: str) -> Iterator[Samples]:
    """Yield the samples [N] at 24 kHz of each sentence of a text, each as soon as it is made.

    The same text gives the same samples. PippinError for a text of more than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise PippinError(f"The text has {len(text):,} characters; give at most {MAX_CHARACTERS:,} to be spoken.")
    for sentence in _voice().stream(text, seed=0):
        if len(sentence):
            yield np.asarray(sentence, np.float32)


def spoken_wav(text: str) -> bytes:
    """Return a text as a WAV file of 16 bits, one channel, 24 kHz."""
    samples = np.concatenate([*speak(text), np.zeros(0, np.float32)])
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return content.getvalue()


@cache
def _voice() -> Any:
    try:
        from hibari import Hibari
    except ImportError as problem:
        raise missing_extra("hibari-tts", "voice", "Speaking") from problem
    return Hibari(voice=VOICE)
