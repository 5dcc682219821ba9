"""Texts that speak of suicide or self-harm: help lines, and no ranking."""

from __future__ import annotations

import re

HELP = (
    "What you write sounds as if you might be in danger, and that matters more than any ranking. Please call your "
    "emergency number (112, 911 or 999), or a help line now: 988 in the United States and Canada, 116 123 in the "
    "United Kingdom, Ireland and much of Europe, 0800 111 0 111 in Germany, 13 11 14 in Australia; findahelpline.com "
    "lists others. Do not stay alone: tell somebody near you."
)
_CRISIS = re.compile(
    r"\bsuicid\w*|\b(?:kill|killing|hang|hanging|drown|shoot|cut|cutting|hurt|hurting|harm|harming)(?: of)? "
    r"(?:my ?self|me self)\b|\bself[- ]?harm\w*|\bend (?:my|this) (?:own )?life\b|\bend (?:it|things|everything)(?: all)?\b"
    r"(?! (?:of|with the))|\btake my (?:own )?life\b|\b(?:want|wanna|wish|going|ready|plan\w*|like|love|rather|hope)"
    r"(?: to| i could| i would| i was| i were| that i)? (?:die|be dead|dead|never wake up|not wake up)\b|"
    r"\bnot (?:want|wanting) to (?:live|be alive|be here|exist|wake up)\b|\b(?:don'?t|do not|dont) "
    r"(?:want|wanna|wish)(?: to)? (?:live|be alive|be here|exist|wake up|go on)\b|\bbetter off (?:dead|without me)\b|"
    r"\bno (?:reason|point|sense) (?:to|in) (?:live|living|go on|going on)\b|\blife is(?: not|n'?t) worth\b|"
    r"\btired of (?:living|life|being alive)\b|\b(?:took|taken|swallowed|take|taking) (?:\w+ ){0,3}"
    r"(?:overdose|all (?:my|the) (?:pills|tablets|meds|medication))\b|\boverdos\w*|\bi wish i (?:was|were) "
    r"(?:dead|never born)\b|\bich will (?:sterben|nicht mehr leben)\b|\bumbringen\b|\bselbstmord\b|"
    r"\bje veux mourir\b|\bme tuer\b|\bquiero morir\w*|\bmatarme\b|\bvoglio morire\b|\bquero morrer\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|never|no|isn'?t|aren'?t|without|deny|denies)(?: (?:been|feeling|feel|at all|currently|any|had|have|having))* "
    r"(?:suicid\w*|self[- ]?harm\w*)|\b(?:don'?t|do not|dont|never) (?:want|wanna|wish)(?: to)? (?:die|be dead)\b",
    re.IGNORECASE,
)


def is_crisis(text: str) -> bool:
    """Whether a text speaks of suicide or self-harm, other than to deny it."""
    plain = " ".join(text.replace("’", "'").split())
    return _CRISIS.search(_DENIED.sub(" ", plain)) is not None
