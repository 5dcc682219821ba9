"""A fuzzed talk with the assistant: no sentence changes what needs a yes without one.

`python benchmarks/assistant_fuzz.py [--seconds 600] [--seed 0]` says random sentences to the household for so much
processor time, and writes benchmarks/results/assistant_fuzz.json. A change of calendars, orders or enrolments counts as
agreed only where an offer was open and the sentence begins with a word of consent, which a list of this script's own
decides, not the dialogue; an undo only gives back.
"""

from __future__ import annotations

import random
import re
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

from _results import Row, arguments, write

from pippin.apps.assistant.data import out_of_scope
from pippin.apps.assistant.dialogue.values import AGREED, CONFIRM
from pippin.apps.assistant.rehearsal import Stage, set_up
from pippin.apps.assistant.skills.active import load_active, skills_of
from pippin.apps.assistant.understanding.interpreter import Interpreter, examples_of

HOUSEHOLD: dict[str, Any] = {
    "zone": "Europe/London",
    "home": "Orchard Road",
    "work": "University",
    "sources": [{"file": "household"}],
}
NOW = "2026-03-03T08:10:00+00:00"
TURNS = 40  # of a talk, before the next one begins on fresh copies
CONSENT = re.compile(
    r"^(?:[\W_]|oh|well|um+|uh+|hm+|actually|please)*(?:y|yes|yeah|yep|yup|sure|ok|okay|k|fine|great|good|perfect|right|"
    r"alright|all right|correct|go|do|confirm\w*|agreed|exactly|absolutely|certainly|definitely|of course|by all means|"
    r"why not|sounds|looks|that|let's|lovely|please|you|make|i|it|works|brilliant|super|cool|nice|no problem|as)\b",
    re.IGNORECASE,
)
UNDOING = re.compile(
    r"\b(?:undo|back|revert|reverse|restore|cancel|delete|remove|forget|drop|scrap|stop|not|don't|wrong|didn't)\b"
)
SAYINGS = (
    "yes", "no", "undo", "sure", "go ahead", "not yet", "yes but at 5", "maybe", "ok", "cancel it", "the second one",
    "it",
    "make it two", "and on Friday?", "yes, and remind me at 5", "no, the other one", "book it",
    "order it", "delete all of it",
)  # fmt: skip


def read_protected(stage: Stage) -> dict[str, Any]:
    """Return what must not change without a yes."""
    index = stage.session.index
    files = {str(path): path.read_text() for path in (index.folder.parent / "sources").rglob("*.ics")}
    return {**files, **{name: index.database.read(name, []) for name in AGREED if name != "event"}}


def make_saying(rng: random.Random, sentences: list[str]) -> str:
    """Return a sentence: a known one, a short one, two in a row, or one with words taken out or changed."""
    text = rng.choice(SAYINGS) if rng.random() < 0.4 else rng.choice(sentences)
    if rng.random() < 0.15:
        text = f"{text}{rng.choice((', ', ' and ', '. ', ' but '))}{rng.choice(sentences)}"
    words = text.split()
    if rng.random() < 0.2 and len(words) > 1:
        words.pop(rng.randrange(len(words)))
    if rng.random() < 0.1:
        words = rng.sample(words, len(words))
    return " ".join(words)


def run(seconds: float, seed: int) -> dict[str, Any]:
    """Talk for `seconds` of processor time, and return what was counted."""
    rng, skills = random.Random(seed), skills_of(load_active())
    interpreter = Interpreter.from_examples(examples_of(skills), outside=out_of_scope())
    sentences = [*(example.text for example in examples_of(skills)), *out_of_scope()]
    counts: dict[str, Any] = {
        "turns": 0,
        "talks": 0,
        "offers": 0,
        "agreed": 0,
        "undone": 0,
        "without_a_yes": 0,
        "cases": [],
    }
    begin = process_time()
    while process_time() - begin < seconds:
        with tempfile.TemporaryDirectory() as folder:
            stage = set_up(HOUSEHOLD, NOW, Path(folder), Path(folder), lambda active: interpreter)
            counts["talks"] += 1
            for _ in range(TURNS):
                _say_one(stage, make_saying(rng, sentences), counts)
            stage.session.index.database.close()
    return {**counts, "cpu_seconds": round(process_time() - begin, 1), "seed": seed}


def _say_one(stage: Stage, text: str, counts: dict[str, Any]) -> None:
    before = read_protected(stage)
    waiting = stage.session._load_state(stage.session.world().now).open
    result = stage.session.say(text)
    counts["turns"] += 1
    counts["offers"] += any(act.act == CONFIRM for act in result.acts)
    if read_protected(stage) == before:
        return
    if any(act.act == "undone" for act in result.acts) and UNDOING.search(text.lower()):
        counts["undone"] += 1
    elif waiting is not None and waiting.act == CONFIRM and CONSENT.match(text):
        counts["agreed"] += 1
    else:
        counts["without_a_yes"] += 1
        counts["cases"].append({"said": text, "reply": result.reply})


def main() -> None:
    """Run and write the result."""
    options = arguments(__doc__, seconds=600, seed=0)
    found = run(options.seconds, options.seed)
    note = f"{found['turns']} turns, {found['offers']} offers, {found['agreed']} agreed, {found['undone']} undone"
    rows = [Row("changes without a yes in a fuzzed talk", found["without_a_yes"], "", aim="0", note=note)]
    write("assistant_fuzz", "What a fuzzed talk changes without a yes", rows, **found)


if __name__ == "__main__":
    main()
