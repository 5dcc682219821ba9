"""Shop: a shopping list, and products to find, compare and order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list, say_money
from pippin.apps.assistant.dates.vocabulary import NUMBERS
from pippin.apps.assistant.dialogue.cues import choose, points_back, simplify
from pippin.apps.assistant.dialogue.names import EMPTY, best_names, match_names, split_words
from pippin.apps.assistant.dialogue.pointing import CLAUSE, name_pointed, takes_shown, without_numbers
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, NEW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, DONE, Change, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import (
    MAX_QUANTITY,
    change_basket,
    lines_of,
    merge,
    order_basket,
    refuse_number,
    set_price,
    show_basket,
)
from pippin.apps.assistant.skills.phrases import read_amount

NONE = "I know no shop. `pippin assistant connect FILE.json` reads its products (schema.org Product)."
LIST_WORDS = re.compile(
    r"\b(?:(?:please|can you|could you) )?(?:put|add|write(?: down)?|note(?: down)?|take|remove|cross|delete|"
    r"strike|i bought|i've bought|"
    r"i have bought|i already have|i've got|i have got|got|we need|we're out of|we are out of|we have run out "
    r"of|we ran out of|"
    r"i need to buy|i need|we have|buy|don't let me forget(?: to buy)?|bought|already)\b|"
    r"\b(?:(?:to|on|onto|from|off|of) )?(?:(?:my|the|our) )?(?:shopping )?list\b|\bfor shopping\b|\boff\b|"
    r"\bplease\b|\bdown\b|\bany more\b|"
    r"\bcross (?:it|them) off\b|\bthem\b",
)
PRODUCT_WORDS = frozenset(
    [
        "show",
        "find",
        "search",
        "sell",
        "shop",
        "product",
        "products",
        "looking",
        "cheap",
        "cheaper",
        "cheapest",
        "price",
        "cost",
        "buy",
        "basket",
        "cart",
        "compare",
        "difference",
        "between",
        "better",
        "best",
        "rated",
        "value",
        "versus",
        "vs",
        "which",
        "stock",
        "anything",
        "less",
        "under",
        "below",
        "over",
        "more",
        "than",
        "dollar",
        "dollars",
        "euro",
        "euros",
        "eur",
        "usd",
        "pound",
        "pounds",
        "shopping",
        "order",
        "store",
        "into",
    ]
)
HAVE_YOU = re.compile(r"^(?:have you (?:got )?|do you (?:have|sell|stock)|is there|are there|have they|do they)\b")
LIMIT = re.compile(
    r"\b(?P<way>under|below|less than|cheaper than|up to|at most|over|above|more than|at "
    r"least)\s+[$€£]?\s*(?P<n>\d+(?:\.\d+)?)"
)
Product = Mapping[str, Any]


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about shopping; None where it goes on from nothing here."""
    meant = _place_of(request)
    if meant != request.intent and request.mode == NEW:
        response = answer(replace(request, intent=meant), world)
        return replace(response, intent=meant) if response else None
    if request.intent in ("list", "note", "strike"):
        return LISTS[request.intent](request, world)
    if not world.sources.products():
        return cannot(NONE)
    if request.mode == CORRECT:
        return _change_number(request, world)
    return SHOP[request.intent](request, world)


def _place_of(request: Request) -> str:
    """Return the intent, corrected by whether a text names the list or the cart."""
    plain = simplify(request.text)
    is_cart, is_list = bool(re.search(r"\b(?:cart|basket|trolley)\b", plain)), bool(re.search(r"\blist\b", plain))
    of_cart = {"note": "add", "strike": "remove", "list": "basket"}
    of_list = {cart: place for place, cart in of_cart.items()}
    if is_cart == is_list:
        return request.intent
    return (of_cart if is_cart else of_list).get(request.intent, request.intent)


# Shopping list ------------------------------------------------------------------------------------------------


def _split_things(text: str) -> list[dict[str, Any]]:
    """Return the things a text lists, each with its number where one is said."""
    plain = re.sub(r"\s+", " ", LIST_WORDS.sub(" ", simplify(text))).strip(" ,")
    things = []
    for part in re.split(r",| and | plus ", plain):
        words = re.sub(r"^(?:some|the|an?|my|also|to|more|another) ", "", part.strip(" ,."))
        number = re.match(r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|a dozen)\b ?", words)
        name = words[number.end() :].strip() if number else words
        if re.search(r"\w", name):
            things.append({"item": name[:80], **({"quantity": read_amount(number[0])} if number else {})})
    return things


def _list(request: Request, world: World) -> Response | None:
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


def _note(request: Request, world: World) -> Response | None:
    things = _split_things(request.text)
    if request.mode == FOLLOW and (not things or len(request.text.split()) > 6):
        return None
    if not things or all(t["item"] in ("something", "it", "that", "things", "item") for t in things):
        return ask("product", "What should I write down?")
    old = world.record("shopping")
    known = {item["item"] for item in old}
    new = [*old, *(thing for thing in things if thing["item"] not in known)]
    return Response(
        DONE,
        f"On your shopping list now: {_say_things(new)}.",
        tuple(things),
        changes=(Change("shopping", old, new),),
        before=tuple(old),
    )


