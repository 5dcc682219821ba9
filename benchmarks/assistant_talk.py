"""How `assistant` holds a conversation: scripted ones, slips of the keyboard, and what a turn costs.

40 conversations: 25 of this project (they were written before the dialogue, but it was mended until they passed) and
the 15 of ../shared/data/assistant (by others; they were read before the dialogue was written). So the rate on them is
no estimate for other conversations. With slips each sentence has one: two letters exchanged, one left out or one
doubled, in a word of at least five letters, all in lower case; the correction of slips was written while seeds 1 and 2
were looked at, and the figure is of seeds 11 to 15. Intervals: Wilson's over conversations, Student's t over seeds.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import copy
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from _results import DATA, Row, write

from pippin.apps.assistant.data import out_of_scope
from pippin.apps.assistant.rehearsal import read_conversations, rehearse_one
from pippin.apps.assistant.session import Session
from pippin.apps.assistant.skills.active import load_active, skills_of
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.apps.assistant.understanding.interpreter import Interpreter, examples_of
from pippin.learn.metrics import mean_interval, wilson

OURS = Path(__file__).parents[1] / "tests" / "apps" / "assistant" / "conversations.json"
SHARED = DATA / "assistant" / "conversations.json"
SEEDS = range(11, 16)
EVENTS, TURNS = 5_000, 20
SAYINGS = (
    "what's on tomorrow?",
    "when is the dentist with Ada?",
    "am I free on Friday at 3?",
    "what is on next week?",
    "cancel lunch with Omar",
    "no",
    "and on Thursday?",
    "add a picnic on Sunday at 3",
    "make it four",
    "no",
)


def conversations() -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], Path]]:
    """Yield each conversation with its fixtures and the folder of its files."""
    for path in (OURS, SHARED):
        content = read_conversations(path)
        for conversation in content["conversations"]:
            yield conversation, content["fixtures"], path.parents[1]


def slip(text: str, rng: random.Random) -> str:
    """Return a sentence in lower case with one slip."""
    text = text.lower()
    words = list(re.finditer(r"[a-z]{5,}", text))
    if not words:
        return text
    match = rng.choice(words)
    word, at = match[0], rng.randrange(1, len(match[0]) - 2)
    kinds = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[: at + 1] + word[at:],
    )
    return text[: match.start()] + rng.choice(kinds) + text[match.end() :]


def right(interpreter: Interpreter, change: Callable[[str], str] = lambda text: text) -> list[bool]:
    """Return for each conversation whether it goes right to its last state."""
    done = []
    for conversation, fixtures, data in conversations():
        said = copy.deepcopy(dict(conversation))
        for turn in said["turns"]:
            turn["say"] = change(turn["say"])
        done.append(not rehearse_one(said, fixtures, data, lambda skills: interpreter).problems)
    return done


def calendar(now: datetime) -> str:
    """Return a calendar of 5,000 events, a hundred of them series."""
    rng = random.Random(1)
    titles = [
        "dentist",
        "lunch",
        "dinner",
        "review",
        "planning",
        "yoga",
        "choir",
        "call",
        "budget",
        "workshop",
        "training",
        "interview",
    ]
    names = ["Ada", "Tom", "Ines", "Omar", "Priya", "Jonas", "Kofi", "Mara", "Leo", "Noor"]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for number in range(EVENTS):
        start = now + timedelta(days=rng.randint(-390, 700), hours=rng.randint(0, 12))
        title = f"{rng.choice(titles).title()} with {rng.choice(names)} {rng.randint(1, 400)}"
        rule = ["RRULE:FREQ=WEEKLY;COUNT=100"] if number % 50 == 0 else []
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}",
            "DTSTAMP:20250101T000000Z",
            f"SUMMARY:{title}",
            f"DTSTART:{start:%Y%m%dT%H0000}",
            f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H0000}",
            *rule,
            "END:VEVENT",
        ]
    return "\n".join([*lines, "END:VCALENDAR", ""])


def turn_costs(interpreter: Interpreter) -> tuple[float, list[float]]:
    """Return CPU seconds to index 5,000 events, and CPU milliseconds of each turn on them."""
    now = datetime(2026, 3, 3, 8, 10, tzinfo=ZoneInfo("Europe/London"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.ics"
        path.write_text(calendar(now))
        index = SourceIndex(Path(folder) / "store")
        start = time.process_time()
        index.connect(str(path), now)
        indexing = time.process_time() - start
        session = Session(index, lambda skills: interpreter, now.tzinfo, clock=lambda: now)  # type: ignore[arg-type]
        session.say("what's on today?")
        costs = []
        for text in SAYINGS * TURNS:
            start = time.process_time()
            session.say(text)
            costs.append(1000 * (time.process_time() - start))
        index.database.close()
    return indexing, costs


def main() -> None:
    """Measure and write benchmarks/results/assistant_talk.json."""
    interpreter = Interpreter.from_examples(examples_of(skills_of(load_active())), outside=out_of_scope())
    plain = right(interpreter)
    rate = wilson(sum(plain), len(plain))
    rates = []
    for seed in SEEDS:
        rng = random.Random(seed)
        done = right(interpreter, lambda text, rng=rng: slip(text, rng))  # type: ignore[misc]
        rates.append(sum(done) / len(done))
    slips = mean_interval(rates)
    indexing, costs = turn_costs(interpreter)
    write(
        "assistant_talk",
        "`assistant` in conversation",
        [
            Row(
                "conversations right to the last state",
                rate.value,
                "",
                rate.low,
                rate.high,
                "all",
                note=f"{len(plain)} of them",
            ),
            Row(
                "the same, a slip in every sentence", slips.value, "", slips.low, slips.high, note=f"{len(rates)} seeds"
            ),
            Row(
                "a turn on 5,000 events, median",
                statistics.median(costs),
                "ms",
                aim="at most 20",
                note="CPU, one thread",
            ),
            Row("a turn on 5,000 events, p95", statistics.quantiles(costs, n=20)[-1], "ms", note="CPU, one thread"),
            Row("indexing 5,000 events", indexing, "s", note="CPU, when they changed"),
        ],
        rates=rates,
        turns=len(costs),
    )


if __name__ == "__main__":
    main()
