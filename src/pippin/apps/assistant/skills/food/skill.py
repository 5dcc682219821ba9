"""Food: the menu, a basket, and orders that are noted after a yes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list, say_money
from pippin.apps.assistant.dialogue.cues import choose, points_back, read_position, simplify
from pippin.apps.assistant.dialogue.names import EMPTY, best_names, match_names, split_words
from pippin.apps.assistant.dialogue.pointing import BOTH, name_pointed, read_number, takes_shown
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FOLLOW, NEW, Request, Response, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, DONE, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import (
    change_basket,
    lines_of,
    merge,
    order_basket,
    refuse_number,
    say_lines,
    show_basket,
    usual_lines,
)
from pippin.apps.assistant.skills.food.changing import change_line, find_lines, remove_lines
from pippin.apps.assistant.skills.food.menu_reading import (
    FILLER,
    Dish,
    find_dishes,
    find_unknown,
    new_line,
    price_of,
    read_order,
)
from pippin.apps.assistant.skills.phrases import read_amount

NONE = "I know no menu. `pippin assistant connect FILE.json` reads one (schema.org Menu)."
MAX_SHOWN = 12
ALSO = re.compile(r"\b(?:also|too|as well|another|add|and|more|with)\b", re.IGNORECASE)
REPLACES = re.compile(r"\b(?:instead|swap|change|rather|make|for the|for my)\b", re.IGNORECASE)
OF_MENU = frozenset(
    [
        "menu",
        "show",
        "eat",
        "here",
        "dish",
        "cost",
        "lunch",
        "dinner",
        "breakfast",
        "supper",
        "get",
        "tell",
        "price",
        "list",
        "offer",
        "serve",
    ]
)
SWEET = re.compile(r"\b(?:cake|chocolate|ice cream|pudding|tart|pie|cookie|brownie|sorbet|tiramisu|crumble|sweet)", re.IGNORECASE)
ASKS_SWEET = re.compile(r"\b(?:desserts?|sweets?|puddings?|afters)\b")
ASKS_MEATLESS = re.compile(r"\b(?:veg(?:etarian|an|gie)?|meat[- ]?free|meatless|(?:without|no) meat|plant[- ]based)\b")
ASKS_PRICE = re.compile(r"\b(?:how much|price|cost|costs|come to|charge)\b")
ASKS_OPTIONS = re.compile(
    r"\b(?:with|add|options?|sides?|extras?|toppings?|choices?|comes?|goes|go (?:on|with)|(?:get|have|put) (?:on|in|with)|"
    r"have (?:on|with)|get on)\b|\b(?:get|have|put) on\b"
)
MEATLESS = re.compile(r"\b(?:veg|veggie|vegetarian|vegan|tofu|salad|margherita|lentil|cheese|bean)\w*", re.IGNORECASE)


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about food; None where it goes on from nothing here."""
    if not world.sources.menu():
        return cannot(NONE)
    if request.mode == CORRECT:
        replaced = _in_its_place(request, world)
        if replaced:
            return replaced
        if _names_another(request, world):
            return _add(replace(request, mode=NEW), world)
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
    return bool(read.lines) and all(line["item"] not in known for line in read.lines) and not REPLACES.search(request.text)


def _item(dish: Dish) -> Item:
    return {"item": dish["item"], "price": dish["price"], "currency": dish["currency"]}


# Menu ---------------------------------------------------------------------------------------------------------


def _menu(request: Request, world: World) -> Response | None:
    menu, plain = list(world.sources.menu()), simplify(request.text)
    in_basket = bool(request.items) and all("quantity" in item for item in request.items)
    if in_basket and points_back(plain) and ASKS_PRICE.search(plain) and lines_of("food", world):
        return replace(show_basket("food", world), intent="basket")
    found = find_dishes(request.text, menu)
    shown = [item for item in request.items if "item" in item]
    extra = re.search(r"\bwith(?:out)? .+", plain)
    if extra and points_back(plain) and len(shown) == 1 and not found:
        read = read_order(f"{shown[0]['item']} {extra[0]}", menu)
        if read.lines:
            return _tell_price(read.lines[0])
    if request.mode == FOLLOW:
        if read_position(request.text, len(shown)) is not None or (
            found and re.match(r"(?:an?|\d+|two|three|four)\b", plain)
        ):
            return _add(request, world)
        if len(shown) == 1 and re.match(r"with(?:out)? ", plain):
            read = read_order(f"{shown[0]['item']} {plain}", menu)
            return _tell_price(read.lines[0]) if read.lines and "quantity" not in shown[0] else None
        if not found:
            return None
    if re.search(r"\b(?:cheapest|most expensive|dearest)\b", plain):
        chosen = (min if "cheapest" in plain else max)(found or menu, key=lambda dish: dish["price"])
        return _tell_dishes([chosen])
    if ASKS_MEATLESS.search(plain) and len(found) != 1:
        return _tell_kind(menu, MEATLESS, "vegetarian")
    if ASKS_SWEET.search(plain) and not found:
        return _tell_kind(menu, SWEET, "sweet")
    order = read_order(request.text, menu)
    if len(order.lines) == 1 and order.lines[0]["options"] and not re.match(r"(?:can|could|do|does|is) ", plain):
        return _tell_price(order.lines[0])
    if len(found) == 1 and ASKS_OPTIONS.search(plain) and not ASKS_PRICE.search(plain):
        return _tell_options(found[0])
    if found and not _names_option_alone(request.text, found, menu):
        return _tell_dishes(found)
    section = best_names(re.sub(r"\bdrink\b", "drinks", plain), sorted({dish["section"] for dish in menu}))
    if section:
        name = sorted({dish["section"] for dish in menu})[section[0]]
        return _tell_dishes([dish for dish in menu if dish["section"] == name])
    options = {option["item"]: option for dish in menu for option in dish["options"]}
    named = best_names(plain, list(options))
    if len(named) == 1:
        option = list(options.values())[named[0]]
        holders = [dish for dish in menu if any(one["item"] == option["item"] for one in dish["options"])]
        if re.search(r"\b(?:something|anything|dish(?:es)?|which|what) .*\bwith\b", plain):
            return _tell_dishes(holders)
        price = say_money(option["price"], option["currency"]) if option["price"] else "without extra charge"
        return Response(reply=f"{option['item']} goes with other dishes: {price}.", items=(_item(option),))
    words = [w for w in split_words(plain) if w not in EMPTY and w not in FILLER and w not in OF_MENU]
    if words and not re.search(r"\bmenu\b|\beat\b|\bdrink\b", plain):
        return cannot(f"The menu has nothing called {' '.join(words)}.")
    return _tell_dishes(menu)


