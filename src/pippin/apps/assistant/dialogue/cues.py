"""Short sayings that steer a talk: yes, no, undo, "the second one", "make it six", "and on Friday?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pippin.apps.assistant.dates.vocabulary import NUMBERS, ORDINALS
from pippin.apps.assistant.dialogue.sayings import (
    CLOCK,
    HELP,
    POLITE,
    REGRET,
    REGRETTED,
    REMARK,
    TAKE_BACK,
    THANKS,
    UNDO,
)
from pippin.apps.assistant.dialogue.values import Item

CORRECTING = re.compile(
    r"^(?:(?:no|nope|nah|oh|hm+|wait|sorry|actually|oops|ah)[, ]+(?!i\b))*"
    r"(?:no, (?!i )|no (?=(?:make|change|on|at|to|it|that|not|rather|actually|sorry|wait|let's|the|put|cancel|"
    r"move|my|half|quarter|"
    r"tomorrow|next|this|i mean|better|only|just|mon|tues|wednes|thurs|fri|satur|sun)|\d)|nope,? |actually,? |"
    r"sorry,? |i meant |i mean |rather |better |(?:(?:can|could) (?:you|we) |"
    r"please |"
    r"better )?make (?:it|that|them|this) |"
    r"(?:(?:can|could) (?:you|we) |please )?change (?:it|that) to |let's do |"
    r"let's say |let's make it |say |yes,? but |ok,? but |but |not .{1,40}, )|"
    r"(?: instead| rather| actually| would be better| is better| works better| suits me better| might be better)$"
)
FOLLOWING = re.compile(
    r"^(?:(?:and|ok|oh|so|then|also) )*(?:and|what about|how about|also|then|or|but|same for|the same for|same "
    r"(?:trip|thing|again|question|for)|what if it's|plus)\b[ ,]*"
)
ASKING = re.compile(
    r"\b(?:is|are|do|does|did|can|could|will|would|should|must|am|have|has|what|when|where|which|who|how|why|show|list|"
    r"tell|find|add|put|move|remind|set|order|cancel|delete|remove|book|create|schedule|enrol|enroll|drop|get|"
    r"give|want|"
    r"need|like|take|buy|compare|start|stop|make|change|what's|when's|where's|who's|how's|i'll|i'd|empty|sign)\b"
)
ELLIPTIC_QUESTION = re.compile(r"^(?:what|when|where|which|who|how)\??$")
SPLIT = re.compile(
    r"(?:,? and (?:also |then )?|[.;!?] +(?:and |also )?|, (?:then |also )?)"
    r"(?=(?:what|what's|when|when's|how|where|which|who|show|add|move|remind|set|order|cancel|is|are|do|does|am|"
    r"tell|put|"
    r"find|book|delete|list|sign|enrol|enroll|empty|start|schedule|create)\b)",
    re.IGNORECASE,
)
STATEMENT = re.compile(
    r"(?:so |and )?(?:i|we)(?:'d| would)? (?:need|want|have|love|like|wish|can't|cannot|am|must|should)\b|"
    r"(?:i'm|i've|we've|i'll|there's|my)\b",
    re.IGNORECASE,
)
"""What a short request after it is about: "I need two hours on Wednesday. Am I free?"."""
ABOUT_ME = re.compile(r"(?:so |and |well )?(?:i|i'd|i'm|we|we'd|we're|my \w+)\b(?!.*\?)", re.IGNORECASE)
ASKS_WHAT = re.compile(
    r"(?:what|which|how|when|where|who|is|are|do|does|can)(?:'s|'ve|'re)?\b(?: (?:is|are|have|has|do|does|can|"
    r"could|would|you|i|we|there|"
    r"they|it|that|got|on|offer|about|going|possible|take|me|for|this|one|ones|start|begin|any|anything|good))*"
)
"""A question that names nothing belongs to the sentence before it: "I'd like to learn Italian, what is there?"."""
LEAVE_BY = re.compile(
    r"^(?:so |and )?(?:i|we)(?:'ve got to| have to| must| need to| should|'ve to| have got to|'m supposed to) "
    r"(?:be|get|arrive)\b"
    r".*[,.;]? (?:when|what time|which \w+|by when)\b.*\b(?:leave|set off|set out|head out|go|start|catch|take)\b"
)
RIDE_FIRST = re.compile(
    r"^(?:so |and )?(?:it(?:'s| takes| is)|the (?:drive|ride|way|trip|journey))\b.*\b(?:minutes?|hours?|"
    r"mins?)\b.*[,.;] ?"
    r"(?:when|what time|by when)\b"
)
"""One request in two sentences: where to be by when, and when to leave for it."""
POINTING = re.compile(
    r"\b(?:it|that|this|them|these|those|ones?|there|the (?:first|second|third|last|cheaper|cheapest|same))\b"
)


def simplify(text: str) -> str:
    """Return a text in lower case, with plain apostrophes and single spaces, without marks at its end."""
    text = text.lower().replace("’", "'").replace("\u2018", "'")
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"[\s.!?,;:)]+$", "", text)


def _matches(words: str, text: str) -> bool:
    plain = re.sub(r"[,.!]", "", simplify(text))
    return bool(
        re.fullmatch(
            r"(?:(?:oh|well|um+|uh|actually|hmm|ok then|ok|okay|great|perfect|lovely|brilliant|fine|good|alright) )*"
            rf"(?:(?:{words})(?: (?:then|please|now|thanks))*(?: |$))+{POLITE}",
            plain,
        )
    )


def is_undo(text: str) -> bool:
    """Tell whether a text asks to take back what was done last."""
    return bool(re.fullmatch(rf"{REGRET}(?:{UNDO}|{TAKE_BACK}){POLITE}", simplify(text)))


UNDO_WORD = re.compile(
    rf"(?:(?:please|can you|could you|just|so|then|and|now|kindly|would you|let's) )*(?:{UNDO}){POLITE}"
)


def asks_undo(clause: str) -> bool:
    """Tell whether a clause of its own asks to take back what was done last, by the word for it."""
    plain = simplify(clause)
    return bool(UNDO_WORD.fullmatch(plain) or re.match(r"(?:please )?undo\b", plain))


def is_regret(text: str) -> bool:
    """Tell whether a text regrets what was done last, without naming anything: "oh wait, cancel that"."""
    return bool(re.fullmatch(rf"{REGRET}{REGRETTED}{POLITE}", simplify(text))) and bool(
        re.search(r"\b(?:wait|hang on|hold on|oops|actually|sorry|mistake|didn't|did not|wrong|not)\b", simplify(text))
    )


def is_thanks(text: str) -> bool:
    """Tell whether a text is a greeting or thanks."""
    return _matches(THANKS, text)


def is_remark(text: str) -> bool:
    """Tell whether a text is a word of leave or of feeling, which asks for nothing."""
    return _matches(REMARK, text)


def is_clock_question(text: str) -> bool:
    """Tell whether a text asks what time or which day it is."""
    return bool(re.fullmatch(rf"(?:{CLOCK}){POLITE}", simplify(text)))


def is_help(text: str) -> bool:
    """Tell whether a text asks what can be asked."""
    return _matches(HELP, text)


def is_correction(text: str) -> bool:
    """Tell whether a text changes what was said before."""
    return bool(CORRECTING.search(simplify(text)))


def strip_correction(text: str) -> str:
    """Return a correction without the words that mark it."""
    plain, before = simplify(text), ""
    while plain != before:
        plain, before = CORRECTING.sub("", plain).strip(" ,"), plain
    return plain


def strip_following(text: str) -> str | None:
    """Return what comes after "and" or "what about", or None where the text does not begin so."""
    plain = simplify(text)
    match = FOLLOWING.match(plain)
    return plain[match.end() :] if match else None


def has_request(text: str) -> bool:
    """Tell whether a text has a word that asks or demands, so that it is more than a part of a sentence."""
    return bool(ASKING.search(simplify(text)))


def points_back(text: str) -> bool:
    """Tell whether a text speaks of something shown before: "it", "the second one"."""
    return bool(POINTING.search(simplify(text)))


def split_requests(text: str) -> list[str]:
    """Return the requests in a text: "what's on tomorrow, and when is my train?" has two."""
    if LEAVE_BY.search(simplify(text)) or RIDE_FIRST.search(simplify(text)):
        return [text]
    parts = [part.strip(" ,") for part in SPLIT.split(text) if part and part.strip(" ,")]
    if len(parts) == 2 and ABOUT_ME.match(parts[0]) and ASKS_WHAT.fullmatch(simplify(parts[1])):
        return [text]
    leaves = len(parts) == 2 and re.match(r"(?:when|what time)\b.*\b(?:leave|set off|head|go)\b", parts[1].lower())
    if len(parts) == 2 and STATEMENT.match(parts[0]) and (len(parts[1].split()) <= 4 or leaves):
        return [text]
    return parts if len(parts) <= 4 and all(len(part.split()) >= 2 for part in parts) else [text]


def read_position(text: str, count: int) -> int | None:
    """Return the index that "the second one", "number 2" or "the last" means among `count` things, or None."""
    plain = simplify(text)
    if re.search(r"\b(?:the )?last(?: one)?\b", plain) and not re.search(
        r"last (?:week|month|time|train|bus|night)", plain
    ):
        return count - 1 if count else None
    match = re.search(r"\b(?:number|no\.?|option) (\d+|[a-z]+)\b", plain) or re.fullmatch(
        r"(?:the )?(\d)(?: please)?", plain
    )
    if match:
        number = int(match[1]) if match[1].isdigit() else NUMBERS.get(match[1], 0)
        return number - 1 if 1 <= number <= count else None
    for word, number in sorted(ORDINALS.items(), key=lambda item: -len(item[0])):
        if re.search(rf"\b{word}\b(?! (?:of|floor))", plain) and number <= count:
            return number - 1
    if match := re.search(r"\b(\d{1,2})(?:st|nd|rd|th) one\b", plain):
        return int(match[1]) - 1 if int(match[1]) <= count else None
    return None


MOMENTS = ("leave", "start", "departs", "starts", "at", "ends")
"""What items call the moment they begin."""


SUPERLATIVE = re.compile(
    r"(?:ok |yes |then |and |just )*(?:the|that) (?:cheap(?:er|est)|dearer|most expensive|earli(?:er|est)|"
    r"later|latest|best"
    r"(?: rated)?)(?: one)?(?: please| then)*"
)


def is_pick(text: str, count: int) -> bool:
    """Tell whether a text picks one of `count` things by its position and says nothing else."""
    if len(text.split()) > 5 or has_request(text):
        return False
    return read_position(text, count) is not None or bool(SUPERLATIVE.fullmatch(simplify(text)))


def item_name(item: Item) -> str:
    """Return what an item is called."""
    for key in ("summary", "item", "title", "text", "flight", "name", "to", "route"):
        if item.get(key):
            return str(item[key])
    return ""


EXTREME = re.compile(
    r"\b(?:(?P<first>earliest|soonest)|latest)\b|"
    r"\b(?:the|(?:which|what)\b(?: (?:one|of (?:them|those|these|the two)))?(?: (?:is|are|comes?|starts?|"
    r"begins?|leaves?|"
    r"departs?|goes))?(?: the)?) (?:(?P<sooner>earlier|sooner|first)|later|last)(?: one)?$"
)
"""What picks the first or the last of several things: "the earliest", "which one is later"."""


def choose(text: str, items: Sequence[Item]) -> Item | None:
    """Return the item that a text picks by its position or its name, or None."""
    from pippin.apps.assistant.dialogue.names import best_names

    if not items:
        return None
    index = read_position(text, len(items))
    if index is not None:
        return items[index]
    if re.search(r"\b(?:cheap(?:er|est)|cheap one|less expensive)\b", simplify(text)) and all(
        "price" in item for item in items
    ):
        return min(items, key=lambda item: float(item["price"]))
    if re.search(r"\b(?:dearer|more expensive|most expensive)\b", simplify(text)) and all(
        "price" in item for item in items
    ):
        return max(items, key=lambda item: float(item["price"]))
    if re.search(r"\b(?:better|best)\b", simplify(text)) and all(item.get("rating") for item in items):
        return max(items, key=lambda item: float(item["rating"]))
    extreme = EXTREME.search(simplify(text))
    moments = [next((str(item[key]) for key in MOMENTS if item.get(key)), "") for item in items]
    if extreme and all(moments):
        return items[moments.index((min if extreme["first"] or extreme["sooner"] else max)(moments))]
    found = best_names(text, [item_name(item) for item in items])
    return items[found[0]] if len(found) == 1 else None
