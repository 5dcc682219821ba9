"""Menus and lists of products (schema.org Menu, Product), as dishes with options and as products with prices."""

from __future__ import annotations

from typing import Any

from pippin.apps.assistant.sources.structured_data import find_types, text_of

Dish = dict[str, Any]


def read_menu(objects: list[dict[str, Any]]) -> list[Dish]:
    """Return the dishes of all menus: item, price, currency, section, description and options."""
    dishes = []
    for menu in find_types(objects, ("Menu",)):
        name = text_of(menu.get("name"))
        for section, item in _menu_items(menu, ""):
            dish = _read_priced(item)
            if dish["item"]:
                options = [_read_priced(option) for option in _list(item.get("menuAddOn")) if isinstance(option, dict)]
                options = [inner for option in options for inner in _flatten(option)]
                dishes.append({**dish, "section": section, "menu": name, "options": options})
    return dishes


def _flatten(option: Dish) -> list[Dish]:
    return [{key: option[key] for key in ("item", "price", "currency")}] if option["item"] else []


def _menu_items(value: dict[str, Any], section: str) -> list[tuple[str, dict[str, Any]]]:
    items = [(section, item) for item in _list(value.get("hasMenuItem")) if isinstance(item, dict)]
    for inner in _list(value.get("hasMenuSection")):
        if isinstance(inner, dict):
            items += _menu_items(inner, text_of(inner.get("name")))
    return items


def read_products(objects: list[dict[str, Any]]) -> list[Dish]:
    """Return products: item, price, currency, description, rating and whether they are in stock."""
    products = []
    for product in find_types(objects, ("Product",)):
        read = _read_priced(product)
        rating = product.get("aggregateRating")
        offer = _first_offer(product)
        stock = text_of(offer.get("availability")).lower()
        products.append(
            {
                **read,
                "code": text_of(product.get("sku") or product.get("productID")),
                "rating": _number(rating.get("ratingValue")) if isinstance(rating, dict) else None,
                "in_stock": "outofstock" not in stock and "soldout" not in stock,
            }
        )
    return [product for product in products if product["item"]]


def _read_priced(value: dict[str, Any]) -> Dish:
    offer = _first_offer(value)
    price = _number(offer.get("price") if offer.get("price") is not None else offer.get("lowPrice"))
    return {
        "item": text_of(value.get("name")),
        "price": price if price is not None else 0.0,
        "currency": text_of(offer.get("priceCurrency")),
        "description": text_of(value.get("description")),
    }


def _first_offer(value: dict[str, Any]) -> dict[str, Any]:
    offers = value.get("offers")
    offers = offers[0] if isinstance(offers, list) and offers else offers
    return offers if isinstance(offers, dict) else {}


def _number(value: Any) -> float | None:
    try:
        return round(float(text_of(value).replace(",", ".")), 4)
    except ValueError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
