"""Finds products of a shop by name, description and price, tells of them, and compares them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pippin.apps.assistant.dates.spoken import say_list, say_money
from pippin.apps.assistant.dates.vocabulary import NUMBERS
from pippin.apps.assistant.dialogue.cues import choose, points_back, simplify
from pippin.apps.assistant.dialogue.filler import COMMON
from pippin.apps.assistant.dialogue.names import EMPTY, best_names, match_names, split_words
from pippin.apps.assistant.dialogue.requests import FOLLOW, Request, Response, cannot
from pippin.apps.assistant.dialogue.values import Item
from pippin.apps.assistant.dialogue.words import word_set
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.limits import LIMIT, is_within

PRODUCT_WORDS = word_set(
    "show find search sell shop product looking cheap cheaper cheapest price cost buy basket cart compare",
    "difference between better best rated rate rating review people value versus vs stock anything less",
    "under below over more than dollar euro eur usd pound shopping order store into describe dearer",
    "expensive money spend spent offer worth present opinion customer quality star gift alternative",
    "option item highest top lowest total much",
)
PRICE_WORDS = re.compile(r"\b(?:cheaper|less expensive|dearer|more expensive|better|higher rated)\b")
Product = Mapping[str, Any]


def item_of(product: Product) -> Item:
    """Return a product as it is shown."""
    return {key: value for key, value in product.items() if value not in ("", None)}


def say_product(product: Product, *, full: bool = False) -> str:
    """Return a product with its price and rating; with `full` what it is like, too."""
    rating = f", rated {product['rating']:g}" if product.get("rating") else ""
    stock = "" if product.get("in_stock", True) else ", out of stock"
    words = f" ({product['description']})" if full and product.get("description") else ""
    price = say_money(float(product["price"]), str(product.get("currency", "")))
    return f"{product['item']} {price}{rating}{stock}{words}"


def topic_of(text: str) -> str:
    """Return the words of a text that may name a product."""
    plain = LIMIT.sub(" ", simplify(text))
    joined = {word for compound in re.findall(r"\w+(?:-\w+)+", plain) for word in split_words(compound)}
    words = split_words(plain)
    return " ".join(word for word in words if word in joined or word not in PRODUCT_WORDS | EMPTY | COMMON)


def find_products(text: str, products: Sequence[Product]) -> list[Product]:
    """Return the products that a text names best, by name or else by description, within its limit of price."""
    within = [product for product in products if is_within(text, product)]
    topic = topic_of(text)
    if not topic:
        return within if LIMIT.search(simplify(text)) else []
    best = best_names(topic, [product["item"] for product in within])
    if not best:
        topic = " ".join(word for word in topic.split() if word not in NUMBERS and not word.isdigit())
        matches = match_names(topic, [str(product.get("description", "")) for product in within])
        best = [m.index for m in matches if m.weight == matches[0].weight]
    return [within[index] for index in best]


def shown_products(request: Request) -> list[Item]:
    """Return the products that were shown last."""
    return [item for item in request.items if item.get("item") and "price" in item and item.get("kind") != "food"]


def find(request: Request, world: World) -> Response | None:
    """Answer which products there are, or what one that was shown is like."""
    products = list(world.sources.products())
    plain = simplify(request.text)
    found, shown = find_products(request.text, products), shown_products(request)
    superlative = re.search(r"\b(?:cheapest|best|top|highest|most expensive)\b", plain)
    if not found and superlative and not topic_of(request.text):
        among = [p for p in products if p["item"] in [item["item"] for item in shown]] if len(shown) > 1 else products
        return _tell(among, plain)
    if not found and LIMIT.search(plain):
        found = [product for product in products if is_within(request.text, product)]
        words = {word for item in shown for word in split_words(str(item["item"]))}
        found = [product for product in found if words & set(split_words(product["item"]))] or found
    if not found and shown and PRICE_WORDS.search(plain) and not topic_of(request.text):
        return _tell_others(plain, shown, products)
    if not found and shown and (request.mode == FOLLOW or points_back(plain) or not topic_of(request.text)):
        return _tell_shown(request, shown, products)
    if not found and not topic_of(request.text):
        if request.mode == FOLLOW:
            return None
        found = products
    if not found:
        return None if request.mode == FOLLOW else cannot(f"The shop has nothing called {topic_of(request.text)}.")
    return _tell(found, plain)


def extreme_of(text: str, found: list[Product]) -> list[Product]:
    """Return of several products the one that a superlative picks: "the cheapest ladder"."""
    plain = simplify(text)
    if len(found) > 1 and re.search(r"\b(?:cheapest|least expensive)\b", plain):
        return [min(found, key=lambda product: float(product["price"]))]
    if len(found) > 1 and re.search(r"\b(?:dearest|most expensive)\b", plain):
        return [max(found, key=lambda product: float(product["price"]))]
    if len(found) > 1 and re.search(r"\b(?:best|highest)\b", plain):
        return [max(found, key=lambda product: float(product.get("rating") or 0))]
    return found


def _tell(found: Sequence[Product], plain: str) -> Response:
    if LIMIT.search(plain):
        found = sorted(found, key=lambda product: float(product["price"]))
    if "cheapest" in plain:
        found = [min(found, key=lambda product: float(product["price"]))]
    elif re.search(r"\bmost expensive\b", plain):
        found = [max(found, key=lambda product: float(product["price"]))]
    elif re.search(
        r"\b(?:best|top|highest)[ -](?:rated|rating|reviews?)\b|\brated (?:best|highest)\b|\bthe best\b", plain
    ):
        found = [max(found, key=lambda product: float(product.get("rating") or 0))]
    elif len(found) > 1 and re.search(r"\bwhich\b.*\b(?:cheaper|less|better)\b", plain):
        return _tell_compared(list(found), plain)
    full = len(found) == 1
    return Response(
        reply=f"{say_list([say_product(product, full=full) for product in found])}.", items=tuple(map(item_of, found))
    )


def _tell_shown(request: Request, shown: Sequence[Item], products: Sequence[Product]) -> Response | None:
    """Answer what a product is like that was shown: "what do people think of it?"."""
    focus = next((item for item in shown if item["item"] == request.memory.get("focus")), None)
    chosen = choose(request.text, shown) or focus
    names = [chosen["item"]] if chosen else [item["item"] for item in shown]
    found = [product for product in products if product["item"] in names]
    return _tell(found, simplify(request.text)) if found else None


def _tell_others(plain: str, shown: Sequence[Item], products: Sequence[Product]) -> Response:
    """Answer whether something like what was shown costs less or is rated better."""
    names = [str(item["item"]) for item in shown]
    words = {word for name in names for word in split_words(name)}
    alike = [p for p in products if p["item"] not in names and words & set(split_words(p["item"]))]
    prices = [float(item.get("unit") or item["price"]) for item in shown]
    if re.search(r"better|higher", plain):
        best = max(float(item.get("rating") or 0) for item in shown)
        alike = [product for product in alike if float(product.get("rating") or 0) > best]
    elif re.search(r"dearer|more expensive", plain):
        alike = [product for product in alike if float(product["price"]) > max(prices)]
    else:
        alike = [product for product in alike if float(product["price"]) < min(prices)]
    return _tell(alike, plain) if alike else cannot("The shop has nothing like it that is so.", tuple(shown))


def compare(request: Request, world: World) -> Response | None:
    """Answer how products compare: those named, or those shown last."""
    products = list(world.sources.products())
    plain = simplify(request.text)
    found: list[Product] = []
    for part in re.split(r"\b(?:and|or|with|versus|vs|than|to|,)\b", plain):
        found += [product for product in find_products(part, products) if product not in found]
    shown = shown_products(request)
    if len(found) < 2 and len(shown) > 1 and not topic_of(request.text):
        number = 2 if re.search(r"\bfirst two\b|\bboth\b", plain) else len(shown)
        found = list(shown[:number])
    if len(found) < 2 and (found or shown):
        response = _tell(found, plain) if found else find(request, world)
        return response and Response(reply=response.reply, items=response.items, intent="find")
    if len(found) < 2:
        return None if request.mode == FOLLOW else cannot("Name two products, or look for some first.")
    return _tell_compared(found, plain)


def _tell_compared(found: Sequence[Product], plain: str) -> Response:
    cheapest = min(found, key=lambda product: float(product["price"]))
    best = max(found, key=lambda product: float(product.get("rating") or 0))
    by_rating = bool(re.search(r"best|better|rated|rating|review", plain))
    first = sorted(found, key=lambda p: -float(p.get("rating") or 0) if by_rating else float(p["price"]))
    verdict = f"{cheapest['item']} is the cheapest" + (f", {best['item']} is rated best" if best.get("rating") else "")
    focus = {"focus": first[0]["item"]} if re.search(r"best|better|rated|review|cheap|less", plain) else {}
    reply = f"{say_list([say_product(product) for product in first])}. {verdict}."
    return Response(reply=reply, items=tuple(map(item_of, first)), memory=focus)
