"""Generated phrases read by the grammar and by Duckling, which has to agree."""

from __future__ import annotations

import json
import os
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.when import Span

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 3, 8, 10, tzinfo=ZONE)
WEEKDAYS = ("Monday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November")
DAYS = ("tomorrow", "today", "yesterday", "the day after tomorrow", "next week", "this week", "last week", "next month")


def phrases() -> list[str]:
    """Return 300 phrases of which the meaning is beyond dispute, so that times name their half of the day."""
    rng = random.Random(7)
    made: dict[str, None] = {}
    while len(made) < 300:
        day = rng.choice(
            (
                *DAYS[:4],
                *WEEKDAYS,
                f"{rng.choice(MONTHS)} {rng.randint(1, 28)}",
                f"{rng.randint(1, 28)} {rng.choice(MONTHS)}",
            )
        )
        hour, minute = rng.randint(1, 11), rng.choice((0, 5, 15, 30, 45))
        half = rng.choice(("am", "pm"))
        clock = f"{hour}{f':{minute:02}' if minute else ''} {half}"
        n = rng.randint(2, 9)
        made[
            rng.choice(
                (
                    day,
                    rng.choice(DAYS),
                    f"{day} at {clock}",
                    f"at {clock} on {day}"
                    if day in WEEKDAYS
                    else f"{day} at {rng.randint(13, 23)}:{rng.randint(10, 59)}",
                    f"in {n} {rng.choice(('days', 'weeks', 'minutes', 'hours'))}",
                    f"{n} {rng.choice(('days', 'weeks'))} ago",
                    f"{rng.choice(('first', 'second', 'third', 'last'))} {rng.choice(WEEKDAYS)} of "
                    f"{rng.choice(MONTHS)}",
                    f"{rng.choice(WEEKDAYS)} next week",
                    f"{rng.choice(('quarter past', 'half past', 'quarter to', 'ten to', 'twenty past'))} {hour}{half}",
                    f"{rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(2026, 2030)}",
                    f"the {rng.randint(4, 20)}th of {rng.choice(MONTHS)}",
                    f"noon {day}" if day in ("today", "tomorrow") else "in an hour",
                    f"a week from {day}" if day in ("today", "tomorrow") else "in half an hour",
                    rng.choice(("next year", "in two months", "2 months ago", "christmas", "christmas eve")),
                )
            )
        ] = None
    return list(made)


@pytest.fixture(scope="module")
def oracle() -> Any:
    duckling = pytest.importorskip("duckling")
    import tzdata  # type: ignore[import-untyped]

    folder = Path(tzdata.__file__).parent / "zoneinfo"
    with tempfile.TemporaryDirectory() as linked:
        os.symlink(folder / "Europe", Path(linked) / "Europe")
        zones = duckling.load_time_zones(linked)
        moment = duckling.parse_ref_time(zones, "Europe/London", int(NOW.timestamp()))
        locale = duckling.default_locale_lang(duckling.parse_lang("EN"))
        context = duckling.Context(moment, locale)
        dimensions = duckling.parse_dimensions(["time"])

        def ask(text: str) -> tuple[datetime, str] | None:
            found = duckling.parse(text, context, dimensions, False)
            found = json.loads(found) if isinstance(found, str) else found
            whole = [item for item in found if item["end"] - item["start"] >= len(text) - 3]
            value = whole[0]["value"] if whole else None
            return (datetime.fromisoformat(value["value"]), value["grain"]) if value and "value" in value else None

        yield ask


def read(text: str) -> Span | None:
    whens = find_whens(text, NOW)
    return whens[0].resolve(NOW, ZONE) if len(whens) == 1 and not whens[0].problem else None


def test_phrases_mean_what_duckling_says(oracle: Any) -> None:
    compared, wrong = 0, []
    for text in phrases():
        expected, span = oracle(text), read(text)
        if expected is None:
            continue
        compared += 1
        start, grain = expected
        # Its zone knows no summer time here, so clocks are compared; "3 days ago" is for it an hour, here a day.
        meant = span and span.start.replace(tzinfo=None)
        same_day = meant and span and meant.date() == start.date() and span.grain in ("day", "week", "month", "year")
        if meant is None or not (same_day or abs(meant - start.replace(tzinfo=None)) < timedelta(minutes=1)):
            wrong.append(f"{text}: {meant} ({span and span.grain}), Duckling {start} ({grain})")
    assert compared >= 250
    assert not wrong, f"{len(wrong)} of {compared}:\n" + "\n".join(wrong)
