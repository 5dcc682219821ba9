"""Yes and no to what was offered, said in short or with more: "yes, book it", "not yet, I'll think about it"."""

from __future__ import annotations

import re

from pippin.apps.assistant.dialogue.sayings import CONSENT, COURTESY, DECLINING, NO, YES
from pippin.apps.assistant.dialogue.words import word_set

TAKING_AWAY = ("cancel", "drop", "remove", "delete", "forget", "strike")
"""Intents by which something goes; to them "yes, cancel it" is a yes."""
VERBS = {
    "create": "book|add|put|enter|schedule|create|save|write|note|make|do|get",
    "move": "move|change|shift|reschedule|push|update|make|do|put",
    "order": "order|buy|place|send|submit|purchase|get|do|take",
    "enrol": "enrol|enroll|register|sign|join|book|put|take|do|get",
}
"""What an offer may be called by who agrees to it."""
DROP_VERBS = (
    r"(?:cancel|delete|remove|drop|scrap|clear|withdraw|unenrol|deregister|take|get rid of|call|bin|strike|do|"
    r"go ahead and "
    r"(?:cancel|delete|remove|drop))"
)
OBJECTS = (
    r"(?:it|that|them|this|these|those|me|us|that one|this one|all|both|everything|the order|my order|the change|"
    r"up|in|down|"
    r"on|off|out|into|to|for|from|my|the|calendar|diary|list|course|event|appointment|series|place|now|then|please)"
)
LEADS = r"(?:(?:jk|lol|haha|nvm|k|oh|well|um+|uh|actually|hmm+|hm|ah|ok then|sorry|er)[ ,]+)*"
AND_MORE = re.compile(
    rf"^(?P<yes>(?:{CONSENT})(?:[ ,]+(?:{COURTESY}))*)[ ,.!;-]+(?:and|then|and then|and also|also)\s+(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
NO_AND_MORE = re.compile(
    rf"^{LEADS}(?:no|nope|nah|no no)(?:[ ,]+(?:{COURTESY}|thanks|thank you|please|actually|sorry|wait))*(?:[ ,.!;-]+|$)"
    r"(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)


def _words(text: str) -> str:
    plain = text.lower().replace("’", "'")
    plain = re.sub(r"\s+", " ", re.sub(r"[,.!?;:…–-]+", " ", plain))
    return plain.strip()


def _consists(text: str, needed: str, *others: str) -> bool:
    """Tell whether a text has nothing but these phrases, one of the first kind among them."""
    plain = _words(text)
    every = "|".join((needed, *others))
    whole = re.fullmatch(rf"(?:(?:{every})(?: |$))+", plain)
    return bool(whole) and bool(re.search(rf"(?:^| )(?:{needed})(?= |$)", plain))


def is_yes(text: str) -> bool:
    """Tell whether a text says yes and nothing else."""
    return _consists(text, YES, COURTESY)


def is_no(text: str) -> bool:
    """Tell whether a text says no and nothing else."""
    return _consists(text, NO, COURTESY)


def agrees(text: str, intent: str) -> bool:
    """Tell whether a text says yes to an offer, perhaps naming the act: "yes, book it"."""
    if is_yes(text) or assents(text):
        return True
    verbs = DROP_VERBS if intent in TAKING_AWAY else f"(?:{VERBS.get(intent, 'do')})"
    plain = _words(text)
    match = re.match(rf"(?:(?:{COURTESY}) )*(?:{CONSENT})(?: (?:{CONSENT}|{COURTESY}|you can|and|just))* ", f"{plain} ")
    if not match:
        return False
    rest = plain[match.end() :].strip()
    return bool(re.fullmatch(rf"(?:{verbs}(?: {OBJECTS})*(?: {COURTESY})*(?: and |$)?)+", rest))


ASSENT = re.compile(
    r"(?:(?:oh|well|um+|uh|hm+|cool|great|lovely|ok|okay|right|perfect|brilliant|thanks|thank you|please|fine|"
    r"good|super)"
    r"[ ]+)*(?:yes|yeah|yep|yup|ya|yea|aye|sure|go ahead|go for it|go on|do it|please do|absolutely|definitely|ok|okay|"
    r"of course|certainly|confirmed?|agreed|great|perfect|fine|lovely)\b(?P<rest>.*)"
)
HARMLESS = word_set(
    "that that's that'll that'd it it's this is was will would do does did works work suits suit fine",
    "good great nice nicely lovely perfect perfectly right correct sounds looks seems the a an my me us",
    "you he she they we i he's she's they're i'm i've he'd wrote told said says asked knows know agreed",
    "agrees happy sure certain very much so too please thanks thank then now all well just exactly one ok",
    "okay yes yeah go ahead on for of with to are am have has been done finally already indeed absolutely",
    "definitely really quite kind love dear friend mate pal buddy sir madam what wanted meant planned",
    "idea plan best better everything those",
)
"""Words that may follow a yes without changing what it is said to."""


def assents(text: str) -> bool:
    """Tell whether a text says yes and goes on with nothing that changes what it says yes to: "yes, that'll do"."""
    match = ASSENT.fullmatch(_words(text))
    return match is not None and "?" not in text and all(word in HARMLESS for word in match["rest"].split())


def declines(text: str) -> bool:
    """Tell whether a text puts off or calls off an offer, with a reason or without: "not yet, I'll ask Tom first"."""
    if is_no(text):
        return True
    plain = _words(text)
    return bool(re.match(rf"{LEADS}(?:(?:no|nope|nah|ok|okay|thanks|thank you) )*(?:{DECLINING})(?: |$)", f"{plain} "))


def split_yes(text: str) -> str | None:
    """Return the request that comes after a yes ("yes, and remind me at 5"), or None where there is none."""
    match = AND_MORE.match(text.strip())
    return match["rest"].strip() if match else None


def split_no(text: str) -> str | None:
    """Return what comes after a no ("no, the second one"), "" where nothing does, None where there is no "no"."""
    match = NO_AND_MORE.match(text.strip())
    return match["rest"].strip() if match else None
