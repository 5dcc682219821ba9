"""Words of a text: sentences, tokens with their positions, stems; and which words say that a text is English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[.;:!?,()\n]|[-–/]")
_END = {".", ";", "!", "?", "\n"}
FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "having",
        "his",
        "her",
        "their",
        "its",
        "he",
        "she",
        "they",
        "it",
        "very",
        "quite",
        "rather",
        "some",
        "with",
        "and",
        "or",
        "by",
        "from",
        "that",
        "this",
        "these",
        "those",
        "also",
        "mild",
        "mildly",
        "moderate",
        "severe",
        "severely",
        "marked",
        "slight",
        "slightly",
        "bilateral",
        "both",
        "generally",
        "somewhat",
        "really",
        "too",
        "so",
        "any",
        "my",
        "our",
        "own",
        "into",
    ]
)
_BRITISH = {
    "aemia": "emia",
    "oedema": "edema",
    "oesoph": "esoph",
    "haem": "hem",
    "paed": "ped",
    "tumour": "tumor",
    "colour": "color",
    "behaviour": "behavior",
    "diarrhoea": "diarrhea",
    "leuko": "leuco",
    "anaes": "anes",
    "caec": "cec",
    "faec": "fec",
    "gynae": "gyne",
    "orthopaed": "orthoped",
    "fibre": "fiber",
    "centre": "center",
}
_OTHER_LANGUAGES = (
    frozenset(
        [
            "der",
            "die",
            "das",
            "und",
            "nicht",
            "ist",
            "ein",
            "eine",
            "mit",
            "hat",
            "keine",
            "auf",
            "wurde",
            "bei",
            "seit",
            "le",
            "la",
            "les",
            "des",
            "est",
            "pas",
            "une",
            "avec",
            "du",
            "dans",
            "il",
            "elle",
            "el",
            "los",
            "las",
            "una",
            "por",
            "del",
            "con",
            "pero",
            "tiene",
            "il",
            "gli",
            "della",
            "che",
            "non",
            "sono",
            "un",
            "ha",
            "het",
            "een",
            "niet",
            "en",
            "dat",
            "op",
            "och",
            "inte",
            "att",
            "som",
            "är",
            "nie",
            "jest",
            "się",
            "na",
        ]
    )
    - FILLERS
)
_ENGLISH = FILLERS | frozenset(
    ["no", "not", "but", "who", "when", "since", "after", "years", "year", "old", "months", "child", "patient", "which"]
)


# "No" and "without" elsewhere: one of them turns what a list of terms means into its opposite.
_FOREIGN_NO = frozenset(
    [
        "kein",
        "keine",
        "keinen",
        "keiner",
        "nicht",
        "ohne",
        "pas",
        "sans",
        "sin",
        "senza",
        "niet",
        "geen",
        "zonder",
        "sem",
        "não",
        "nie",
        "bez",
        "inte",
        "ingen",
        "utan",
    ]
)


class Token(NamedTuple):
    """One word: as written, its stem, where it lies in the text."""

    text: str
    stem: str
    start: int
    end: int


def sentences(text: str) -> Iterator[list[Token]]:
    """Yield the tokens of each sentence, commas among them."""
    current: list[Token] = []
    for match in _TOKEN.finditer(text.replace("’", "'")):
        if match[0] in _END:
            if current:
                yield current
            current = []
        elif match[0] not in "-–/:()":
            current.append(Token(match[0].lower(), stem(match[0].lower()), match.start(), match.end()))
    if current:
        yield current


def stem(word: str) -> str:
    """Return a word without plural and without the ending of a verb, in American spelling."""
    for british, american in _BRITISH.items():
        word = word.replace(british, american)
    word = word.removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) and word not in _SINGULAR:
        word = word[:-1]
    return _without_ending(word)


_SINGULAR = frozenset(["pancreas", "atlas", "bias", "gas", "has", "was", "always", "whereas", "perhaps"])
_ENDINGS = (("ing", 7), ("ed", 6))  # with the length from which they are taken off


def _without_ending(word: str) -> str:
    """Return a word without the ending of a verb: "drooling", "drooled" and "drool" are one."""
    for ending, length in _ENDINGS:
        if len(word) >= length and word.endswith(ending):
            word = word.removesuffix(ending)
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 4 else word


def is_foreign(text: str) -> bool:
    """Return whether more words belong to other languages than to English."""
    words = [token.text for tokens in sentences(text) for token in tokens]
    foreign = sum(word in _OTHER_LANGUAGES for word in words)
    english = sum(word in _ENGLISH for word in words)
    return (foreign >= 2 and foreign > english) or (not english and any(word in _FOREIGN_NO for word in words))
