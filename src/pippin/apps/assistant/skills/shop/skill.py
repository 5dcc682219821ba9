"""Shop: a shopping list, and products to find, compare and order."""

from __future__ import annotations

import re
from dataclasses import replace

from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import CORRECT, NEW, Request, Response, cannot
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import lines_of
from pippin.apps.assistant.skills.shop.cart import add, change_number, order, remove, show
from pippin.apps.assistant.skills.shop.finding import compare, find, find_products
from pippin.apps.assistant.skills.shop.shopping_list import note, note_instead, show_list, strike

NONE = "I know no shop. `pippin assistant connect FILE.json` reads its products (schema.org Product)."


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about shopping; None where it goes on from nothing here."""
    meant = _place_of(request, world)
    if meant != request.intent and request.mode == NEW:
        response = answer(replace(request, intent=meant), world)
        return replace(response, intent=meant) if response else None
    if request.intent == "remove" and request.mode == NEW and not lines_of("shop", world) and world.record("shopping"):
        response = strike(request, world)
        return response and replace(response, intent="strike")
    if request.mode == CORRECT and request.intent == "note":
        return note_instead(request, world)
    if request.intent in LISTS:
        return LISTS[request.intent](request, world)
    if not world.sources.products():
        return cannot(NONE)
    if request.mode == CORRECT:
        refused = re.match(r"(?:no|not|without|skip|forget)\b", simplify(request.text))
        names = [str(line["item"]) for line in lines_of("shop", world)]
        if refused and len(best_names(request.text, names)) == 1:
            removed = remove(request, world)
            return removed and replace(removed, intent="remove")
        return change_number(request, world)
    return SHOP[request.intent](request, world)


PACKS = re.compile(
    r"(?:^|[,.;] ?|\band )(?:please |just )?(?:add|get|take|buy|order) (?:me )?(?:an?|one|two|three|four|five|\d{1,2}) "
    r"(?:packs?|packets?|box(?:es)?|pairs?|sets?|rolls?|bags?|tins?|bottles?)(?: of (?:them|those|these))?$"
)
"""Packs that are put into the basket, after what they are of: "I need batteries, add a pack"."""


def _place_of(request: Request, world: World) -> str:
    """Return the intent, corrected by whether a text names the list or the cart, or packs of a product."""
    plain = simplify(request.text)
    is_cart, is_list = bool(re.search(r"\b(?:cart|basket|trolley)\b", plain)), bool(re.search(r"\blist\b", plain))
    of_cart = {"note": "add", "strike": "remove", "list": "basket"}
    of_list = {cart: place for place, cart in of_cart.items()}
    if (
        request.intent == "note"
        and not is_list
        and PACKS.search(plain)
        and find_products(plain, world.sources.products())
    ):
        return "add"
    if is_cart == is_list:
        return request.intent
    return (of_cart if is_cart else of_list).get(request.intent, request.intent)


LISTS = {"list": show_list, "note": note, "strike": strike}
SHOP = {"find": find, "compare": compare, "add": add, "remove": remove, "basket": show, "order": order}
