"""Changes of the basket: numbers, options, one dish for another, and what is taken out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pippin.apps.assistant.dates.vocabulary import NUMBERS
from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.pointing import AWAY
from pippin.apps.assistant.dialogue.requests import Request, Response, cannot
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import MAX_QUANTITY, Line, change_basket, lines_of, merge
from pippin.apps.assistant.skills.food.exchanging import exchange, find_lines, line_names
from pippin.apps.assistant.skills.food.menu_reading import (
    SPLIT_GROUPS,
    Dish,
    find_option,
    find_unknown,
    price_of,
    read_order,
)
from pippin.apps.assistant.skills.phrases import read_amount

NUMBER_ONLY = re.compile(
    r"^(?:make (?:it|that|them)|only|just|i want|i'd like|actually|no,?|rather|better|change it to|"
    r"take)?\s*(?:only |just )?(?P<n>.+?)(?: (?:of (?:them|those|it)|please|instead|times|portions|pieces))*$"
)


def lines_of_kind(text: str, lines: Sequence[Line], menu: Sequence[Dish]) -> list[int]:
    """Return the indices of the lines whose dishes are in the section of the menu that a text names: "the dessert"."""
    sections = sorted({dish["section"] for dish in menu})
    named = [sections[index] for index in best_names(text, sections)]
    items = {dish["item"] for dish in menu if dish["section"] in named}
    return [index for index, line in enumerate(lines) if line["item"] in items]


def change_line(request: Request, world: World) -> Response | None:
    """Change a dish in the basket, its number or its options."""
    lines, menu = lines_of("food", world), world.sources.menu()
    if not lines:
        return cannot("Your basket is empty; name a dish to put into it.")
    plain = simplify(request.text)
    varied = _take_varied(request, plain, lines, menu)
    if varied:
        return change_basket("food", varied, world, intent="change")
    parted = _part_line(plain, lines, menu)
    if parted:
        return change_basket("food", parted, world, intent="change")
    exchanged = exchange(request, world)
    if exchanged:
        return exchanged
    return (
        _set_options(plain, lines, menu, world)
        or (remove_lines(request, world) if AWAY.search(plain) and find_lines(plain, lines) else None)
        or _set_number(plain, lines, menu, world)
        or cannot("I did not get what to change; say, for example: make it two, or: with cheese.")
    )


def _part_line(plain: str, lines: list[Line], menu: Sequence[Dish]) -> list[Line] | None:
    """Return lines in which several of one dish differ: "one with olives, the other plain"."""
    several = [index for index, line in enumerate(lines) if line["quantity"] > 1]
    if not several or not SPLIT_GROUPS.match(plain):
        return None
    index = several[-1]
    line = lines[index]
    read = read_order(f"{line['quantity']} {line['item']}, {plain}", menu).lines
    if {one["item"] for one in read} != {line["item"]} or sum(one["quantity"] for one in read) != line["quantity"]:
        return None
    return [*lines[:index], *merge([], read), *lines[index + 1 :]]


def _take_varied(request: Request, plain: str, lines: list[Line], menu: Sequence[Dish]) -> list[Line] | None:
    """Return lines in which a dish has the options whose price was just told: "OK, the tofu then"."""
    shown = request.items[0] if len(request.items) == 1 else {}
    index = next((i for i, line in enumerate(lines) if line["item"] == shown.get("item")), None)
    dish = next((dish for dish in menu if dish["item"] == shown.get("item")), None)
    if (
        index is None
        or not shown.get("options")
        or "quantity" in shown
        or re.search(r"\b(?:also|too|add|extra|and)\b", plain)
    ):
        return None
    if find_option(plain, dish) not in shown["options"] and not re.search(r"\b(?:that|it|do so)\b", plain):
        return None
    return _replace(lines, index, price_of({**lines[index], "options": list(shown["options"])}, menu))


def _replace(lines: Sequence[Line], index: int, line: Line) -> list[Line]:
    return [*lines[:index], line, *lines[index + 1 :]]


def _set_options(text: str, lines: list[Line], menu: Sequence[Dish], world: World) -> Response | None:
    """Put an option on a line, or take one off."""
    off = bool(re.search(r"\b(?:no|without|hold|off|leave out|remove|not)\b", text))
    for index in [*find_lines(text, lines), *range(len(lines) - 1, -1, -1)]:
        line = lines[index]
        dish = next((d for d in menu if d["item"] == line["item"]), None)
        name = find_option(_without_words(text, line["item"]), dish)
        if not name:
            continue
        options = (
            [o for o in line["options"] if o != name]
            if off
            else [*line["options"], *([] if name in line["options"] else [name])]
        )
        return change_basket(
            "food", _replace(lines, index, price_of({**line, "options": options}, menu)), world, intent="change"
        )
    named = find_lines(text, lines) if re.match(r"(?:\w+ )?(?:no|without|not|hold|leave out)\b", text) else []
    if off and len(named) == 1 and best_names(text, [lines[named[0]]["item"]]):
        left = [line for index, line in enumerate(lines) if index != named[0]]
        return change_basket("food", left, world, intent="remove")
    if off and (
        match := re.search(
            rf"\b(?:no|without|hold) (?:the )?(?!(?:\d+|{'|'.join(NUMBERS)})\b)(?P<what>[\w ]+?)(?: on .*| please)?$",
            text,
        )
    ):
        index = (find_lines(text, lines) or [len(lines) - 1])[0]
        line = {**lines[index], "without": [*lines[index].get("without", []), match["what"]]}
        return change_basket("food", _replace(lines, index, line), world, intent="change")
    return None


def _without_words(text: str, name: str) -> str:
    for word in name.lower().split():
        text = re.sub(rf"\b{re.escape(word)}s?\b", " ", text)
    return text


def _set_number(text: str, lines: list[Line], menu: Sequence[Dish], world: World) -> Response | None:
    match = NUMBER_ONLY.match(text)
    number = read_amount(match["n"] if match else text)
    if number is None:
        return None
    named = find_lines(text, lines)
    if re.search(r"\b(?:another|more)\b", text):
        number += lines[(named or [len(lines) - 1])[0]]["quantity"]
    if not named and find_unknown(text, menu):
        return None
    index = (named or [len(lines) - 1])[0]
    line = price_of({**lines[index], "quantity": min(number, MAX_QUANTITY)}, menu)
    return change_basket("food", _replace(lines, index, line), world, intent="change")


def remove_lines(request: Request, world: World) -> Response | None:
    """Take dishes out of the basket, or some of a number of them."""
    lines, menu = lines_of("food", world), world.sources.menu()
    if not lines:
        return cannot("Your basket is empty.")
    plain = simplify(request.text)
    if re.search(r"\b(?:everything|all of (?:it|them)|all)\b", plain):
        return change_basket("food", [], world)
    found = find_lines(plain, lines) or lines_of_kind(plain, lines, menu)
    if not found and re.search(r"\b(?:it|that|this|last|them|those|these|one)\b", plain):
        found = [len(lines) - 1]
    if not found:
        return cannot("That is not in your basket.", tuple(lines))
    if len(found) > 1 and re.search(r"\b(?:plain|without anything|nothing on)\b", plain):
        found = [index for index in found if not lines[index]["options"]] or found
    if len(found) > 1 and not re.search(r"\bboth\b|\ball\b", plain):
        return Response(
            "clarify", f"Which one? {'; '.join(line_names(lines[i]) for i in found)}.", tuple(lines[i] for i in found)
        )
    index = found[0]
    named_option = find_option(
        _without_words(plain, lines[index]["item"]), next((d for d in menu if d["item"] == lines[index]["item"]), None)
    )
    only_option = (
        named_option in lines[index]["options"]
        and not best_names(plain, [lines[index]["item"]])
        and any(
            o["item"] == named_option and o["price"] > 0
            for d in menu
            if d["item"] == lines[index]["item"]
            for o in d["options"]
        )
    )
    if only_option:
        line = {**lines[index], "options": [o for o in lines[index]["options"] if o != named_option]}
        return change_basket("food", _replace(lines, index, price_of(line, menu)), world)
    number = read_amount(re.sub(r"\b(?:an?|no)\b", " ", plain))
    if number and number < lines[index]["quantity"]:
        line = {**lines[index], "quantity": lines[index]["quantity"] - number}
        return change_basket("food", _replace(lines, index, price_of(line, menu)), world)
    return change_basket("food", [line for i, line in enumerate(lines) if i not in found], world)
