"""Commands that a page plays from: a clip with the words over its frames, the phrases taught, a round of the quiz."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Table
from pippin.core.report.report import Report

SHOWN = 12  # rendered clips to look at: of those that are measured on, the first that the quiz does not ask


def frames(
    context: Context,
    clip: Annotated[Any, "a clip; nothing means a rendered mouth"] = None,
    *,
    number: Annotated[int, "which rendered mouth, where no clip is given"] = 0,
    speaker_type: Annotated[str, "person, rendered, or auto: as the clip remarks"] = "auto",
) -> Report:
    """Read a clip and show its frames with the words found.

    The mouth is shown as the network sees it, each word over the frames it came from.
    """
    from pippin.apps.lipread import page_data

    item, truth = _rendered(number) if clip is None else (_open_clip(clip), None)
    speaker_type = _whose(speaker_type, item)
    reader: Any = context.learner(speaker_type=speaker_type)
    found = page_data.read(reader, item)
    rows = tuple(
        (word["place"], word["word"], word["probability"], f"{word['first'] / found['rate']:.2f} s", _others(word))
        for word in found["words"]
    )
    return Report(
        title=f"“{found['answer']}”" if found["known"] else "I don't know yet",
        summary=reader.scope(),
        tables=(Table(("place", "word", "probability", "from", "it might also be"), rows),) if rows else (),
        figures=(page_data.figure(item),),
        notes=tuple(found["notes"]),
        payload={
            **found,
            **_known(context, reader, speaker_type),
            "speaker_type": speaker_type,
            "truth": truth,
            "rendered": SHOWN,
        },
    )


def _rendered(number: int) -> tuple[Input, str]:
    from pippin.apps.lipread import data
    from pippin.apps.lipread.config import LipreadConfig
    from pippin.apps.lipread.rendering import sample

    if not 0 <= number < SHOWN:
        raise PippinError(f"--number {number}: rendered mouths go from 0 to {SHOWN - 1}.", input=number)
    clip = sample.clip(LipreadConfig().clips + data.EACH * number)
    return clip, " ".join(word for *_, word in clip.words)


def _open_clip(clip: Any) -> Input:
    from pippin.apps.lipread import data

    return clip if isinstance(clip, Input) else data.clips(clip)[0]


def _whose(speaker_type: str, item: Input) -> str:
    from pippin.apps.lipread import page_data

    return speaker_type if speaker_type != "auto" else "rendered" if page_data.is_rendered(item) else "person"


def _others(word: dict[str, Any]) -> str:
    return ", ".join(f"{other} {share:.0%}" for other, share in word["others"] if share >= 0.01)


def _known(context: Context, reader: Any, speaker_type: str) -> dict[str, Any]:
    """Return whose mouths the model in use knows, and its word error rate on clips of them that it never saw."""
    from pippin.apps.lipread import application

    found = context.artifact(None, {"speaker_type": speaker_type})
    return {
        "scope": reader.scope(),
        "learned": found.facts["data"]["name"],
        "wer": found.facts["scores"].get("wer"),
        "builtin": found.folder in application.builtins,
    }


def phrases(
    context: Context,
    *,
    speaker_type: Annotated[str, "person, or rendered"] = "person",
) -> Report:
    """List the taught phrases and the speakers the model knows.

    Each phrase comes with the number of its takes.
    """
    from pippin.apps.lipread import corrections
    from pippin.apps.lipread.video import frames as video_frames

    reader: Any = context.learner(speaker_type=speaker_type)
    taught = sorted(Counter(reader.lessons.said.values()).items())
    needed = f"Answers are phrases once {corrections.PHRASES} were taught with {corrections.TAKES} takes or more."
    return Report(
        title=f"{context.name} was taught {len(taught)} phrases",
        summary=reader.scope(),
        tables=(Table(("phrase", "takes"), tuple(taught)),) if taught else (),
        notes=(needed,),
        payload={
            "phrases": [{"phrase": phrase, "takes": takes} for phrase, takes in taught],
            "answers": len(reader.lessons.phrases) >= corrections.PHRASES,
            "needed": needed,
            "lacking": video_frames.lacking(),
            **_known(context, reader, speaker_type),
        },
        next=f"pippin {context.name} teach CLIP PHRASE",
    )


def guess(
    context: Context,
    folder: Annotated[Any, "clips with known sentences; nothing means rendered mouths"] = None,
    *,
    clip: Annotated[str, "the clip you guessed, by the name it was given"] = "",
    said: Annotated[str, "your guess at what is said in it"] = "",
    seed: Annotated[int, "which clip to ask about"] = 0,
    afresh: Annotated[bool, "forget earlier guesses"] = False,
    speaker_type: Annotated[str, "whose mouths FOLDER has: person, rendered, or auto: as its clips remark"] = "auto",
) -> Report:
    """Play a round of the quiz.

    The first call gives a clip to guess; the second, with the guess, gives what was said.
    """
    from pippin.apps.lipread import quiz

    kind = "rendered" if folder is None else _whose(speaker_type, _open_clip(folder))
    tally = quiz.Tally(context.workspace.store(context.name) / "quiz.json", kind)
    if afresh:
        tally.forget()
    unseen = quiz.unseen(context, Path(folder) if folder else None, kind)
    reader: Any = context.learner(speaker_type=kind)
    rest = [example for example in unseen if example.key[: quiz.DIGITS] not in tally.guessed]
    if not clip:
        return _asked(reader, quiz.shuffled(rest, seed), tally)
    asked = [example for example in rest if example.key.startswith(clip)]
    found = quiz.read(reader, asked)
    if not found:
        raise PippinError("This clip is not among those that can be guessed now; ask for another.", input=clip)
    return _question_report(found[0], tally, said)


def _asked(reader: Any, rest: list[Any], tally: Any) -> Report:
    from pippin.apps.lipread import page_data, quiz
    from pippin.apps.lipread.alignments import places

    if not rest:
        return Report(title="All these clips were guessed", payload={"clip": None, "tally": tally.standing()})
    slots = places(reader.grammar.slots) if reader.grammar else []
    item, name = rest[0].input, rest[0].key[: quiz.DIGITS]
    return Report(
        title="What is said here?",
        tables=(Table(("place", "one of"), tuple((index, " ".join(words)) for index, words in slots)),),
        figures=(page_data.figure(item),),
        payload={
            **page_data.size(item),
            "clip": name,
            "left": len(rest) - 1,
            "places": [{"place": index, "words": words} for index, words in slots],
            "tally": tally.standing(),
        },
        next=f"pippin lipread guess --clip {name} --said '...'",
    )


def _question_report(question: Any, tally: Any, said: str) -> Report:
    from pippin.apps.lipread import page_data
    from pippin.apps.lipread.commands import PAPER

    _, you, network, words = tally.add(question, said)
    report: Report = tally.report(PAPER)
    return Report(
        title=f"“{question.sentence}” was said",
        summary=report.title,
        tables=report.tables,
        notes=report.notes,
        payload={
            "truth": question.sentence,
            "read": question.read,
            "wrong": {"you": you, "network": network, "words": words},
            "words": page_data.spoken(question.clip),
            "tally": tally.standing(),
            "paper": PAPER,
        },
    )
