"""Baskets and orders, which dishes and products share: lines, totals and how they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list, say_money
from pippin.apps.assistant.dialogue.requests import Response, cannot
from pippin.apps.assistant.dialogue.values import CONFIRM, DONE, Change, Item
from pippin.apps.assistant.dialogue.world import World

MAX_QUANTITY = 99
ORDERS = re.compile(
    r"(?:(?:ok|okay|please|now|then|can you|could you|will you|would you|just|go ahead and|let's|i'd like to|i "
    r"want to) )*"
    r"(?:buy|order|purchase|check out) (?:it|them|that|those|these|both|this|everything|the lot|the whole lot|"
    r"all of (?:it|"
    r"them|that))(?: all| both)?(?: please| now| then| for me| for us)*"
)
"""Words by which what lies in a basket is ordered."""
Line = dict[str, Any]


def lines_of(kind: str, world: World) -> list[Line]:
    """Return the lines of the basket that are of one kind: "food" or "shop"."""
    return [dict(line) for line in world.record("basket") if line.get("kind") == kind]


def refuse_number(text: str, names: Sequence[str]) -> Response | None:
    """Return the answer to a number of things that no line can have: none, or more than a basket takes."""
    numbers: list[str] = re.findall(r"(?<![\w.,])(?:zero|0|\d{3,6})(?![\w.,]\d|\w)", text.lower())
    said = [word for word in numbers if not any(word in name.lower().split() for name in names)]
    if not said or re.search(r"\b(?:eur|euros?|dollars?|pounds?|under|below|over|above|than)\b|[$€£]", text.lower()):
        return None
    reply = f"A basket takes 1 to {MAX_QUANTITY} of a thing, not {said[0]}; say another number."
    return cannot(reply, refused={"quantity": said[0]})


def set_price(line: Line, unit: float) -> Line:
    """Return a line whose price is its quantity times `unit`."""
    return {**line, "price": round(unit * line["quantity"], 2)}


def merge(lines: Sequence[Line], new: Sequence[Line]) -> list[Line]:
    """Return lines with new ones; equal ones are counted together."""
    merged = [dict(line) for line in lines]
    for line in new:
        same = next((m for m in merged if (m["item"], m.get("options")) == (line["item"], line.get("options"))), None)
        if same is None:
            merged.append(dict(line))
            continue
        unit = same["price"] / same["quantity"]
        same["quantity"] = min(same["quantity"] + line["quantity"], MAX_QUANTITY)
        same["price"] = round(unit * same["quantity"], 2)
    return merged


def total(lines: Sequence[Mapping[str, Any]]) -> float:
    """Return what lines cost."""
    return round(sum(float(line["price"]) for line in lines), 2)


def say_line(line: Mapping[str, Any]) -> str:
    """Return a line: "2 Chips", "1 Steak Burrito with Guacamole"."""
    options = line.get("options")
    extra = f" with {say_list(list(options))}" if options else ""
    without = f" without {say_list(list(line['without']))}" if line.get("without") else ""
    return f"{line['quantity']} {line['item']}{extra}{without}"


def say_lines(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return lines and their total."""
    currency = next((str(line["currency"]) for line in lines if line.get("currency")), "")
    return f"{say_list([say_line(line) for line in lines])}; {say_money(total(lines), currency)} in all"


def change_basket(kind: str, lines: Sequence[Line], world: World, reply: str = "", **more: Any) -> Response:
    """Return the response that makes `lines` the basket of one kind, at once."""
    old = world.record("basket")
    before = tuple(lines_of(kind, world))
    new = [line for line in old if line.get("kind") != kind] + [{**line, "kind": kind} for line in lines]
    told = f"In your basket: {say_lines(lines)}." if lines else "Your basket is empty."
    shown = tuple({**line, "kind": kind} for line in lines)
    return Response(
        DONE,
        f"{reply} {told}".strip(),
        shown,
        {"total": total(lines)},
        (Change("basket", old, new),),
        before=before,
        **more,
    )


def show_basket(kind: str, world: World) -> Response:
    """Answer what is in the basket."""
    lines = lines_of(kind, world)
    if not lines:
        return Response(reply="Your basket is empty.", slots={"total": 0.0})
    return Response(reply=f"In your basket: {say_lines(lines)}.", items=tuple(lines), slots={"total": total(lines)})


def order_basket(kind: str, world: World) -> Response:
    """Offer to order the basket of one kind."""
    lines = lines_of(kind, world)
    if not lines:
        return cannot("Your basket is empty; there is nothing to order.")
    old, orders = world.record("basket"), world.record("orders")
    left = [line for line in old if line.get("kind") != kind]
    order = {"kind": kind, "at": world.now.isoformat(), "lines": lines, "total": total(lines)}
    return Response(
        CONFIRM,
        f"Order {say_lines(lines)}?",
        tuple(lines),
        {"total": total(lines)},
        (Change("orders", orders, [*orders, order]), Change("basket", old, left)),
        f"Ordered: {say_lines(lines)}. The order is noted here; nothing was sent or paid.",
        memory={"before": tuple(lines)},
    )


def usual_lines(kind: str, world: World) -> list[Item]:
    """Return the lines that were ordered most often, the last of those that were ordered alike."""
    orders = [order for order in world.record("orders") if order.get("kind") == kind]
    counts: dict[str, int] = {}
    for order in orders:
        counts[_key(order)] = counts.get(_key(order), 0) + 1
    best = max(orders, key=lambda order: (counts[_key(order)], order["at"]), default=None)
    return list(best["lines"]) if best else []


def _key(order: Mapping[str, Any]) -> str:
    return str(sorted((line["item"], line["quantity"], tuple(line.get("options") or ())) for line in order["lines"]))