def _strike(request: Request, world: World) -> Response | None:
    old = world.record("shopping")
    if not old:
        return None if request.mode == FOLLOW else cannot("Your shopping list is empty.")
    if re.search(r"\b(?:clear|empty|everything|all)\b", simplify(request.text)):
        return Response(
            DONE,
            "Your shopping list is empty now.",
            tuple(old),
            changes=(Change("shopping", old, []),),
            before=tuple(old),
        )
    names = [str(item["item"]) for item in old]
    gone = [index for thing in _split_things(request.text) for index in best_names(thing["item"], names)]
    if not gone:
        return None if request.mode == FOLLOW else cannot("That is not on your shopping list.")
    left = [item for index, item in enumerate(old) if index not in gone]
    struck = tuple(old[index] for index in sorted(set(gone)))
    told = f"Struck off: {_say_things(struck)}."
    return Response(DONE, told, struck, changes=(Change("shopping", old, left),), before=tuple(old))


# Products -----------------------------------------------------------------------------------------------------


def _item(product: Product) -> Item:
    return {key: value for key, value in product.items() if value not in ("", None)}


def _say(product: Product) -> str:
    rating = f", rated {product['rating']:g}" if product.get("rating") else ""
    stock = "" if product.get("in_stock", True) else ", out of stock"
    return f"{product['item']} {say_money(float(product['price']), str(product.get('currency', '')))}{rating}{stock}"


def _topic(text: str) -> str:
    return " ".join(word for word in split_words(LIMIT.sub(" ", simplify(text))) if word not in PRODUCT_WORDS | EMPTY)


def find_products(text: str, products: Sequence[Product]) -> list[Product]:
    """Return the products that a text names best, by name or else by description, within its limit of price."""
    within = [p for p in products if _is_within(text, p)]
    topic = _topic(text)
    if not topic:
        return within if LIMIT.search(simplify(text)) else []
    best = best_names(topic, [p["item"] for p in within])
    if not best:
        topic = " ".join(word for word in topic.split() if word not in NUMBERS and not word.isdigit())
        matches = match_names(topic, [str(p.get("description", "")) for p in within])
        best = [m.index for m in matches if m.weight == matches[0].weight]
    return [within[index] for index in best]


def _is_within(text: str, product: Product) -> bool:
    for match in LIMIT.finditer(simplify(text)):
        low = match["way"] in ("over", "above", "more than", "at least")
        if (float(product["price"]) < float(match["n"])) if low else (float(product["price"]) > float(match["n"])):
            return False
    return True


def _find(request: Request, world: World) -> Response | None:
    products = list(world.sources.products())
    plain = simplify(request.text)
    found = find_products(request.text, products)
    if request.mode == FOLLOW and not found:
        chosen = choose(request.text, _shown(request))
        return Response(reply=f"{_say(chosen)}.", items=(chosen,)) if chosen else None
    if not found and not _topic(request.text):
        found = products
    if not found:
        return cannot(f"The shop has nothing called {_topic(request.text)}.")
    found = sorted(found, key=lambda p: float(p["price"])) if LIMIT.search(plain) else found
    if "cheapest" in plain:
        found = [min(found, key=lambda p: float(p["price"]))]
    return Response(reply=f"{say_list([_say(p) for p in found])}.", items=tuple(map(_item, found)))


def _shown(request: Request) -> list[Item]:
    return [item for item in request.items if item.get("item") and "price" in item and item.get("kind") != "food"]


def _compare(request: Request, world: World) -> Response | None:
    products = list(world.sources.products())
    plain = simplify(request.text)
    parts = re.split(r"\b(?:and|or|with|versus|vs|than|to|,)\b", plain)
    found: list[Product] = []
    for part in parts:
        found += [p for p in find_products(part, products) if p not in found]
    shown = _shown(request)
    if len(found) < 2 and shown:
        number = 2 if re.search(r"\bfirst two\b|\bboth\b", plain) else len(shown)
        found = list(shown[:number])
    if len(found) < 2:
        return None if request.mode == FOLLOW else cannot("Name two products, or look for some first.")
    cheapest, best = min(found, key=lambda p: float(p["price"])), max(found, key=lambda p: float(p.get("rating") or 0))
    key = (
        (lambda p: -float(p.get("rating") or 0))
        if re.search(r"best|better|rated", plain)
        else (lambda p: float(p["price"]))
    )
    found = sorted(found, key=key)
    verdict = f"{cheapest['item']} is the cheapest" + (f", {best['item']} is rated best" if best.get("rating") else "")
    focus = {"focus": found[0]["item"]} if re.search(r"best|better|rated|cheap|less", plain) else {}
    reply = f"{say_list([_say(p) for p in found])}. {verdict}."
    return Response(reply=reply, items=tuple(map(_item, found)), memory=focus)


