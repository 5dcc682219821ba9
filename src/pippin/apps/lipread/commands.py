"""Commands of `lipread` beside the verbs: a quiz against it, enrolling a speaker, and rendered clips to try."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pippin.core.context import Context
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.learner import load_learner
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

PAPER = (
    "LipNet's paper (Assael et al. 2016) tells of 11.4 % of words wrong for its network and 47.7 % for people, on "
    "speakers of GRID neither had seen: another task, on other clips."
)


def quiz(
    context: Context,
    folder: Annotated[Path | None, "clips with known sentences; nothing means rendered mouths"] = None,
    *,
    clips: Annotated[int, "how many clips to guess"] = 5,
    seed: Annotated[int, "which clips, and in which order"] = 0,
    repeat: Annotated[int, "how often each is shown"] = 2,
    afresh: Annotated[bool, "forget earlier guesses"] = False,
    speaker_type: Annotated[str, "whose mouths FOLDER has: person, or rendered"] = "person",
) -> Report:
    """Guess silent clips; compare your error rate with the model.

    The rates count all clips that were ever guessed.
    """
    from pippin.apps.lipread import quiz as quiz_module

    if clips < 1 or repeat < 1:
        raise PippinError("--clips and --repeat must be 1 or more.")
    kind = "rendered" if folder is None else speaker_type
    tally = quiz_module.Tally(context.workspace.store(context.name) / "quiz.json", kind)
    if afresh:
        tally.forget()
    asked = quiz_module.questions(context, folder, kind, tally.guessed, clips, seed)
    print(asked.hint, file=sys.stderr)
    for number, question in enumerate(asked.questions, start=1):
        if sys.stderr.isatty():
            quiz_module.show(question, repeat)
        guess = _typed(f"{number} of {len(asked.questions)}, {question.name}. What was said? ")
        if guess is None:
            break
        tally.add(question, guess)
        print(f"  said: {question.sentence}\n  read: {question.read}", file=sys.stderr)
    return tally.report(PAPER)


def _typed(prompt: str) -> str | None:
    """Return a line that a person types; None where they are done."""
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.strip() if line else None


def enroll(
    context: Context,
    *clips: Annotated[Path, "clips of you, or folders of them; nothing means: say which sentences to film"],
    prompts: Annotated[int, "how many sentences to film"] = 12,
    speaker_type: Annotated[str, "person, or rendered"] = "person",
) -> Report:
    """Teach it your face by clips, and report what that gains.

    The clips come with their sentences, or lie in folders named by phrases.
    """
    from pippin.apps.lipread import enrollment

    learner: Any = context.learner(speaker_type=speaker_type)
    if not clips:
        return _prompts(learner, prompts)
    examples, skipped = enrollment.find_clips([Path(clip) for clip in clips])
    before, after = enrollment.gain(_untaught(context, speaker_type), examples)
    for sentence, same in enrollment.by_sentence(examples).items():
        context.run("teach", [str(example.input.path) for example in same], sentence, speaker_type=speaker_type)
    learner = context.learner(speaker_type=speaker_type)
    return _enrolled(len(learner.lessons.phrases), examples, [item.reason for item in skipped], before, after)


def _untaught(context: Context, speaker_type: str) -> Any:
    """Return the model in use as it is without what it was taught since."""

    application, artifact = context.application, context.artifact(None, {"speaker_type": speaker_type})
    learner = application.make_learner(application.override_settings(artifact.facts["config"], {}))
    load_learner(learner, artifact.part("model"))
    return learner


def _enrolled(phrases: int, examples: Sequence[Example], skipped: list[str], before: Any, after: Any) -> Report:
    then = "From now on it answers with these phrases." if phrases > 1 else "These clips it now knows."
    rows = tuple((name, before[name], after[name]) for name in after)
    return Report(
        title=f"lipread: {pluralize(len(examples), 'clip')} enrolled",
        summary=f"Each third of them was held out once and read after the others had been taught. {then}"
        if rows
        else f"Too few clips to hold any out, so nothing tells what it gained. {then}",
        tables=(Table(("metric", "before", "after"), rows),) if rows else (),
        notes=tuple(skipped[:5]),
        payload={
            "clips": len(examples),
            "skipped": len(skipped),
            "phrases": phrases,
            "before": {name: score.value for name, score in before.items()},
            "after": {name: score.value for name, score in after.items()},
        },
        next="pippin lipread predict CLIP; pippin lipread undo takes back a sentence at a time",
    )


def _prompts(learner: Any, count: int) -> Report:
    from pippin.apps.lipread.enrollment import sentences

    if count < 1:
        raise PippinError(f"--prompts {count} is too little; give 1 or more.", input=count)
    said = sentences(learner.grammar, count)
    rows = tuple((f"{number:02}.mp4", f"{number:02}.txt", sentence) for number, sentence in enumerate(said, start=1))
    return Report(
        title="Film yourself saying these, your face to the camera",
        tables=(Table(("clip", "beside it, with the sentence", "sentence"), rows),),
        payload={"sentences": said},
        next="pippin lipread enroll FOLDER",
    )


def sample(
    context: Context,
    folder: Annotated[Path, "where to write them"],
    *,
    clips: Annotated[int, "how many"] = 9,
) -> Report:
    """Write rendered clips and their sentences into FOLDER."""
    from pippin.apps.lipread.data import held_out

    test = held_out()
    if not 1 <= clips <= len(test):
        raise PippinError(f"--clips {clips}: there are 1 to {len(test)} of them.", input=clips)
    test = test[:clips]
    for example in test:
        write_bytes(folder / example.input.name, example.input.read())
        write_bytes((folder / example.input.name).with_suffix(".txt"), f"{example.answer}\n".encode())
    return Report(
        title=f"{pluralize(len(test), 'rendered clip')} in {folder}",
        payload={"folder": str(folder), "clips": len(test)},
        next=f"pippin lipread predict {folder / test[0].input.name} --speaker-type rendered",
    )
