"""Reservations in mails and pages: extruct finds the same, and the newest message counts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.assistant.sources.flights import newest_flights, read_flights
from pippin.apps.assistant.sources.household import write_household
from pippin.apps.assistant.sources.mail import read_eml, read_mbox
from pippin.apps.assistant.sources.offers import read_menu, read_products
from pippin.apps.assistant.sources.structured_data import find_objects, read_json_ld

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 3, 8, 10, tzinfo=ZONE)


@pytest.fixture
def household(tmp_path: Path) -> Path:
    write_household(tmp_path, NOW)
    return tmp_path


def without_context(value: Any) -> Any:
    """Return extruct's output in our form: types without their vocabulary, no contexts."""
    if isinstance(value, list):
        return [without_context(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_context(item) for key, item in value.items() if key != "@context"}


def test_extruct_finds_the_same_microdata(household: Path) -> None:
    extruct = pytest.importorskip("extruct")
    html = (household / "mail" / "homeward.html").read_text()
    (ours,) = find_objects(html)
    (theirs,) = extruct.extract(html, syntaxes=["microdata"], uniform=True)["microdata"]

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                k: plain(v).rsplit("/", 1)[-1] if k == "@type" else plain(v)
                for k, v in value.items()
                if k != "@context"
            }
        return value

    assert plain(ours) == plain(theirs)


def test_extruct_finds_the_same_json_ld(household: Path) -> None:
    extruct = pytest.importorskip("extruct")
    (html,) = read_eml((household / "mail" / "outbound.eml").read_bytes()).pages
    assert find_objects(html) == extruct.extract(html, syntaxes=["json-ld"])["json-ld"]


def test_the_newest_message_about_a_reservation_counts(household: Path) -> None:
    mails = [
        read_eml((household / "mail" / name).read_bytes()) for name in ("amsterdam-cancelled.eml", "amsterdam.eml")
    ]
    messages = [read_flights(find_objects(mail.pages[0]), mail.sent, ZONE) for mail in mails]
    (flight,) = newest_flights(messages)
    assert flight["cancelled"]
    old = [{**messages[0][0], "sent": 0.0, "cancelled": False}]  # a file without a date is the oldest
    assert newest_flights([messages[0], old])[0]["cancelled"]


def test_an_mbox_holds_several_messages(household: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.mbox"
    parts = [f"From x Mon Mar  2 10:00:00 2026\n{p.read_text()}\n" for p in sorted((household / "mail").glob("*.eml"))]
    path.write_text("\n".join(parts))
    assert len([mail for mail in read_mbox(path) if mail.pages]) == 4


def test_menus_and_products_have_prices_and_options(household: Path) -> None:
    menu = read_menu(read_json_ld((household / "menu.json").read_text()))
    curry = next(dish for dish in menu if dish["item"] == "Green Curry")
    assert curry["price"] == 11
    assert [(option["item"], option["price"]) for option in curry["options"]] == [
        ("Rice", 0),
        ("Noodles", 0.5),
        ("Tofu", 1.5),
    ]
    products = read_products(read_json_ld((household / "products.json").read_text()))
    assert len(products) == 10
    assert all(product["price"] > 0 and product["rating"] for product in products)


@given(st.text(max_size=120))
@settings(max_examples=150)
def test_any_text_is_a_page_without_a_trace(text: str) -> None:
    find_objects(text)
    find_objects(f"<script type='application/ld+json'>{text}</script><div itemscope itemprop='x'>{text}")
    read_json_ld(text)
    read_eml(text.encode("utf-8", "surrogatepass"))


def test_deep_nesting_ends() -> None:
    assert find_objects("<div itemscope itemprop='a'>" * 3000) != []
    assert read_json_ld("[" * 50_000) == []
    assert read_flights(read_json_ld('{"@graph": ' * 200 + "1" + "}" * 200), 0.0, ZONE) == []
