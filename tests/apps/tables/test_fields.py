"""`fields`: what a row holds for the model in use, from what its encoder learned."""

from __future__ import annotations

from pathlib import Path

import pippin
from pippin.apps.tables.fields import fields_of
from pippin.apps.tables.row_encoder import Encoder
from pippin.core import registry
from pippin.verbs.commands import command

ROWS = [
    {"area": str(40 + n % 9), "zone": ("old_town", "harbour", None)[n % 3], "sold": f"2023-07-{n:02}"}
    for n in range(1, 29)
]


def test_each_column_is_told_once_with_its_type_choices_and_what_is_usual() -> None:
    found = {one["name"]: one for one in fields_of(Encoder.fit(ROWS).facts)}
    assert {name: one["type"] for name, one in found.items()} == {
        "area": "number",
        "zone": "category",
        "sold": "date",
    }
    assert sorted(found["zone"]["choices"]) == ["harbour", "old_town"]  # what is missing is no choice
    assert found["zone"]["typical"] in found["zone"]["choices"]
    assert 40 <= found["area"]["typical"] <= 48
    assert found["sold"]["typical"].startswith("2023-07-")


def test_a_time_of_day_is_part_of_what_is_usual() -> None:
    rows = [{"at": f"2024-05-{n:02} {8 + n % 9:02}:30", "x": str(n)} for n in range(1, 29)]
    (at,) = [one for one in fields_of(Encoder.fit(rows).facts) if one["name"] == "at"]
    day, time = at["typical"].split()
    assert day.startswith("2024-05-")
    assert "08:30" <= time <= "16:30"


def test_a_row_of_what_is_usual_is_answered_without_a_word(tmp_path: Path) -> None:
    table = tmp_path / "flats.csv"
    lines = [f"{row['area']},{row['zone'] or ''},{row['sold']},00{n % 2}" for n, row in enumerate(ROWS)]
    table.write_text("\n".join(["area,zone,sold,kind", *lines]) + "\n")
    tiny = {"width": 8, "blocks": 1, "members": 2}
    pippin.train("tables", str(table), epochs=1, threads=1, progress=False, **tiny)
    told = command(registry.get("tables"), "fields")({})
    assert told.payload["labels"] == ["000", "001"]
    assert [one["name"] for one in told.payload["fields"]] == ["area", "zone", "sold"]
    row = {one["name"]: one["typical"] for one in told.payload["fields"]}
    (result,) = pippin.predict("tables", row).payload["results"]
    assert result["answer"] in ("000", "001")
    assert result["evidence"] == []
