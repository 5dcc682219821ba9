"""Limits of price: "under 30 euros", "at least 5"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pippin.apps.assistant.dates.vocabulary import NUMBERS
from pippin.apps.assistant.dialogue.cues import simplify

LIMIT = re.compile(
    r"\b(?P<way>under|below|less than|cheaper than|up to|at most|no more than|not more than|within|over|above|"
    r"more than|at "
    r"least)\s+[$€£]?\s*(?P<n>\d+(?:\.\d+)?|NUMBERS\b)".replace(
        "NUMBERS", f"(?:{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
    )
)


def is_within(text: str, product: Mapping[str, Any]) -> bool:
    """Tell whether a thing's price is within the limits that a text sets."""
    for match in LIMIT.finditer(simplify(text)):
        limit = float(NUMBERS.get(match["n"]) or match["n"])
        low = match["way"] in ("over", "above", "more than", "at least")
        if (float(product["price"]) < limit) if low else (float(product["price"]) > limit):
            return False
    return True
