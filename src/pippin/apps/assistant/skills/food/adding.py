"""Puts dishes into the basket: named ones with their options, or what was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list
from pippin.apps.assistant.dialogue.cues import choose, points_back, simplify
from pippin.apps.assistant.dialogue.pointing import BOTH, count_first, name_pointed, read_number, takes_shown
from pippin.apps.assistant.dialogue.requests import CHOOSE, FOLLOW, NEW, Request, Response, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import ORDERS, change_basket, lines_of, merge, order_basket, refuse_number
from pippin.apps.assistant.skills.food.changing import change_line
from pippin.apps.assistant.skills.food.exchanging import SWAPS, exchange
from pippin.apps.assistant.skills.food.menu_reading import Dish, new_line, price_of, read_order
from pippin.apps.assistant.skills.phrases import read_amount

MAX_SHOWN = 12


def item_of(dish: Dish) -> Item:
    """Return a dish as it is shown."""
    return {"item": dish["item"], "price": dish["price"], "currency": dish["currency"]}


def add(request: Request, world: World) -> Response | None:
    menu = list(world.sources.menu())
    if re.search(r"\b(?:my|the|our|shopping) list\b", request.text.lower()):
        return cannot("That is for the shopping list.")
    in_basket = bool(request.items) and all("quantity" in item for item in request.items)
    if in_basket and lines_of("food", world) and ORDERS.fullmatch(simplify(request.text)):
        return replace(order_basket("food", world), intent="order")
    memory: dict[str, Any] = dict(request.memory) if request.mode == CHOOSE else {}
    if request.mode == CHOOSE and request.choice:
        return _add_choice(request, memory, menu, world)
    exchanged = exchange(request, world) if SWAPS.search(simplify(request.text)) else None
    if exchanged:
        return exchanged
    request = replace(request, text=count_first(request.text))
    refused = refuse_number(request.text, [dish["item"] for dish in menu])
    if refused:
        return refused
    shown = [item for item in request.items if any(dish["item"] == item.get("item") for dish in menu)]
    if _adds_option(request, menu, world):
        return change_line(request, world)
    request = replace(request, text=_name_both(request.text, shown, menu))
    if shown and request.mode in (NEW, FOLLOW) and takes_shown(request.text):
        text = name_pointed(request.text, shown, lambda part: bool(read_order(part, menu).lines), request.memory)
        request = replace(request, text=text)
    found = read_order(request.text, menu)
    if found.unclear:
        memory = {"lines": found.lines, "quantity": found.unclear_quantity, "said": request.text}
        names = say_list([dish["item"] for dish in found.unclear])
        return Response(
            CLARIFY, f"Which one: {names}?", tuple(map(item_of, found.unclear)), memory=memory, intent="add"
        )
    lines = found.lines
    if not lines and found.options and lines_of("food", world):
        return change_line(request, world)
    if not lines:
        lines = _shown_lines(request, menu, found.missed)
    if not lines:
        if request.mode == FOLLOW:
            return None
        if len(shown) > 1 and takes_shown(request.text) and not found.missed:
            memory = {"quantity": read_number(request.text), "said": request.text}
            names = say_list([str(item["item"]) for item in shown[:MAX_SHOWN]])
            return Response(CLARIFY, f"Which one: {names}?", tuple(shown), memory=memory, intent="add")
        missed = say_list(found.missed)
        return cannot(f"The menu has nothing called {missed}." if missed else "Which dish would you like?")
    note = f"The menu has nothing called {say_list(found.missed)}." if found.missed else ""
    return change_basket("food", merge(lines_of("food", world), lines), world, note, intent="add")


def _adds_option(request: Request, menu: Sequence[Dish], world: World) -> bool:
    """Tell whether a text names an option for what is in the basket: "can I have mushrooms on that as well?"."""
    read = read_order(request.text, menu)
    pointing = re.search(r"\b(?:on|to|with|in|for) (?:it|that|this|them|those|both)\b", simplify(request.text))
    return bool(pointing and read.options and not read.lines and lines_of("food", world))


def _name_both(text: str, shown: Sequence[Item], menu: Sequence[Dish]) -> str:
    """Return a text with the options of the dish shown in place of "both"."""
    names = [item["item"] for item in shown]
    options = [option["item"] for dish in menu if [dish["item"]] == names for option in dish["options"]]
    if len(options) < 2:
        return text
    if len(options) == 2:
        if BOTH.fullmatch(simplify(text)):
            return f"1 {names[0]} with {options[0]} and {options[1]}"
        text = re.sub(r"\bwith both\b(?: of them)?", f"with {options[0]} and {options[1]}", text, flags=re.IGNORECASE)
    return re.sub(
        r"\bwith (?:everything|all of them|the lot)\b", f"with {' and '.join(options)}", text, flags=re.IGNORECASE
    )


def _shown_lines(request: Request, menu: Sequence[Dish], missed: Sequence[str]) -> list[dict[str, Any]]:
    """Return a line for what was shown last: "I'll take two", "the second one"."""
    shown = [item for item in request.items if item.get("item") and any(d["item"] == item["item"] for d in menu)]
    if not shown or (missed and not points_back(request.text)):
        return []
    chosen = choose(request.text, shown) or (shown[0] if len(shown) == 1 else None)
    dish = next((d for d in menu if chosen and d["item"] == chosen["item"]), None)
    if dish is None:
        return []
    line = new_line(dish, read_amount(re.sub(r"\bone\b(?! of)", "", request.text)) or 1)
    line["options"] = _options_in(request.text, dish, menu) or list((chosen or {}).get("options") or ())
    return [price_of(line, menu)]


def _options_in(text: str, dish: Dish, menu: Sequence[Dish]) -> list[str]:
    """Return the options of a dish that a text names after "with"."""
    _, _, rest = text.partition(" with ")
    read = read_order(f"{dish['item']} with {rest}", menu) if rest else None
    return list(read.lines[0]["options"]) if read and read.lines else []


def _add_choice(request: Request, memory: dict[str, Any], menu: Sequence[Dish], world: World) -> Response:
    """Add the dish that was chosen, with the options said now and before."""
    assert request.choice
    dish = next(d for d in menu if d["item"] == request.choice["item"])
    line = new_line(dish, int(memory.get("quantity", 1)))
    for text in (str(memory.get("said", "")), request.text):
        line["options"] += [name for name in _options_in(text, dish, menu) if name not in line["options"]]
    lines = merge(lines_of("food", world), [*memory.get("lines", []), price_of(line, menu)])
    return change_basket("food", lines, world, intent="add")
