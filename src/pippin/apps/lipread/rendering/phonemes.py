"""How words are spoken and what of that can be seen: phonemes, how long they last, and the visemes they look like.

Phonemes are written as in ARPAbet, spoken as in England. Visemes of consonants are those of Jeffers and Barley 1971
("Speechreading"), who tell vowels apart by little; here vowels are parted by how open, spread or round lips are.
"""

from __future__ import annotations

from typing import NamedTuple

VISEMES: dict[str, str] = {
    phoneme: viseme
    for viseme, phonemes in {
        "lips together": "P B M",
        "lip to teeth": "F V",
        "tongue between teeth": "TH DH",
        "teeth together": "S Z",
        "lips forward": "SH ZH CH JH",
        "tongue up": "T D N L",
        "tongue back": "K G NG HH",
        "spread": "IY IH Y",
        "half open": "EH EY AH",
        "open": "AA AE AY AW",
        "round": "AO OW OY",
        "puckered": "UW UH ER W R",
    }.items()
    for phoneme in phonemes.split()
}
# A diphthong ends as another vowel.
GLIDES = {"EY": "IY", "AY": "IY", "OY": "IY", "AW": "UW", "OW": "UW"}
BEFORE_GLIDE = 0.6  # of a diphthong's time
MANNERS: dict[str, str] = {
    phoneme: manner
    for manner, phonemes in {
        "stop": "P B T D K G",
        "fricative": "F V TH DH S Z SH ZH HH",
        "affricate": "CH JH",
        "nasal": "M N NG",
        "approximant": "L R W Y",
        "short vowel": "IH EH AE AH UH",
        "long vowel": "IY AA AO UW ER",
        "diphthong": "EY AY OY AW OW",
    }.items()
    for phoneme in phonemes.split()
}
MILLISECONDS: dict[str, int] = {
    "stop": 85,
    "fricative": 105,
    "affricate": 115,
    "nasal": 80,
    "approximant": 75,
    "short vowel": 95,
    "long vowel": 140,
    "diphthong": 165,
}
WORDS: dict[str, tuple[str, ...]] = {
    word: tuple(phonemes.split())
    for word, phonemes in {
        **{"bin": "B IH N", "lay": "L EY", "place": "P L EY S", "set": "S EH T"},
        **{"blue": "B L UW", "green": "G R IY N", "red": "R EH D", "white": "W AY T"},
        **{"at": "AE T", "by": "B AY", "in": "IH N", "with": "W IH DH"},
        **{"a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY", "h": "EY CH"},
        **{"i": "AY", "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N", "o": "OW", "p": "P IY"},
        **{"q": "K Y UW", "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW", "v": "V IY", "x": "EH K S"},
        **{"w": "D AH B L Y UW", "y": "W AY", "z": "Z EH D"},
        **{"zero": "Z IH R OW", "one": "W AH N", "two": "T UW", "three": "TH R IY", "four": "F AO", "five": "F AY V"},
        **{"six": "S IH K S", "seven": "S EH V AH N", "eight": "EY T", "nine": "N AY N"},
        **{"again": "AH G EH N", "now": "N AW", "please": "P L IY Z", "soon": "S UW N"},
    }.items()
}
# What groups of letters sound like in words that are not in the list; the longest that fits comes first.
SPELLINGS: dict[str, str] = {
    **{"tch": "CH", "dge": "JH", "igh": "AY", "sch": "SH", "tion": "SH AH N", "ture": "CH AH", "ough": "AO"},
    **{
        "sh": "SH",
        "ch": "CH",
        "th": "TH",
        "ph": "F",
        "wh": "W",
        "ck": "K",
        "qu": "K W",
        "ng": "NG",
        "kn": "N",
        "wr": "R",
    },
    **{"ee": "IY", "ea": "IY", "ie": "IY", "oo": "UW", "ue": "UW", "ew": "Y UW", "ou": "AW", "ow": "OW", "oa": "OW"},
    **{"ai": "EY", "ay": "EY", "ei": "EY", "ey": "IY", "oi": "OY", "oy": "OY", "au": "AO", "aw": "AO"},
    **{"ar": "AA", "er": "ER", "ir": "ER", "ur": "ER", "or": "AO", "ce": "S", "ci": "S IH", "cy": "S IY", "ge": "JH"},
    **{"a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH"},
    **{"k": "K", "l": "L", "m": "M", "n": "N", "o": "AO", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T"},
    **{"u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z"},
}
LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}  # before a consonant and a silent e
UNCLEAR = ("AH",)  # what is said where no letter has a sound


class Sound(NamedTuple):
    """A stretch of speech: the phoneme, the viseme that shows meanwhile, and how long it usually lasts."""

    phoneme: str
    viseme: str
    milliseconds: float


def phonemes(word: str) -> tuple[str, ...]:
    """Return how a word is spoken, at least one phoneme; a word that is not in the list by simple rules of spelling."""
    word = word.lower()
    return WORDS.get(word) or _spelt(word) or UNCLEAR


def visemes(word: str) -> tuple[str, ...]:
    """Return the viseme of each phoneme of a word."""
    return tuple(VISEMES[phoneme] for phoneme in phonemes(word))


def sounds(word: str) -> list[Sound]:
    """Return a word's phonemes in time; a diphthong is two sounds."""
    spoken = list[Sound]()
    for phoneme in phonemes(word):
        time = float(MILLISECONDS[MANNERS[phoneme]])
        share = BEFORE_GLIDE if phoneme in GLIDES else 1.0
        spoken.append(Sound(phoneme, VISEMES[phoneme], share * time))
        if phoneme in GLIDES:
            spoken.append(Sound(phoneme, VISEMES[GLIDES[phoneme]], (1 - share) * time))
    return spoken


def _spelt(word: str) -> tuple[str, ...]:
    spoken, place = list[str](), 0
    silent = len(word) > 2 and word.endswith("e") and word[-2] not in "aeiouy'"
    end = len(word) - silent
    while place < end:
        if silent and place == end - 2 and word[place] in LONG:
            spoken.append(LONG[word[place]])
            place += 1
            continue
        group = next((word[place : place + n] for n in (4, 3, 2, 1) if word[place : place + n] in SPELLINGS), "")
        if not group or word[place] == word[place - 1 : place]:  # no letter, or a doubled one
            place += 1
            continue
        spoken += SPELLINGS[group].split()
        place += len(group)
    return tuple(spoken)
