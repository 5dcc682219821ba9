"""How well `assistant` understands spoken orders: 85 real ones of drinks, every slot of each right or not.

Each clip is transcribed with the menu's words as the prompt; slots come from an interpreter that was shown the twelve
sentences below, and each is the nearest of the menu's values. Two runs: with the prompt, and without it. The other half of
the 170 clips (by a hash of their names) was used to choose the prompt's form. The recordings and their targets are
Picovoice's (Apache-2.0). Intervals are Wilson's.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import hashlib
import json
import time
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

from _results import DATA, Row, write

from pippin.apps.assistant.skills.skill_files import parse_example
from pippin.apps.assistant.understanding.interpreter import Interpreter
from pippin.apps.assistant.understanding.slot_tagger import Slot
from pippin.apps.assistant.understanding.understanding import Marked
from pippin.apps.assistant.voice.transcription import transcribe
from pippin.learn.metrics import wilson

FOLDER = DATA / "assistant"
AMOUNTS = ("", "some ", "a bit of ", "a little bit of ", "a lot of ", "lots of ")
MILKS = ("milk", "skim milk", "whole milk", "soy milk", "almond milk", "cream")
SUGARS = ("sugar", "brown sugar", "sweetener")
MENU = {
    "size": ("small", "medium", "large", "eight ounce", "twelve ounce", "sixteen ounce", "twenty ounce"),
    "roast": ("light roast", "medium roast", "dark roast"),
    "shots": ("single shot", "double shot", "triple shot"),
    "drink": (
        "americano", "cappuccino", "espresso", "iced mocha", "latte", "mocha", "coffee", "drip coffee",
        "house coffee", "iced coffee",
    ),
    "milk": tuple(amount + one for amount in AMOUNTS for one in MILKS),
    "sugar": tuple(amount + one for amount in AMOUNTS for one in SUGARS),
}  # fmt: skip
PROMPT = (*MENU["size"], *MENU["roast"], *MENU["shots"], *MENU["drink"], *MILKS, *SUGARS, *(a.strip() for a in AMOUNTS))
NAMES = {
    "size": "size", "roast": "roast", "numberOfShots": "shots", "coffeeDrink": "drink", "milkAmount": "milk",
    "sugarAmount": "sugar",
}  # fmt: skip
SENTENCES = (
    "I'd like a [large](size), [dark roast](roast) [latte](drink) with [some milk](milk)",
    "can I have a [triple shot](shots), [medium](size) [iced mocha](drink)?",
    "make me a [twelve ounce](size), [light roast](roast), [single shot](shots) [americano](drink)",
    "brew a [small](size) [house coffee](drink) with [a lot of sugar](sugar) and [cream](milk)",
    "get me a [cappuccino](drink)",
    "may I have a [medium roast](roast) [drip coffee](drink) with [soy milk](milk) and [brown sugar](sugar)?",
    "I want a [double shot](shots) [espresso](drink) with [a bit of sweetener](sugar)",
    "can I get an [iced coffee](drink) with [a little bit of almond milk](milk)?",
    "give me a [double shot](shots), [twenty ounce](size), [dark roast](roast) [coffee](drink), with [lots of cream](milk)",
    "make me a [light roast](roast), [eight ounce](size) [mocha](drink) with [some sweetener](sugar)",
    "an [americano](drink) with [brown sugar](sugar) and [a lot of skim milk](milk)",
    "pour a [sixteen ounce](size) [latte](drink) with [whole milk](milk)",
)


def interpreter() -> Interpreter:
    """Return what understands orders by the sentences above."""
    examples = [parse_example(sentence) for sentence in SENTENCES]
    return Interpreter.from_examples(
        [Marked(e.text, "order", tuple(Slot(s.slot, s.start, s.end) for s in e.spans)) for e in examples]
    )


def nearest(slot: str, said: str) -> str:
    """Return the menu's value most like what was said."""
    return max(MENU[slot], key=lambda value: SequenceMatcher(None, value, said.casefold()).ratio())


def reported(path: Path) -> bool:
    """Return whether a clip is of the half that nothing was chosen on."""
    return bool(int(hashlib.sha256(path.stem.encode()).hexdigest(), 16) % 2)


def order(understands: Interpreter, path: Path, vocabulary: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Return what is said in a clip, and the slots of the order."""
    text = transcribe(path, vocabulary).text
    return text, {slot: nearest(slot, said) for slot, said in understands.interpret(text).slots.items()}


def target(slots: Mapping[str, str]) -> dict[str, str]:
    """Return the right slots by the menu's names."""
    return {NAMES[name]: value.strip() for name, value in slots.items()}


def main() -> None:
    """Measure both runs."""
    labels = json.loads((FOLDER / "coffee" / "label.json").read_text())
    clips = [path for path in sorted((FOLDER / "coffee_audio").glob("*.ogg")) if reported(path)]
    rows, understands, start = [], interpreter(), time.process_time()
    for name, vocabulary in (("with the menu's words as prompt", PROMPT), ("without them", ())):
        right = 0
        for path in clips:
            text, found = order(understands, path, vocabulary)
            good = found == target(labels[f"{path.stem}.wav"]["slots"])
            right += good
            if not good:
                print(path.stem, text, found, target(labels[f"{path.stem}.wav"]["slots"]))
        share = wilson(right, len(clips))
        aim = "at least 0.93" if vocabulary else ""
        rows.append(
            Row(
                f"{len(clips)} spoken orders, every slot right, {name}",
                *(round(share.value, 4), "", round(share.low, 4), round(share.high, 4)),
                aim,
            )
        )
    rows.append(Row("a spoken order: CPU time", round((time.process_time() - start) / len(clips) / 2, 2), "s"))
    write("assistant_voice", "assistant: spoken orders of drinks", rows)


if __name__ == "__main__":
    main()
