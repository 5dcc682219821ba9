"""Words of the grammar: numbers, weekdays, months, parts of the day, and the patterns made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
NUMBERS = {word: value for value, word in enumerate(UNITS)} | TENS
NUMBERS |= {f"{ten}{gap}{UNITS[one]}": TENS[ten] + one for ten in TENS for one in range(1, 10) for gap in ("-", " ")}
ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        1,
    )
} | {"thirtieth": 30}
ORDINALS |= {f"twenty{gap}{word}": 20 + value for word, value in list(ORDINALS.items())[:9] for gap in ("-", " ")}
ORDINALS |= {f"thirty{gap}first": 31 for gap in ("-", " ")}
WEEKDAYS = {
    word: index
    for index, words in enumerate(
        ("monday mon", "tuesday tues tue", "wednesday weds wed", "thursday thurs thur thu", "friday fri",
         "saturday sat", "sunday sun")
    )
    for word in words.split()
}  # fmt: skip
MONTHS = {
    word: index
    for index, words in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"),
        1,
    )
    for word in words.split()
}  # fmt: skip
# Parts of a day: hours from and to (beyond 24: of the next day).
PARTS = {
    "early morning": (5, 9),
    "late morning": (10, 12),
    "morning": (5, 12),
    "before lunch": (5, 12),
    "after lunch": (13, 18),
    "after work": (17, 24),
    "after dinner": (20, 24),
    "lunchtime": (12, 14),
    "lunch time": (12, 14),
    "early afternoon": (12, 15),
    "late afternoon": (15, 18),
    "afternoon": (12, 18),
    "early evening": (17, 20),
    "late evening": (20, 24),
    "evening": (18, 24),
    "night": (18, 28),
}
UNIT_MINUTES = {"minute": 1, "hour": 60}
FIXED_DAYS = {
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "new year's day": (1, 1),
    "new years day": (1, 1),
    "valentine's day": (2, 14),
    "valentines day": (2, 14),
    "halloween": (10, 31),
}


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern of words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


NUMBER = rf"(?:\d{{1,4}}|{alternatives(NUMBERS)}|an?(?= )|a couple of|a few)"
ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{alternatives(ORDINALS)})"
WEEKDAY = rf"(?:{alternatives(WEEKDAYS)})"
MONTH = rf"(?:{alternatives(MONTHS)})"
PART = rf"(?:{alternatives(PARTS)})"


def read_number(text: str) -> int:
    """Return the value of what NUMBER or ORDINAL matched."""
    text = text.strip()
    if digits := re.match(r"\d+", text):
        return int(digits[0])
    fixed = {"a": 1, "an": 1, "a couple of": 2, "a few": 3}
    return fixed.get(text) or NUMBERS.get(text) or ORDINALS.get(text) or 0
