"""The basket of a shop: products put in, taken out, counted, and ordered after a yes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list
from pippin.apps.assistant.dialogue.cues import choose, points_back, read_position, simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.pointing import CLAUSE, count_first, name_pointed, takes_shown, without_numbers
from pippin.apps.assistant.dialogue.requests import CHOOSE, FILL, FOLLOW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import (
    MAX_QUANTITY,
    ORDERS,
    change_basket,
    lines_of,
    merge,
    order_basket,
    refuse_number,
    set_price,
    show_basket,
)
from pippin.apps.assistant.skills.limits import LIMIT
from pippin.apps.assistant.skills.phrases import read_amount
from pippin.apps.assistant.skills.shop.finding import (
    Product,
    extreme_of,
    find,
    find_products,
    item_of,
    say_product,
    shown_products,
    topic_of,
)

HAVE_YOU = re.compile(r"^(?:have you (?:got )?|do you (?:have|sell|stock)|is there|are there|have they|do they)\b")
RIGHT_NUMBER = re.compile(
    r"\b(?:just|only|make (?:it|that|them)|no more than)\b|^(?:no|nah|nope|actually|sorry|rather)\b"
)
"""Words by which a number of what lies in the basket is put right."""
NUMBER_ONLY = re.compile(
    r"(?:actually |no |just |only |better |rather |make (?:it|that|them) )+(?:just |only )?(?P<n>.+)"
)


def add(request: Request, world: World) -> Response | None:
    """Put products into the basket: named ones, or what was shown."""
    if request.mode == CHOOSE and request.choice:
        waiting = [dict(line) for line in request.memory.get("lines", ())]
        picks = read_position(request.text, len(request.items) or MAX_QUANTITY) is not None
        said = None if picks else _said_quantity(request.text)
        return _put(world, [*waiting, _line(request.choice, said or int(request.memory.get("quantity", 1)))])
    if HAVE_YOU.search(simplify(request.text)):
        answered = find(request, world)
        return replace(answered, intent="find") if answered else None
    if _is_order(request):
        return replace(order_basket("shop", world), intent="order")
    products, shown = list(world.sources.products()), shown_products(request)
    refused = refuse_number(request.text, [str(product["item"]) for product in products])
    if refused:
        return refused
    if NUMBER_ONLY.fullmatch(simplify(request.text)) and lines_of("shop", world):
        return change_number(request, world)
    if RIGHT_NUMBER.search(simplify(request.text)) and _in_basket(request.text, world) and read_amount(request.text):
        return change_number(request, world)
    text = name_pointed(
        count_first(request.text),
        shown,
        lambda part: bool(find_products(without_numbers(part), products)),
        request.memory,
    )
    lines, unclear, missed = _read_parts(text, products, shown)
    if unclear:
        found, quantity = unclear
        names = say_list([say_product(product) for product in found])
        memory = {"quantity": quantity, "lines": lines}
        return Response(CLARIFY, f"Which one? {names}.", tuple(map(item_of, found)), memory=memory)
    if lines:
        return _put(world, lines, f"The shop has nothing called {say_list(missed)}." if missed else "")
    return None if request.mode == FOLLOW else _ask_which(request)


def _in_basket(text: str, world: World) -> bool:
    """Tell whether a text names one thing that lies in the basket."""
    return len(best_names(topic_of(text), [line["item"] for line in lines_of("shop", world)])) == 1


def _ask_which(request: Request) -> Response:
    topic = topic_of(request.text)
    if topic and request.mode != FILL:
        return cannot(f"The shop has nothing called {topic}.")
    return ask("product", "Which product?")


def _is_order(request: Request) -> bool:
    """Tell whether "buy them" is said of what lies in the basket."""
    said = ORDERS.fullmatch(simplify(request.text))
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
        found = extreme_of(part, find_products(without_numbers(part), products))
        picks = read_position(part, len(shown)) is not None
        if not found and shown and (takes_shown(part) or points_back(part) or picks):
            chosen = choose(part, shown)
            found = [chosen] if chosen else list(shown)
        if len(found) == 1:
            lines.append(_line(found[0], _quantity(part)))
        elif found:
            unclear = unclear or (found, _quantity(part))
        elif topic := topic_of(without_numbers(part)):
            missed.append(topic)
    return lines, unclear, missed


def _line(product: Product, quantity: int) -> dict[str, Any]:
    unit = float(product.get("unit") or product["price"])
    line = {"item": product["item"], "quantity": quantity, "currency": product.get("currency", ""), "unit": unit}
    return set_price(line, unit)


def _put(world: World, lines: Sequence[dict[str, Any]], note: str = "") -> Response:
    return change_basket("shop", merge(lines_of("shop", world), list(lines)), world, note)


def _quantity(text: str) -> int:
    return _said_quantity(text) or 1


def _said_quantity(text: str) -> int | None:
    plain = re.sub(r"\b(?:the |an? )?(?:\w+ )?ones?\b", " ", LIMIT.sub(" ", simplify(text)))
    number = read_amount(plain)
    return None if number is None else max(1, min(number, MAX_QUANTITY))


def change_number(request: Request, world: World) -> Response | None:
    """Change how many of what was put into the basket last."""
    lines, number = lines_of("shop", world), read_amount(request.text)
    if not lines or number is None:
        return None
    index = (best_names(request.text, [line["item"] for line in lines]) or [len(lines) - 1])[0]
    unit = lines[index]["price"] / lines[index]["quantity"]
    lines[index] = set_price({**lines[index], "quantity": max(1, min(number, MAX_QUANTITY))}, unit)
    return change_basket("shop", lines, world)


def remove(request: Request, world: World) -> Response | None:
    """Take products out of the basket."""
    lines = lines_of("shop", world)
    if request.mode == FOLLOW or not lines:
        return None if request.mode == FOLLOW else cannot("Your basket is empty.")
    plain = simplify(request.text)
    found = best_names(plain, [line["item"] for line in lines])
    if re.search(r"\b(?:everything|all|empty|clear)\b", plain):
        found = list(range(len(lines)))
    elif not found and (points_back(request.text) or not topic_of(re.sub(r"\b(?:remove|out|again|take)\b", "", plain))):
        found = [len(lines) - 1]
    if not found:
        return cannot("That is not in your basket.", tuple(lines))
    return change_basket("shop", _without(lines, found, plain), world)


def _without(lines: list[dict[str, Any]], found: Sequence[int], plain: str) -> list[dict[str, Any]]:
    """Return the lines without those found, or with fewer of the one found where a number is said."""
    number = read_amount(re.sub(r"\b(?:an?|no|the)\b", " ", plain)) if len(found) == 1 else None
    line = lines[found[0]]
    if number and number < line["quantity"]:
        unit = line["price"] / line["quantity"]
        lines[found[0]] = set_price({**line, "quantity": line["quantity"] - number}, unit)
        return lines
    return [line for index, line in enumerate(lines) if index not in found]


def show(request: Request, world: World) -> Response | None:
    """Answer what is in the basket."""
    if request.mode == FOLLOW:
        return None
    if not lines_of("shop", world) and shown_products(request) and points_back(request.text):
        response = find(request, world)
        return response and replace(response, intent="find")
    return show_basket("shop", world)


def order(request: Request, world: World) -> Response | None:
    """Offer to order the basket."""
    return None if request.mode == FOLLOW else order_basket("shop", world)
