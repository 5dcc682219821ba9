"""One dish or option in another's place, of all or of some: "make one of the pizzas a salad"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pippin.apps.assistant.dialogue.cues import read_position, simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.pointing import NUMBER, ONE, name_pointed
from pippin.apps.assistant.dialogue.requests import Request, Response
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.baskets import Line, change_basket, lines_of, merge
from pippin.apps.assistant.skills.food.menu_reading import Dish, find_dishes, find_option, price_of, read_order
from pippin.apps.assistant.skills.phrases import read_amount

COUNT = (
    r"(?:the |my |those |these |that )?(?:(?P<count>one|two|three|four|five|an?|\d{1,2})(?: of)? )?"
    r"(?:the |my |those |these |that )?"
)
"""How many of what is in the basket go: "one of the"."""
EXCHANGES = (
    rf"(?:make|change|turn|swap|switch|replace|exchange) {COUNT}(?P<old>.+?) (?:to|for|into|"
    r"with|by)(?: an?| the)? (?P<new>.+)",
    rf"make {COUNT}(?P<old>.+?) (?:an?|the) (?P<new>.+)",
    rf"instead of {COUNT}(?P<old>.+?),? (?:i'll have|i'd like|i will have|give me|i want|take|have|"
    r"put|make it)?(?: an?| the)? ?(?P<new>.+)",
    rf"(?:i'll have |i'd like |give me )?(?:an? |the )?(?P<new>.+?) (?:instead of|rather than|and not) "
    rf"{COUNT}(?P<old>.+)",
)
SWAPS = re.compile(
    r"\b(?:swap|switch|replace|exchange|change|turn|instead of|rather than)\b|\bmake (?:one|two|three|\d+) of\b"
)
"""Words by which a text puts one thing in another's place, and adds none."""


def exchange(request: Request, world: World) -> Response | None:
    """Put a dish or an option in the place of one in the basket; None where a text says no such thing."""
    lines, menu = lines_of("food", world), world.sources.menu()
    shown = [item for item in request.items if "quantity" not in item and "item" in item]
    for pattern in EXCHANGES if lines else ():
        match = re.search(pattern, simplify(request.text))
        if match:
            new = match["new"]
            if ONE.search(new):
                new = name_pointed(new, shown, lambda part: bool(find_dishes(part, menu)), request.memory)
            old, count = match["old"], match["count"] or ""
            old, count = ("it", old) if re.fullmatch(rf"{NUMBER}", old) else (old, count)
            changed = _exchange(old, count, new, lines, menu)
            if changed:
                return change_basket("food", changed, world, intent="change")
    return None


def _exchange(old: str, count: str, new: str, lines: list[Line], menu: Sequence[Dish]) -> list[Line] | None:
    """Return lines with one option or dish in another's place, of so many as are counted, or of all."""
    for index in find_lines(old, lines) or ([len(lines) - 1] if re.fullmatch(r"it|that|them|those|these", old) else []):
        line = lines[index]
        dish = next((d for d in menu if d["item"] == line["item"]), None)
        if dish is None:
            continue
        number = min(read_amount(count) or line["quantity"], line["quantity"])
        part = {**line, "quantity": number}
        had, option = find_option(old, dish), find_option(new, dish)
        if option and (had in line["options"] or not find_dishes(new, menu)):
            options = [option if name == had else name for name in line["options"]]
            options = options if option in options else [*options, option]
            return _put_part(lines, index, number, {**part, "options": options}, menu)
        dishes = find_dishes(new, menu)
        if len(dishes) == 1:
            kept = [name for name in line["options"] if any(o["item"] == name for o in dishes[0]["options"])]
            read = read_order(new, menu).lines
            options = [*kept, *(o for o in (read[0]["options"] if read else []) if o not in kept)]
            quantity = read_amount(new) if re.match(r"\d|one|two|three|four|five", new) else None
            other = {**part, "item": dishes[0]["item"], "options": options, "quantity": quantity or number}
            return _put_part(lines, index, number, other, menu)
    return None


def _put_part(lines: list[Line], index: int, number: int, other: Line, menu: Sequence[Dish]) -> list[Line]:
    """Return lines in which so many of one line are another."""
    left = lines[index]["quantity"] - number
    rest = [price_of({**lines[index], "quantity": left}, menu)] if left else []
    return merge([*lines[:index], *rest], [price_of(other, menu), *lines[index + 1 :]])


def line_names(line: Line) -> str:
    """Return what a line may be called: its dish and its options."""
    return " ".join([line["item"], *line["options"]])


def find_lines(text: str, lines: Sequence[Line]) -> list[int]:
    """Return the indices of the lines that a text names."""
    position = read_position(text, len(lines))
    found = best_names(text, [line_names(line) for line in lines])
    if position is not None and (not found or position in found):
        return [position]
    return found
