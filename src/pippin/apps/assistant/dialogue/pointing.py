"""What a text takes of the things shown last: "two of those", "that one", "three in my basket"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pippin.apps.assistant.dates.vocabulary import NUMBERS
from pippin.apps.assistant.dialogue.cues import choose, read_position, simplify
from pippin.apps.assistant.dialogue.values import Item

NUMBER = rf"(?:\d{{1,4}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))}|a couple|a pair|another(?: one)?)"
STOP = (
    r"(?=\s*(?:$|[,.!?]|(?:please|with|without|in|into|to|on|and|plus|more|too|then|for|as well|thanks|"
    r"of (?:those|them|these|it|that|the \w+ ones?)|portions?|helpings?|servings?|pieces?)\b))"
)
COUNTED = re.compile(
    rf"\b(?P<number>{NUMBER})\b{STOP}(?P<tail>(?: more)?(?: (?:portions?|helpings?|servings?|pieces?)(?! of (?!th)))?"
    r"(?: of (?:those|them|these|it|that|the \w+ ones?)\b)?)"
)
ONE = re.compile(r"\b(?:(?:the|that|this) (?:\w+ )?one|that|this|it|them|those|these|both)\b(?!')")
TAKE = re.compile(
    r"(?:^|\b)(?:take|have|get|add|put|give|buy|grab|go for|go with|choose|pick|want|need|like|throw|stick|pop|"
    r"order)\b|\b(?:in|into) (?:my|the) (?:basket|cart|trolley)\b|"
    rf"^(?:ok |okay |yes |and |then |just )*{NUMBER}\b{STOP}"
)
KIND = re.compile(r"of the (\w+) ones?\b")
BOTH = re.compile(r"(?:ok |yes |and )*both(?: of them)?(?: please| then)*")
ASKS = re.compile(r"^(?:ok |and )*(?:what|when|where|which|who|how|do|does|is|are|show|list|tell|why)\b")
AWAY = re.compile(r"\b(?:take|put|get|leave|drop|throw)\b.*\b(?:out|off|away|back|from)\b|\b(?:remove|delete)\b")
OTHER = re.compile(r"\b(?:remind|reminder|calendar|timer|alarm|list|wake|event|meeting|appointment|schedule|cancel)\b")
CLAUSE = re.compile(r"(\s*,\s*(?:and |plus )?|\s+(?:and|plus) )")


NUMBER_AFTER = re.compile(
    r"(?P<lead>(?:(?:ok|okay|and|then|i'll have|i'll take|i'd like|i want|add|get|get me|give me|can i have|take) )*)"
    r"(?:an? |some |one )?(?P<thing>(?![^,]*\b(?:and|plus|two|three|four|five|six)\b)[a-z][a-z' -]+), "
    rf"(?:make (?:it|that|them) )?(?P<number>(?!another){NUMBER})"
    r"(?: (?:of (?:them|those|these)|packs?|portions?|times|please|then|thanks))*"
)
"""A thing whose number comes after it: "the mint tea, two of them"."""


def count_first(text: str) -> str:
    """Return a text in which the number comes before its thing."""
    match = NUMBER_AFTER.fullmatch(simplify(text))
    of = "of " if match and match["thing"].startswith("the ") else ""
    return f"{match['lead']}{_number(match['number'])} {of}{match['thing']}" if match else text


def takes_shown(text: str) -> bool:
    """Tell whether a text takes something that it names by a number or by pointing only."""
    plain = simplify(text)
    return bool(
        not ASKS.search(plain)
        and not AWAY.search(plain)
        and not OTHER.search(plain)
        and (TAKE.search(plain) or BOTH.fullmatch(plain))
        and any(COUNTED.search(clause) or ONE.search(clause) for clause in CLAUSE.split(plain))
    )


def counts_shown(text: str) -> bool:
    """Tell whether a text says how many it takes, or which one."""
    return bool(COUNTED.search(simplify(text)) or re.search(r"\bone\b", simplify(text)))


def without_numbers(text: str) -> str:
    """Return a text without the numbers that count what it does not name."""
    return COUNTED.sub(lambda match: f" {' '.join(KIND.findall(match['tail']))} ", simplify(text))


def things_of(items: Sequence[Item]) -> bool:
    """Tell whether what was shown can be put into a basket."""
    return bool(items) and all(item.get("item") and "price" in item for item in items)


def find_pointed(text: str, shown: Sequence[Item], memory: Mapping[str, Any]) -> Item | None:
    """Return the one thing that a text points at: by its position, as the one last named, or as the only one."""
    if read_position(text, len(shown)) is not None or re.search(r"cheap|expensive|dear|better|best", text):
        return choose(text, shown)
    focus = next((item for item in shown if item["item"] == memory.get("focus")), None)
    return focus or (shown[0] if len(shown) == 1 else None)


def name_pointed(
    text: str, shown: Sequence[Item], names_thing: Callable[[str], bool], memory: Mapping[str, Any] | None = None
) -> str:
    """Return a text with the name of the thing in place of what points at it; clauses that name one stay."""
    parts = CLAUSE.split(simplify(text))
    for index in range(0, len(parts), 2):
        item = None if names_thing(parts[index]) else find_pointed(parts[index], shown, memory or {})
        if item:
            options = " and ".join(map(str, item.get("options") or ()))
            parts[index] = _put_name(parts[index], f"{item['item']} with {options}" if options else str(item["item"]))
    return "".join(parts)


def _number(word: str) -> str:
    return "2" if word in ("a couple", "a pair") else "1" if word.startswith("another") else word


def read_number(text: str) -> int:
    """Return how many a text takes of what it points at."""
    counted = COUNTED.search(simplify(text))
    word = _number(counted["number"]) if counted else "1"
    return int(word) if word.isdigit() else int(NUMBERS.get(word, 1))


def _put_name(clause: str, name: str) -> str:
    ones = re.search(r"(?<!of )\b(?:the|that|this) (?:\w+ )?one\b", clause)
    if ones:
        return f"{clause[: ones.start()]}1 {name}{clause[ones.end() :]}"
    counted = COUNTED.search(clause)
    if counted:
        return f"{clause[: counted.start()]}{_number(counted['number'])} {name}{clause[counted.end() :]}"
    return ONE.sub(lambda match: f"1 {name}", clause, count=1)
