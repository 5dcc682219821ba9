"""Food: the menu, a basket, and orders that are noted after a yes."""

from __future__ import annotations

import re
from dataclasses import replace

from pippin.apps.assistant.dialogue.cues import points_back, simplify
from pippin.apps.assistant.dialogue.pointing import takes_shown
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FOLLOW, NEW, Request, Response, cannot
from pippin.apps.assistant.dialogue.values import DONE
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import (
    change_basket,
    lines_of,
    merge,
    order_basket,
    say_lines,
    show_basket,
    usual_lines,
)
from pippin.apps.assistant.skills.food.adding import add
from pippin.apps.assistant.skills.food.changing import change_line, remove_lines
from pippin.apps.assistant.skills.food.exchanging import find_lines
from pippin.apps.assistant.skills.food.menu_reading import find_unknown, price_of, read_order
from pippin.apps.assistant.skills.food.telling import tell_items, tell_menu

NONE = "I know no menu. `pippin assistant connect FILE.json` reads one (schema.org Menu)."
ALSO = re.compile(r"\b(?:also|too|as well|another|add|and|more|with)\b", re.IGNORECASE)
REPLACES = re.compile(r"\b(?:instead|swap|change|rather|make|for the|for my)\b", re.IGNORECASE)


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about food; None where it goes on from nothing here."""
    if not world.sources.menu():
        return cannot(NONE)
    if request.mode == CORRECT:
        replaced = _in_its_place(request, world)
        if replaced:
            return replaced
        if _names_another(request, world):
            return add(replace(request, mode=NEW), world)
        changed = change_line(request, world)
        is_open = request.intent == "order" and changed and changed.act == DONE
        return replace(changed, reply=f"{changed.reply} Nothing was ordered yet.") if changed and is_open else changed
    return INTENTS[request.intent](request, world)


def _in_its_place(request: Request, world: World) -> Response | None:
    """Put a dish in the place of the one put in last where a correction names nothing else: "I meant a margherita"."""
    lines, menu = lines_of("food", world), world.sources.menu()
    read = read_order(request.text, menu)
    alone = re.fullmatch(r"(?:an?|the|one) (?P<name>[\w ]+)", simplify(request.text))
    if not (alone and lines and len(read.lines) == 1) or ALSO.search(request.text):
        return None
    if read.lines[0]["item"] in [line["item"] for line in lines] or find_unknown(request.text, menu) == []:
        return None
    return change_basket("food", [*lines[:-1], read.lines[0]], world, intent="change")


def _names_another(request: Request, world: World) -> bool:
    """Tell whether a correction names a dish that is not in the basket, and none that it would take the place of."""
    lines, menu = lines_of("food", world), world.sources.menu()
    read = read_order(request.text, menu)
    known = {line["item"] for line in lines}
    return (
        bool(read.lines) and all(line["item"] not in known for line in read.lines) and not REPLACES.search(request.text)
    )


def _remove(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    if request.mode == CHOOSE and request.choice:
        left = [
            line
            for line in lines_of("food", world)
            if (line["item"], line["options"]) != (request.choice["item"], list(request.choice["options"]))
        ]
        return change_basket("food", left, world)
    return remove_lines(request, world)


def _change(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    menu = world.sources.menu()
    shown = [item for item in request.items if any(dish["item"] == item.get("item") for dish in menu)]
    if not lines_of("food", world) and len(shown) == 1:
        pointed = takes_shown(request.text)
        text = request.text if pointed else f"{shown[0]['item']} {request.text}"
        return add(replace(request, mode=NEW, text=text), world)
    if not lines_of("food", world) or not (
        find_lines(request.text, lines_of("food", world)) or points_back(request.text)
    ):
        order = read_order(request.text, menu)
        if order.lines and not re.search(r"instead|swap|change", request.text.lower()):
            return add(request, world)
    return change_line(request, world)


def _empty(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    if re.search(
        r"\b(?:events?|calendar|appointments?|meetings?|reminders?|courses?|flights?)\b", request.text.lower()
    ):
        return cannot("I do not empty that.")
    return change_basket("food", [], world)


def _basket(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    if not lines_of("food", world) and lines_of("shop", world) and not re.search(r"\bfood\b", request.text.lower()):
        return None
    orders = [order for order in world.record("orders") if order["kind"] == "food"]
    if orders and not lines_of("food", world) and re.search(r"\border(?:ed)?\b", request.text.lower()):
        last = orders[-1]
        return Response(
            reply=f"You ordered {say_lines(last['lines'])}.", items=tuple(last["lines"]), slots={"total": last["total"]}
        )
    shown = [item for item in request.items if any(dish["item"] == item.get("item") for dish in world.sources.menu())]
    if not lines_of("food", world) and shown and points_back(request.text):
        response = tell_items(shown, world)
        return replace(response, intent="menu")
    return show_basket("food", world)


def _order(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    if read_order(request.text, world.sources.menu()).lines:
        return add(request, world)
    return order_basket("food", world)


def _usual(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    usual = usual_lines("food", world)
    names = {dish["item"] for dish in world.sources.menu()}
    lines = [
        price_of({k: v for k, v in line.items() if k != "kind"}, world.sources.menu())
        for line in usual
        if line["item"] in names
    ]
    if not lines:
        return cannot("You have ordered nothing yet that is on the menu.")
    return change_basket("food", merge(lines_of("food", world), lines), world)


INTENTS = {
    "menu": tell_menu,
    "add": add,
    "remove": _remove,
    "change": _change,
    "empty": _empty,
    "basket": _basket,
    "order": _order,
    "usual": _usual,
}
