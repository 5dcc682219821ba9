"""Texts that speak of suicide or self-harm: help lines, and no ranking."""

from __future__ import annotations

import re

HELP = (
    "What you write sounds as if you might be in danger, and that matters more than any ranking. Please call your "
    "emergency number (112, 911 or 999), or a help line now: 988 in the United States and Canada, 116 123 in the "
    "United Kingdom, Ireland and much of Europe, 0800 111 0 111 in Germany, 13 11 14 in Australia; findahelpline.com "
    "lists others. Do not stay alone: tell a person near you."
)
_DANGERS = (
    r"\bsuicid\w*",
    r"\b(?:kill|killing|hang|hanging|drown|shoot|cut|cutting|hurt|hurting|harm|harming)(?: of)? my ?self\b",
    r"\bself[- ]?harm\w*",
    r"\b(?:end|take|taking|ending) (?:my|this) (?:own )?life\b",
    r"\b(?:end|ending) (?:it|things|everything)(?: all)?\b(?! (?:of|with the))",
    r"\b(?:want|wanna|wish|ready|plan\w*|rather|hope)(?: to| i could| i would| i was| i were| that i)? "
    r"(?:die|be dead|dead|never wake up|not wake up)\b",
    r"\bnot (?:want|wanting) to (?:live|be alive|be here|exist|wake up)\b",
    r"\b(?:don'?t|do not) (?:want|wanna|wish)(?: to)? (?:live|be alive|be here|exist|wake up|go on)\b",
    r"\bbetter off (?:dead|without me)\b",
    r"\bno (?:reason|point|sense) (?:to|in) (?:live|living|go on|going on)\b",
    r"\blife is(?: not|n'?t) worth\b",
    r"\btired of (?:living|life|being alive)\b",
    r"\b(?:took|taken|swallowed|take|taking) all (?:my|the) (?:pills|tablets|meds|medication)\b",
    r"\boverdos\w*",
    r"\bi wish i (?:was|were) never born\b",
    r"\bich will (?:sterben|nicht mehr leben)\b|\bumbringen\b|\bselbstmord\b",
    r"\bje veux mourir\b|\bme tuer\b",
    r"\bquiero morir\w*|\bmatarme\b",
    r"\bvoglio morire\b|\bquero morrer\b",
)
_DENIALS = (
    r"\b(?:not|never|no|isn'?t|aren'?t|without|deny|denies)"
    r"(?: (?:been|feeling|feel|at all|currently|any|had|have|having))* (?:suicid\w*|self[- ]?harm\w*)",
    r"\b(?:don'?t|do not|never) (?:want|wanna|wish)(?: to)? (?:die|be dead)\b",
)
_CRISIS = re.compile("|".join(_DANGERS), re.IGNORECASE)
_DENIED = re.compile("|".join(_DENIALS), re.IGNORECASE)


def is_crisis(text: str) -> bool:
    """Return whether a text speaks of suicide or self-harm, other than to deny it."""
    plain = " ".join(text.replace("’", "'").split())
    return _CRISIS.search(_DENIED.sub(" ", plain)) is not None
