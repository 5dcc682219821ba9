"""`listen`: one turn by voice; nothing of the sound is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.assistant.commands import ask, open_session
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.report import Report

MICROPHONE = "microphone"


def listen(
    context: Context,
    source: Annotated[Any, "a sound file, or `microphone`"],
    *,
    speak: Annotated[Path | None, "write the answer as spoken, a WAV file"] = None,
    keep: Annotated[bool, "keep what is said in the workspace"] = False,
) -> Report:
    """Say one thing by voice and get the answer.

    Words and names of what is connected are expected. The sound is never kept.
    """
    from pippin.apps.assistant.voice.speech import spoken_wav
    from pippin.apps.assistant.voice.transcription import transcribe

    if speak is not None and speak.exists():
        raise PippinError(f"{speak} is there already; name a new file.", input=speak)
    transcript = transcribe(_hear(source), find_vocabulary(context))
    if not transcript.text:
        raise PippinError("I heard no words; speak nearer to the microphone, or type: pippin assistant ask TEXT")
    report = ask(context, transcript.text, keep=keep)
    if speak is not None:
        write_bytes(speak, spoken_wav(report.title))
    heard = {"text": transcript.text, "confidence": transcript.confidence, "seconds": transcript.seconds}
    return replace(
        report,
        notes=(f"Heard: {transcript.text}", *report.notes),
        payload={**report.payload, "heard": heard, **({"spoken": str(speak)} if speak else {})},
    )


def find_vocabulary(context: Context) -> list[str]:
    """Return the names of the user's data, by which what is said is spelt."""
    from pippin.apps.assistant.dialogue.interpretation import names_of

    world = open_session(context).world()
    return sorted({name for item in world.skills for kind in item.skill.names for name in names_of(kind, world)})


def _hear(source: Any) -> Any:
    if str(source) == MICROPHONE and not Path(MICROPHONE).exists():
        from pippin.apps.assistant.voice.microphone import record

        return record()
    if not isinstance(source, str | Path):
        raise PippinError("Send a sound file; the microphone is heard where Pippin runs only.", input="source")
    return Path(source)