def _add(request: Request, world: World) -> Response | None:
    if request.mode == CHOOSE and request.choice:
        waiting = [dict(line) for line in request.memory.get("lines", ())]
        return _put(world, [*waiting, _line(request.choice, int(request.memory.get("quantity", 1)))])
    if HAVE_YOU.search(simplify(request.text)):
        answered = _find(request, world)
        return replace(answered, intent="find") if answered else None
    if _is_order(request):
        return replace(order_basket("shop", world), intent="order")
    products, shown = list(world.sources.products()), _shown(request)
    refused = refuse_number(request.text, [str(product["item"]) for product in products])
    if refused:
        return refused
    text = name_pointed(
        request.text, shown, lambda part: bool(find_products(without_numbers(part), products)), request.memory
    )
    lines, unclear, missed = _read_parts(text, products, shown)
    if unclear:
        found, quantity = unclear
        told = f"Which one? {say_list([_say(p) for p in found])}."
        return Response(CLARIFY, told, tuple(map(_item, found)), memory={"quantity": quantity, "lines": lines})
    if lines:
        return _put(world, lines, f"The shop has nothing called {say_list(missed)}." if missed else "")
    if request.mode == FOLLOW:
        return None
    return (
        cannot(f"The shop has nothing called {_topic(request.text)}.")
        if _topic(request.text) and request.mode != FILL
        else ask("product", "Which product?")
    )


def _is_order(request: Request) -> bool:
    """Tell whether "buy them" is said of what lies in the basket."""
    said = re.fullmatch(
        r"(?:ok |okay |please |now |then )*(?:buy|order|purchase) (?:it|them|that|those|these|both)(?: all| both)?"
        r"(?: please| now| then)*",
        simplify(request.text),
    )
    return bool(said) and bool(request.items) and all(item.get("kind") == "shop" for item in request.items)


def _read_parts(
    text: str, products: Sequence[Product], shown: Sequence[Item]
) -> tuple[list[dict[str, Any]], tuple[list[Product], int] | None, list[str]]:
    """Return the lines that the parts of a text name, the part that names several, and what names none."""
    lines: list[dict[str, Any]] = []
    missed: list[str] = []
    unclear = None
    whole = find_products(text, products)
    parts = CLAUSE.split(text)[::2] if len(whole) != 1 or len(CLAUSE.split(text)) > 1 else [text]
    for part in parts:
        found = find_products(without_numbers(part), products)
        if not found and shown and (takes_shown(part) or points_back(part)):
            found = list(shown)
        if len(found) == 1:
            lines.append(_line(found[0], _quantity(part)))
        elif found:
            unclear = unclear or (found, _quantity(part))
        elif topic := _topic(without_numbers(part)):
            missed.append(topic)
    return lines, unclear, missed


def _line(product: Product, quantity: int) -> dict[str, Any]:
    unit = float(product.get("unit") or product["price"])
    line = {"item": product["item"], "quantity": quantity, "currency": product.get("currency", ""), "unit": unit}
    return set_price(line, unit)


def _put(world: World, lines: Sequence[dict[str, Any]], note: str = "") -> Response:
    return change_basket("shop", merge(lines_of("shop", world), list(lines)), world, note)


def _quantity(text: str) -> int:
    plain = re.sub(r"\b(?:the |an? )?(?:\w+ )?ones?\b", " ", LIMIT.sub(" ", simplify(text)))
    return max(1, min(read_amount(plain) or 1, MAX_QUANTITY))


def _change_number(request: Request, world: World) -> Response | None:
    """Change how many of what was put into the basket last."""
    lines, number = lines_of("shop", world), read_amount(request.text)
    if not lines or number is None:
        return None
    index = (best_names(request.text, [line["item"] for line in lines]) or [len(lines) - 1])[0]
    unit = lines[index]["price"] / lines[index]["quantity"]
    lines[index] = set_price({**lines[index], "quantity": max(1, min(number, MAX_QUANTITY))}, unit)
    return change_basket("shop", lines, world)


def _remove(request: Request, world: World) -> Response | None:
    lines = lines_of("shop", world)
    if request.mode == FOLLOW or not lines:
        return None if request.mode == FOLLOW else cannot("Your basket is empty.")
    plain = simplify(request.text)
    found = best_names(plain, [line["item"] for line in lines])
    if re.search(r"\b(?:everything|all|empty|clear)\b", plain):
        found = list(range(len(lines)))
    elif not found and points_back(request.text):
        found = [len(lines) - 1]
    if not found:
        return cannot("That is not in your basket.", tuple(lines))
    return change_basket("shop", [line for index, line in enumerate(lines) if index not in found], world)


def _basket(request: Request, world: World) -> Response | None:
    return None if request.mode == FOLLOW else show_basket("shop", world)


def _order(request: Request, world: World) -> Response | None:
    return None if request.mode == FOLLOW else order_basket("shop", world)


LISTS = {"list": _list, "note": _note, "strike": _strike}
SHOP = {"find": _find, "compare": _compare, "add": _add, "remove": _remove, "basket": _basket, "order": _order}
