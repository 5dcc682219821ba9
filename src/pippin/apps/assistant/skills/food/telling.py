"""Tells of a menu: what there is, what it costs and what goes with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list, say_money
from pippin.apps.assistant.dialogue.cues import points_back, read_position, simplify
from pippin.apps.assistant.dialogue.names import EMPTY, best_names, match_names, split_words
from pippin.apps.assistant.dialogue.requests import FOLLOW, Request, Response, cannot
from pippin.apps.assistant.dialogue.values import Item
from pippin.apps.assistant.dialogue.words import word_set
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import lines_of, say_lines, show_basket
from pippin.apps.assistant.skills.food.adding import MAX_SHOWN, add, item_of
from pippin.apps.assistant.skills.food.menu_reading import FILLER, Dish, Found, find_dishes, find_option, read_order
from pippin.apps.assistant.skills.limits import LIMIT, is_within

OF_MENU = word_set(
    "menu show eat here dish cost lunch dinner breakfast supper get tell price list offer serve",
)
SWEET = re.compile(
    r"\b(?:cake|chocolate|ice cream|pudding|tart|pie|cookie|brownie|sorbet|tiramisu|crumble|sweet)", re.IGNORECASE
)
ASKS_SWEET = re.compile(r"\b(?:desserts?|sweets?|puddings?|afters)\b")
ASKS_MEATLESS = re.compile(
    r"\b(?:veg(?:etarian|an|gie)?|meat[- ]?free|meatless|(?:without|no) meat|(?:don't|do not|doesn't) eat meat|"
    r"plant[- ]based)\b"
)
ASKS_PRICE = re.compile(r"\b(?:how much|price|cost|costs|come to|charge)\b")
ASKS_OPTIONS = re.compile(
    r"\b(?:with|add|options?|sides?|extras?|toppings?|choices?|comes?|goes|go (?:on|with)|(?:get|have|put) (?:on|"
    r"in|with)|"
    r"have (?:on|with)|get on)\b|\b(?:get|have|put) on\b"
)
MEATLESS = re.compile(
    r"\b(?:veg|veggie|vegetarian|vegan|tofu|salad|margherita|lentil|cheese|bean|mushroom|risotto|falafel|hummus|spinach|aubergine|vegetable|pumpkin|squash|halloumi|paneer|chickpea|tomato|potato|onion)\w*",
    re.IGNORECASE,
)


def tell_menu(request: Request, world: World) -> Response | None:
    menu, plain = list(world.sources.menu()), simplify(request.text)
    in_basket = bool(request.items) and all("quantity" in item for item in request.items)
    varied = in_basket and ASKS_PRICE.search(plain) and _tell_varied(request, plain, menu)
    if varied:
        return varied
    if in_basket and points_back(plain) and ASKS_PRICE.search(plain) and lines_of("food", world):
        return replace(show_basket("food", world), intent="basket")
    found = find_dishes(request.text, menu)
    shown = [item for item in request.items if "item" in item]
    extra = re.search(r"\bwith(?:out)? .+", plain)
    if (
        (extra or points_back(plain))
        and len(shown) == 1
        and not found
        and (points_back(plain) or ASKS_PRICE.search(plain))
    ):
        dish = next((dish for dish in menu if dish["item"] == shown[0]["item"]), None)
        option = find_option(plain, dish)
        extra_text = f"with {option}" if option else extra[0] if extra else ""
        read = read_order(f"{shown[0]['item']} {extra_text}", menu) if extra_text else Found()
        if read.lines:
            return _tell_price(read.lines[0])
    if request.mode == FOLLOW:
        if read_position(request.text, len(shown)) is not None or (
            found and re.match(r"(?:an?|\d+|two|three|four)\b", plain)
        ):
            return add(request, world)
        if len(shown) == 1 and re.match(r"with(?:out)? ", plain):
            read = read_order(f"{shown[0]['item']} {plain}", menu)
            return _tell_price(read.lines[0]) if read.lines and "quantity" not in shown[0] else None
        if not found:
            return None
    sections = sorted({dish["section"] for dish in menu})
    if LIMIT.search(plain):
        within = [dish for dish in (found or menu) if is_within(plain, dish)]
        return _tell_dishes(within) if within else Response(reply="The menu has nothing at that price.")
    if not found and re.search(r"\b(?:toppings?|extras?|add-?ons?|options)\b", plain):
        dishes = [dish for dish in menu if dish["item"] in [item["item"] for item in shown]] or menu
        return _tell_all_options([dish for dish in dishes if dish["options"]])
    compared = _compared(plain, menu)
    if compared:
        return _tell_dishes(compared)
    if re.search(r"\b(?:cheapest|most expensive|dearest)\b", plain):
        of_kind = best_names(plain, sections)
        among = found or [dish for dish in menu if not of_kind or dish["section"] == sections[of_kind[0]]]
        chosen = (min if "cheapest" in plain else max)(among, key=lambda dish: dish["price"])
        return _tell_dishes([chosen])
    if ASKS_MEATLESS.search(plain) and len(found) != 1:
        return _tell_kind(menu, MEATLESS, "vegetarian")
    sweets = [name for name in sections if ASKS_SWEET.search(name.lower())]
    if ASKS_SWEET.search(plain) and not found and sweets:
        return _tell_dishes([dish for dish in menu if dish["section"] in sweets])
    if ASKS_SWEET.search(plain) and not found:
        return _tell_kind(menu, SWEET, "sweet")
    order = read_order(request.text, menu)
    if len(order.lines) == 1 and order.lines[0]["options"] and not re.match(r"(?:can|could|do|does|is) ", plain):
        return _tell_price(order.lines[0])
    if len(shown) == 1 and not found and ASKS_OPTIONS.search(plain) and re.search(r"\b(?:it|that|one|them)\b", plain):
        dishes = [dish for dish in menu if dish["item"] == shown[0]["item"]]
        if dishes and not ASKS_PRICE.search(plain):
            return _tell_options(dishes[0])
    if len(found) == 1 and ASKS_OPTIONS.search(plain) and not ASKS_PRICE.search(plain):
        return _tell_options(found[0])
    if found and not _names_option_alone(request.text, found, menu):
        return _tell_dishes([*_beside(plain, found, menu), *found] if len(found) > 1 else found)
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
        return Response(reply=f"{option['item']} goes with other dishes: {price}.", items=(item_of(option),))
    words = [w for w in split_words(plain) if w not in EMPTY and w not in FILLER and w not in OF_MENU]
    if words and not re.search(r"\bmenu\b|\beat\b|\bdrink\b", plain):
        return cannot(f"The menu has nothing called {' '.join(words)}.")
    return _tell_dishes(menu)


def _compared(plain: str, menu: Sequence[Dish]) -> list[Dish]:
    """Return the dishes between which a text asks for the cheaper or dearer one, that one first."""
    way = re.search(r"\b(?:(?P<less>cheaper|less)|dearer|more expensive|costs? more)\b", plain)
    parts = re.split(r"\b(?:or|and|than)\b|,", plain[: way.start()] + " " + plain[way.end() :]) if way else []
    dishes = [found[0] for part in parts if len(found := find_dishes(part, menu)) == 1]
    if not way or len(dishes) < 2:
        return []
    return sorted(dishes, key=lambda dish: float(dish["price"]) * (1 if way["less"] else -1))


def _beside(plain: str, found: Sequence[Dish], menu: Sequence[Dish]) -> list[Dish]:
    """Return the other dishes of a section that a text names, where it is of the dishes found: "which pizzas"."""
    names = sorted({dish["section"] for dish in menu})
    named = {names[index] for index in best_names(plain, names)}
    of_section = any(dish["section"] in named for dish in found)
    return [dish for dish in menu if of_section and dish["section"] in named and dish not in found]


def _tell_varied(request: Request, plain: str, menu: Sequence[Dish]) -> Response | None:
    """Answer what the dish put in last would cost with another option, in the place of its own."""
    extra = re.search(r"\bwith (?P<what>.+)", plain)
    line = request.items[-1]
    dish = next((dish for dish in menu if dish["item"] == line["item"]), None)
    option = find_option(extra["what"], dish) if extra else None
    if dish is None or option is None or find_dishes(plain, menu):
        return None
    return _tell_price(read_order(f"{dish['item']} with {option}", menu).lines[0])


def tell_items(shown: Sequence[Item], world: World) -> Response:
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
    return Response(reply=f"{told}{more}.", items=tuple(map(item_of, dishes)))


def _tell_all_options(dishes: Sequence[Dish]) -> Response:
    """Answer what goes with several dishes."""
    told = " ".join(_tell_options(dish).reply for dish in dishes[:MAX_SHOWN])
    return Response(reply=told or "None of these has options.", items=tuple(map(item_of, dishes)))


def _tell_options(dish: Dish) -> Response:
    told = say_list(
        [o["item"] + (f" (+{say_money(o['price'], o['currency'])})" if o["price"] else "") for o in dish["options"]]
    )
    reply = f"{dish['item']} comes with a choice of {told}." if told else f"{dish['item']} has no options."
    return Response(reply=reply, items=(item_of(dish),), slots={"options": [o["item"] for o in dish["options"]]})
