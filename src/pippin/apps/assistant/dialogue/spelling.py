"""Puts right what is misspelt among the words a text is understood by: dates, commands, the skills' sentences."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from pippin.apps.assistant.dates.vocabulary import MONTHS, NUMBERS, ORDINALS, PARTS, WEEKDAYS
from pippin.core.errors import missing_extra

SHORT = {
    "tmrw": "tomorrow",
    "tmr": "tomorrow",
    "tomo": "tomorrow",
    "2moro": "tomorrow",
    "2day": "today",
    "2nite": "tonight",
    "tonite": "tonight",
    "whats": "what's",
    "wats": "what's",
    "wat": "what",
    "wen": "when",
    "whens": "when's",
    "wheres": "where's",
    "hows": "how's",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "u": "you",
    "ur": "your",
    "im": "i'm",
    "ill": "i'll",
    "id": "i'd",
    "ive": "i've",
    "dont": "don't",
    "cant": "can't",
    "appt": "appointment",
    "apt": "appointment",
    "mtg": "meeting",
    "cal": "calendar",
    "min": "minutes",
    "mins": "minutes",
    "hr": "hour",
    "hrs": "hours",
    "nxt": "next",
    "wk": "week",
    "wknd": "weekend",
    "gimme": "give me",
    "gotta": "have to",
    "lemme": "let me",
    "r": "are",
    "n": "and",
    "abt": "about",
    "thru": "through",
    "w": "with",
    "w/o": "without",
    "bday": "birthday",
    "uni": "university",
    "arvo": "afternoon",
    "eve": "evening",
    "k": "ok",
    "tho": "though",
    "cuz": "because",
    "gonna": "going to",
    "whos": "who's",
    "thats": "that's",
    "wanna": "want to",
    "wich": "which",
    "asap": "now",
}
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+[a-z]+|[^\W_]+")
BASE = frozenset(
    (
        " ".join((*MONTHS, *NUMBERS, *ORDINALS, *PARTS, *WEEKDAYS))
        + " today tomorrow yesterday tonight noon midnight weekend fortnight minutes hours days weeks months quarter"
        " half past o'clock before after between until undo cancel yes please sure okay cheaper cheapest instead"
        " actually later earlier ahead following again course courses flight flights basket order schedule calendar"
        " compare euros dollars pounds price check thanks never mind stop wait second third last make with without"
    ).split()
)
MIN_LENGTH = 4
"""A word of fewer letters is left as it is."""


def has_unknown_words(text: str, english: Collection[str]) -> bool:
    """Tell whether a text has words that may be misspelt or shortened."""
    words = [match[0].lower() for match in WORD.finditer(text.replace("’", "'"))]
    return bool(english) and any(word in SHORT or word not in english for word in words)


def correct(text: str, examples: Collection[str], names: Collection[str], english: Collection[str]) -> str:
    """Return a text whose misspelt words are those of `examples` or of dates; words of `names` and `english` stay.

    A capital within a sentence marks a name, which stays, too.
    """
    if not english:
        return text
    known = _words(frozenset(examples)) | BASE
    kept = _words(frozenset(names))
    candidates = frozenset(known | kept)
    english_words = frozenset(english)
    has_case = not text.islower() and not text.isupper()

    def put_right(match: re.Match[str]) -> str:
        word = match[0]
        lower = word.lower().replace("’", "'")
        if lower in SHORT and lower not in kept:
            return SHORT[lower]
        is_name = has_case and word[:1].isupper() and match.start() > 0
        if (
            len(lower) < MIN_LENGTH
            or lower in known
            or lower in kept
            or lower in english
            or is_name
            or _is_inflected(lower, known | english_words)
            or not lower.isalpha()
        ):
            return word
        return _nearest(lower, candidates) or word

    return WORD.sub(put_right, text)


def _is_inflected(word: str, known: Collection[str]) -> bool:
    """Tell whether a word is a known one with an ending: "bins" of "bin"."""
    stems = (word.removesuffix(end) for end in ("s", "es", "ed", "d", "ing", "'s", "ly", "er") if word.endswith(end))
    if word.endswith("er") and len(word) < 6:
        return word[:-1] in known
    return any(len(stem) >= 3 and (stem in known or f"{stem}e" in known) for stem in stems)


@lru_cache(maxsize=16)
def _words(texts: frozenset[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text.lower()))


@lru_cache(maxsize=4096)
def _nearest(word: str, known: frozenset[str]) -> str | None:
    """Return the known word that is one slip away (of long words two); None where there is none, or two alike."""
    try:
        from rapidfuzz import fuzz
        from rapidfuzz.distance import OSA
    except ImportError as problem:
        raise missing_extra("rapidfuzz", "assistant", "putting right what is misspelt") from problem
    slips = 1 if len(word) < 8 else 2
    candidates = [
        other for other in known if abs(len(other) - len(word)) <= slips and other.isalpha() and len(other) > 2
    ]
    close = sorted(
        (distance, -fuzz.ratio(word, other), other)
        for other in candidates
        if (distance := OSA.distance(word, other, score_cutoff=slips)) <= slips
    )
    if len(close) > 1 and close[1][0] == close[0][0]:
        doubled = [
            other for distance, _, other in close if distance == close[0][0] and _undouble(other) == _undouble(word)
        ]
        if len(doubled) == 1:
            return doubled[0]
    if not close or (len(close) > 1 and close[1][:2] == close[0][:2]):
        return None
    return close[0][2]


def _undouble(word: str) -> str:
    """Return a word with each letter once where it is doubled."""
    return re.sub(r"(.)\1", r"\1", word)
