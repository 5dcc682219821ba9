"""The shopping list: things in the user's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list
from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import FOLLOW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import DONE, Change, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import read_amount

LIST_WORDS = re.compile(
    r"\b(?:actually|but|oh|still)\b|\b(?:(?:please|can you|could you) )?(?:put|add|write(?: down)?|"
    r"note(?: down)?|take|remove|cross|delete|stick|pop|"
    r"scratch|tick|remember|"
    r"strike|i bought|i've bought|"
    r"i have bought|i already have|i've got|i have got|i got|we(?:'ve| have) got|got|we need(?: more| some)?|"
    r"we're out of|"
    r"we are out of|i'm out of|i am out of|we have run out "
    r"of|we've run out of|i've run out of|we ran out of|we're running low on|we're low on|there's no|there is no|"
    r"i need to buy|i need|^(?:also |and )?need|we have|buy|don't let me forget(?: to buy)?|bought|already|i "
    r"don't need|we don't need|"
    r"left)\b|"
    r"\b(?:(?:to|on|onto|from|off|of) )?(?:(?:my|the|our) )?(?:shopping )?list\b|\bfor (?:shopping|the supermarket)\b|"
    r"\boff\b|\bplease\b|\bdown\b|\bany ?more\b|\b(?:as well|too|again|now|then)\b|"
    r"\bcross (?:it|them) off\b|\bthem\b",
)
NUMBER = re.compile(r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|a dozen)\b ?")
NOTHING = ("something", "it", "that", "things", "item", "else", "something else")


def split_things(text: str) -> list[dict[str, Any]]:
    """Return the things a text lists, each with its number where one is said."""
    text = re.sub(r"^(?:the |my )?(?:shopping )?list ?[:-] ?", "", text, flags=re.IGNORECASE)
    plain = re.sub(r"\s+", " ", LIST_WORDS.sub(" ", simplify(text))).strip(" ,")
    things = []
    for part in re.split(r",| and | plus ", plain):
        words = re.sub(r"^(?:(?:some|the|an?|my|also|to|more|another|and|any) )+", "", part.strip(" ,."))
        number = NUMBER.match(words)
        name = words[number.end() :].strip() if number else words
        if re.search(r"\w", name):
            things.append({"item": name[:80], **({"quantity": read_amount(number[0])} if number else {})})
    return things


def show_list(request: Request, world: World) -> Response | None:
    """Answer what is on the list."""
    if request.mode == FOLLOW:
        return None
    items = world.record("shopping")
    if not items:
        return Response(reply="Your shopping list is empty.")
    return Response(reply=f"On your shopping list: {_say_things(items)}.", items=tuple(items))


def _say_things(items: Sequence[Item]) -> str:
    return say_list(
        [f"{item['quantity']} {item['item']}" if item.get("quantity") else str(item["item"]) for item in items]
    )


def note(request: Request, world: World) -> Response | None:
    """Put things on the list."""
    things = split_things(request.text)
    if request.mode == FOLLOW and (not things or len(request.text.split()) > 6):
        return None
    if not things or all(thing["item"] in NOTHING for thing in things):
        return ask("product", "What should I write down?")
    old = world.record("shopping")
    known = {item["item"] for item in old}
    new = [*old, *(thing for thing in things if thing["item"] not in known)]
    reply = f"On your shopping list now: {_say_things(new)}."
    return Response(DONE, reply, tuple(things), changes=(Change("shopping", old, new),), before=tuple(old))


def note_instead(request: Request, world: World) -> Response | None:
    """Put things on the list in the place of those noted last: "no, make it apples"."""
    old = world.record("shopping")
    refused = re.match(r"(?:no |not |without |skip |forget )+(?:the )?(?P<what>[^,.;]+)", simplify(request.text))
    gone = best_names(refused["what"], [str(item["item"]) for item in old]) if refused else []
    if gone:
        return replace(
            _shorten(old, gone, f"Struck off: {_say_things([old[index] for index in gone])}."), intent="strike"
        )
    things = split_things(request.text)
    number = read_amount(request.text)
    noted = [item for item in old if item["item"] in [shown["item"] for shown in request.items]]
    if number and noted and re.fullmatch(r"(?:\w+ )?(?:\d+|[a-z]+)(?: of (?:them|those))?", simplify(request.text)):
        things = [{**noted[-1], "quantity": number}]
    if not things:
        return None
    gone = [item["item"] for item in request.items]
    new = [*(item for item in old if item["item"] not in gone), *things]
    reply = f"On your shopping list now: {_say_things(new)}."
    return Response(DONE, reply, tuple(things), changes=(Change("shopping", old, new),), before=tuple(old))


def strike(request: Request, world: World) -> Response | None:
    """Take things off the list."""
    old = world.record("shopping")
    if not old:
        return None if request.mode == FOLLOW else cannot("Your shopping list is empty.")
    if re.search(r"\b(?:clear|empty|everything|all)\b", simplify(request.text)):
        return _shorten(old, list(range(len(old))), "Your shopping list is empty now.")
    names = [str(item["item"]) for item in old]
    gone = [index for thing in split_things(request.text) for index in best_names(thing["item"], names)]
    if not gone:
        return None if request.mode == FOLLOW else cannot("That is not on your shopping list.")
    return _shorten(old, gone, f"Struck off: {_say_things([old[index] for index in sorted(set(gone))])}.")


def _shorten(old: list[Any], gone: Sequence[int], reply: str) -> Response:
    left = [item for index, item in enumerate(old) if index not in gone]
    struck = tuple(old[index] for index in sorted(set(gone)))
    return Response(DONE, reply, struck, changes=(Change("shopping", old, left),), before=tuple(old))
