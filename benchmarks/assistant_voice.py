"""How well `assistant` understands spoken orders: 84 real ones of drinks, every slot of each right or not.

Each clip is transcribed with the menu's words as the prompt; what stands on the menu is then found in the text, by
words that are nearly alike. Two runs: with the prompt, and without it. The other half of the 170 clips (by a hash of
their names) was used to choose the prompt's form and the likeness. Intervals are Wilson's.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import hashlib
import json
import re
import time
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

from _results import DATA, Row, write

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
NUMBERS = {"8": "eight", "12": "twelve", "16": "sixteen", "20": "twenty"}
NAMES = {
    "size": "size", "roast": "roast", "numberOfShots": "shots", "coffeeDrink": "drink", "milkAmount": "milk",
    "sugarAmount": "sugar",
}  # fmt: skip
LIKENESS = 0.85  # of letters, from which on words count as those of the menu


def find(text: str) -> dict[str, str]:
    """Return which of the menu's values stand in a text, one a slot; what agrees in most letters comes first."""
    words = [NUMBERS.get(word, word) for word in re.findall(r"[a-z0-9']+", text.casefold())]
    matches = [match for slot, own in MENU.items() for value in own for match in matches_of(slot, value, words)]
    found: dict[str, str] = {}
    taken: set[int] = set()
    for _, slot, value, place in sorted(matches, key=lambda match: -match[0]):
        own = set(range(place, place + len(value.split())))
        if slot not in found and not own & taken:
            found[slot] = value
            taken |= own
    return found


def matches_of(slot: str, value: str, words: list[str]) -> list[tuple[float, str, str, int]]:
    """Return where a value of the menu stands among words, each with the letters that agree, less those that do not."""
    length = len(value.split())
    matches = []
    for place in range(len(words) - length + 1):
        own = " ".join(words[place : place + length])
        likeness, letters = SequenceMatcher(None, value, own).ratio(), len(value) + len(own)
        if likeness >= LIKENESS:
            matches.append((likeness * letters / 2 - 2 * (1 - likeness) * letters, slot, value, place))
    return matches


def reported(path: Path) -> bool:
    """Return whether a clip is of the half that nothing was chosen on."""
    return bool(int(hashlib.sha256(path.stem.encode()).hexdigest(), 16) % 2)


def target(slots: Mapping[str, str]) -> dict[str, str]:
    """Return the right slots by the menu's names."""
    return {NAMES[name]: value.strip() for name, value in slots.items()}


def main() -> None:
    """Measure both runs."""
    labels = json.loads((FOLDER / "coffee" / "label.json").read_text())
    clips = [path for path in sorted((FOLDER / "coffee_audio").glob("*.ogg")) if reported(path)]
    rows, start = [], time.process_time()
    for name, vocabulary in (("with the menu's words as prompt", PROMPT), ("without them", ())):
        right = 0
        for path in clips:
            text = transcribe(path, vocabulary).text
            found = find(text)
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
