"""The sample table: a simulated fruit stall that also sells balls. `python -m pippin.apps.tables.sample` writes it."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from pippin.core.files import write_bytes

ROWS = 420
# Means of grams, millimetres, redness (0 to 1), centimetres of bounce; spreads; colours by likelihood.
THINGS = {
    "apple": ((165, 74, 0.62, 9), (28, 7, 0.22, 4), ("red", "green", "yellow")),
    "orange": ((175, 76, 0.55, 12), (30, 7, 0.10, 5), ("orange", "yellow", "green")),
    "ball": ((140, 72, 0.50, 38), (60, 10, 0.30, 22), ("red", "orange", "green")),
}
NOTES = {
    "apple": ("crisp and sweet with a stem", "a leaf still on the stem", "smells of autumn and of cider"),
    "orange": ("thick peel that smells of oil", "sweet juice and many pips", "rough peel with a green button"),
    "ball": ("rubber with a seam all round", "a valve where air goes in", "painted and a little worn by play"),
}
ALIKE = ("round and good to hold", "found at the bottom of the crate", "a bit dusty on one side")


def table(seed: int = 0) -> list[dict[str, object]]:
    """Return the rows; some values are missing, one note in three says nothing of what it is."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(ROWS):
        thing = list(THINGS)[int(rng.choice(3, p=(0.4, 0.33, 0.27)))]
        means, spreads, colours = THINGS[thing]
        grams, millimetres, redness, bounce = rng.normal(means, spreads)
        first, *rest = NOTES[thing] if rng.random() > 0.35 else ALIKE
        words = [first, *rest][int(rng.integers(3))]
        row: dict[str, object] = {
            "weight_g": round(max(20.0, grams)),
            "diameter_mm": round(max(30.0, millimetres), 1),
            "redness": round(float(np.clip(redness, 0, 1)), 2),
            "bounce_cm": round(max(0.0, bounce)),
            "colour": colours[int(rng.choice(3, p=(0.6, 0.25, 0.15)))],
            "found_on": (date(2026, 1, 1) + timedelta(days=int(rng.integers(300)))).isoformat(),
            "note": f"{words}, crate {int(rng.integers(1, 200))}",
            "label": thing,
        }
        for name in ("weight_g", "redness", "bounce_cm", "colour"):
            if rng.random() < 0.04:
                row[name] = ""
        rows.append({"number": number + 1, **row})
    return rows


def written() -> bytes:
    """Return the table as CSV."""
    rows = table()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    write_bytes(Path(__file__).parent / "sample" / "stall.csv", written())
