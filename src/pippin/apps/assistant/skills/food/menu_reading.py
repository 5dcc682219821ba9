"""What a text orders: dishes of the menu with their numbers and options, in the order in which they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pippin.apps.assistant.dates.vocabulary import NUMBERS, ORDINALS
from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.filler import COMMON
from pippin.apps.assistant.dialogue.names import EMPTY, best_names, match_names, normalize
from pippin.apps.assistant.dialogue.words import word_set
from pippin.apps.assistant.skills.baskets import MAX_QUANTITY, Line
from pippin.apps.assistant.skills.phrases import read_amount

Dish = Mapping[str, Any]
TOKEN = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*|,")
EACH = re.compile(
    r"(?P<lead>.*?)\b(?:two|2) (?P<dish>[^,]+?),? one (?P<one>with(?:out)? .+?),? (?:and )?(?:(?:the other|"
    r"another|one)(?: one)?) "
    r"(?P<two>with(?:out)? .+)",
    re.IGNORECASE | re.DOTALL,
)
"""Two dishes that differ: "two curries, one with tofu and one with noodles"."""
CONNECTORS = frozenset(
    {"and", "with", "plus", "without", "no", ",", "but", "also", "hold", "extra", "on", "to", "in", "off", "for", "of"}
)
FILLER = word_set(
    "please i i'd i'll like want would can could get give let have add put order take me us my the for",
    "some also too as well basket bag bags bowl cup cups glass glasses piece pieces plate portion",
    "portions can cans bottle bottles one more another hungry slice slices helping helpings serving",
    "servings fancy go going love maybe throw pop stick mine let's we we'll grab again so think need",
    "actually rather instead how about great ok okay fine those these them ones each side cost costs",
    "price much come total altogether today now then dish dishes food it that this on in to of make just",
    "only and cart out off from after all leave remove drop delete forget don't no without less away",
)


@dataclass
class Found:
    """What was read: lines, options that belong to no line, and dishes between which a text does not decide."""

    lines: list[Line] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    unclear: list[Dish] = field(default_factory=list)
    unclear_quantity: int = 1
    missed: list[str] = field(default_factory=list)


def price_of(line: Line, menu: Sequence[Dish]) -> Line:
    """Return a line with its price by the menu."""
    dish = next(dish for dish in menu if dish["item"] == line["item"])
    extra = sum(option["price"] for option in dish["options"] if option["item"] in line["options"])
    return {**line, "price": round((dish["price"] + extra) * line["quantity"], 2), "currency": dish["currency"]}


def new_line(dish: Dish, quantity: int = 1, options: Sequence[str] = ()) -> Line:
    """Return a line for a dish."""
    return {"item": dish["item"], "quantity": max(1, min(quantity, MAX_QUANTITY)), "options": list(options)}


GROUP = (
    rf"(?:{'|'.join(sorted((w for w, n in NUMBERS.items() if 0 < n < 13), key=len, reverse=True))}|"
    rf"\d{{1,2}}|the other|another)"
)
SPLIT_GROUPS = re.compile(
    rf",? ?(?:and )?(?<!\w)(?={GROUP}(?: one| of (?:them|those))? (?:with|without|plain|no)\b)", re.IGNORECASE
)
COUNTED = re.compile(rf"^(?P<lead>.*?)(?P<n>{GROUP}) (?:of (?:the |those |these )?)?(?P<dish>[^,\d]+?)$", re.IGNORECASE)


def distribute(text: str) -> str:
    """Return a text in which each of several dishes has what is said of it: "3 teas, one with honey"."""
    head, *groups = [part.strip(" ,") for part in SPLIT_GROUPS.split(text) if part.strip(" ,")] or [text]
    counted = COUNTED.match(head) if groups else None
    if not counted:
        return text
    total, dish = read_amount(counted["n"]) or 1, counted["dish"].strip()
    counts = [read_amount(group) if not group.lower().startswith("the other") else None for group in groups]
    left = total - sum(count or 0 for count in counts)
    counts = [count if count is not None else max(left, 1) for count in counts]
    left = total - sum(count or 0 for count in counts)
    if total < 2 or left < 0:
        return text
    ends = [
        re.sub(rf"^{GROUP}(?: one| of (?:them|those))? (?:plain\b)?", "", group, flags=re.IGNORECASE)
        for group in groups
    ]
    parts = [f"{count} {dish} {end.strip()}".strip() for count, end in zip(counts, ends, strict=True)]
    return f"{counted['lead']}{', '.join([*parts, *([f'{left} {dish}'] if left else [])])}"


def read_order(text: str, menu: Sequence[Dish]) -> Found:
    """Return the dishes and options in a text.

    A dish said whole counts first ("Chips and Guacamole"), then what the words between connectors fit best.
    """
    found = Found()
    text = distribute(text)
    text = EACH.sub(r"\g<lead>1 \g<dish> \g<one>, 1 \g<dish> \g<two>", text)
    plain = re.sub(r"\b(?:instead of|rather than) (?:the )?\w+(?: (?:beans|salsa|cream))?", " ", simplify(text))
    words = [token.lower() for token in TOKEN.findall(plain)]
    index, without = 0, False
    chunk: list[str] = []
    while index < len(words):
        whole = _whole_dish(words, index, menu)
        if whole:
            dish, length = whole
            _add_line(found, dish, chunk)
            index, chunk, without = index + length, [], False
            continue
        if words[index] in ("and", "with", "plus", "without", "no", ",", "but", "hold"):
            _read_chunk(found, chunk, menu, without)
            without = words[index] in ("without", "no", "hold") or (without and words[index] in ("and", ","))
            chunk = []
        else:
            chunk.append(words[index])
        index += 1
    _read_chunk(found, chunk, menu, without)
    found.lines = [price_of(line, menu) for line in found.lines]
    return found


def _whole_dish(words: Sequence[str], index: int, menu: Sequence[Dish]) -> tuple[Dish, int] | None:
    """Return the longest dish that is said in full at a position, and how many words it has."""
    best: tuple[Dish, int] | None = None
    for dish in menu:
        name = [normalize(word.lower()) for word in TOKEN.findall(dish["item"])]
        said = [normalize(word) for word in words[index : index + len(name)]]
        if name == said and (best is None or len(name) > best[1]):
            best = dish, len(name)
    return best


def _add_line(found: Found, dish: Dish, chunk: Sequence[str]) -> None:
    found.lines.append(new_line(dish, read_amount(" ".join(chunk)) or 1))


def _read_chunk(found: Found, chunk: Sequence[str], menu: Sequence[Dish], without: bool) -> None:
    """Read the words between two connectors: an option of the dish before, a dish, or an option that names a dish."""
    text = " ".join(chunk)
    content = _content(chunk, menu)
    if not content:
        return
    last = next((dish for dish in menu if found.lines and dish["item"] == found.lines[-1]["item"]), None)
    option = _find_option(" ".join(content), last) if last else None
    amount = read_amount(text)
    dishes = _find_dishes(" ".join(content), menu)
    is_kind = last is not None and all(item["price"] == 0 for item in last["options"])
    if option and (amount is None or not (dishes or is_kind)):
        line = found.lines[-1]
        if without:
            line["options"] = [name for name in line["options"] if name != option]
        elif option not in line["options"]:
            line["options"].append(option)
        return
    if without and found.lines:
        found.lines[-1].setdefault("without", []).append(" ".join(content))
        return
    if len(dishes) == 1:
        own = {normalize(word.lower()) for word in TOKEN.findall(dishes[0]["item"])}
        option = _find_option(" ".join(word for word in content if normalize(word) not in own), dishes[0])
        found.lines.append(new_line(dishes[0], amount or 1, [option] if option else []))
    elif dishes:
        if found.unclear:
            return
        found.unclear, found.unclear_quantity = dishes, amount or 1
    else:
        _read_option(found, content, amount, menu)


def _read_option(found: Found, content: Sequence[str], amount: int | None, menu: Sequence[Dish]) -> None:
    """Read an option that stands alone: of the one dish that is nothing without it, or for later."""
    text = " ".join(content)
    holders = [(dish, name) for dish in menu if (name := _find_option(text, dish))]
    drinks = [(dish, name) for dish, name in holders if all(option["price"] == 0 for option in dish["options"])]
    if drinks:
        dish, name = min(drinks, key=lambda pair: pair[0]["price"])
        found.lines.append(new_line(dish, amount or 1, [name]))
    elif holders:
        found.options.append(holders[0][1])
    else:
        found.missed.append(text)


def _find_option(text: str, dish: Dish | None) -> str | None:
    """Return the option of a dish that a text names, or None."""
    if dish is None or not dish["options"]:
        return None
    names = [option["item"] for option in dish["options"]]
    best = best_names(text, names)
    return names[best[0]] if len(best) == 1 else None


def _find_dishes(text: str, menu: Sequence[Dish]) -> list[Dish]:
    """Return the dishes that a text fits best."""
    names = [dish["item"] for dish in menu]
    matches = match_names(text, names)
    if not matches:
        return []
    said = len(text.split())
    if len(matches[0].words) / said < 0.5:
        return []
    return [menu[index] for index in best_names(text, names)]


def find_option(text: str, dish: Dish | None) -> str | None:
    """Return the option of a dish that a text names, or None."""
    return _find_option(text, dish)


def find_dishes(text: str, menu: Sequence[Dish]) -> list[Dish]:
    """Return the dishes that a text fits best, whole names first."""
    content = " ".join(_content(TOKEN.findall(simplify(text)), menu))
    return _find_dishes(content, menu) if content else []


def _content(words: Sequence[str], menu: Sequence[Dish]) -> list[str]:
    """Return the words that may name a dish; "bowl" is one where a dish is called so."""
    names = (name for dish in menu for name in (dish["item"], *(option["item"] for option in dish["options"])))
    known = {normalize(word.lower()) for name in names for word in TOKEN.findall(name)}
    return [
        word
        for word in words
        if word not in EMPTY
        and not word.isdigit()
        and word not in NUMBERS
        and word not in ORDINALS
        and word != ","
        and ((word not in FILLER and normalize(word) not in COMMON) or normalize(word) in known)
    ]


def find_unknown(text: str, menu: Sequence[Dish]) -> list[str]:
    """Return the words of a text that may name a dish, whether the menu has it or not."""
    words = _content([word.lower() for word in TOKEN.findall(simplify(text))], menu)
    return [word for word in words if normalize(word) not in COMMON]