def _tell_items(shown: Sequence[Item], world: World) -> Response:
    """Answer what dishes cost that were shown."""
    names = [item["item"] for item in shown]
    return _tell_dishes([dish for dish in world.sources.menu() if dish["item"] in names])


def _tell_kind(menu: Sequence[Dish], kind: re.Pattern[str], name: str) -> Response:
    """Answer which dishes are of a kind that their names and descriptions tell."""
    found = [dish for dish in menu if kind.search(f"{dish['item']} {dish['description']}")]
    return _tell_dishes(found) if found else Response(reply=f"The menu names nothing {name}.")


def _tell_price(line: Mapping[str, Any]) -> Response:
    """Answer what a dish costs with its options; it can be taken as it is."""
    item = {key: line[key] for key in ("item", "options", "price", "currency")}
    item["price"] = round(line["price"] / line["quantity"], 2)
    return Response(reply=f"{say_lines([line])}.", items=(item,))


def _names_option_alone(text: str, found: Sequence[Dish], menu: Sequence[Dish]) -> bool:
    """Tell whether a text has the whole name of an option, and of no dish: guacamole is no chips and guacamole."""
    options = {option["item"] for dish in menu for option in dish["options"]}
    whole = any(match.share > 0.999 for match in match_names(text, tuple(options)))
    return whole and not any(match.share > 0.999 for match in match_names(text, [dish["item"] for dish in found]))


def _tell_dishes(dishes: Sequence[Dish]) -> Response:
    told = say_list([f"{dish['item']} {say_money(dish['price'], dish['currency'])}" for dish in dishes[:MAX_SHOWN]])
    more = f"; and {len(dishes) - MAX_SHOWN} more" if len(dishes) > MAX_SHOWN else ""
    return Response(reply=f"{told}{more}.", items=tuple(map(_item, dishes)))


def _tell_options(dish: Dish) -> Response:
    told = say_list(
        [o["item"] + (f" (+{say_money(o['price'], o['currency'])})" if o["price"] else "") for o in dish["options"]]
    )
    reply = f"{dish['item']} comes with a choice of {told}." if told else f"{dish['item']} has no options."
    return Response(reply=reply, items=(_item(dish),), slots={"options": [o["item"] for o in dish["options"]]})


# Basket -------------------------------------------------------------------------------------------------------


def _add(request: Request, world: World) -> Response | None:
    menu = list(world.sources.menu())
    if re.search(r"\b(?:my|the|our|shopping) list\b", request.text.lower()):
        return cannot("That is for the shopping list.")
    memory: dict[str, Any] = dict(request.memory) if request.mode == CHOOSE else {}
    if request.mode == CHOOSE and request.choice:
        return _add_choice(request, memory, menu, world)
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
        return Response(CLARIFY, f"Which one: {names}?", tuple(map(_item, found.unclear)), memory=memory, intent="add")
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
    return re.sub(r"\bwith (?:everything|all of them|the lot)\b", f"with {' and '.join(options)}", text, flags=re.IGNORECASE)


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
        return _add(replace(request, mode=NEW, text=text), world)
    if not lines_of("food", world) or not (
        find_lines(request.text, lines_of("food", world)) or points_back(request.text)
    ):
        order = read_order(request.text, menu)
        if order.lines and not re.search(r"instead|swap|change", request.text.lower()):
            return _add(request, world)
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
    orders = [order for order in world.record("orders") if order["kind"] == "food"]
    if orders and not lines_of("food", world) and re.search(r"\border(?:ed)?\b", request.text.lower()):
        last = orders[-1]
        return Response(
            reply=f"You ordered {say_lines(last['lines'])}.", items=tuple(last["lines"]), slots={"total": last["total"]}
        )
    shown = [item for item in request.items if any(dish["item"] == item.get("item") for dish in world.sources.menu())]
    if not lines_of("food", world) and shown and points_back(request.text):
        response = _tell_items(shown, world)
        return replace(response, intent="menu")
    return show_basket("food", world)


def _order(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    if read_order(request.text, world.sources.menu()).lines:
        return _add(request, world)
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
    "menu": _menu,
    "add": _add,
    "remove": _remove,
    "change": _change,
    "empty": _empty,
    "basket": _basket,
    "order": _order,
    "usual": _usual,
}
