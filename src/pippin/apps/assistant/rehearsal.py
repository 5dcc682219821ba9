"""Scripted conversations, replayed at their own "now" on fresh copies, and compared with what is expected of them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pippin.apps.assistant.dialogue.world import ActiveSkill, Interprets
from pippin.apps.assistant.session import RECORDS, Session
from pippin.apps.assistant.sources.events import Event
from pippin.apps.assistant.sources.household import write_household
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.apps.assistant.sources.local_zone import find_zone
from pippin.apps.assistant.sources.views import IndexedSources
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes

SCHEMA = "pippin.assistant.conversations/1"
HOUSEHOLD = "household"
SECONDS, CENT = 60, 0.005
MONEY = ("price", "total")


@dataclass(frozen=True)
class Rehearsed:
    """A conversation that was replayed: what was said and done, the end, and where that is not as expected."""

    id: str
    turns: tuple[Mapping[str, Any], ...]
    end: Mapping[str, Any]
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what `rehearse` prints of it."""
        return {"id": self.id, "turns": list(self.turns), "end": dict(self.end)}


@dataclass
class Stage:
    """A fixture set up in a folder: a session on copies of its sources."""

    session: Session
    before: dict[str, Any] = field(default_factory=dict)


def read_conversations(path: Path) -> Mapping[str, Any]:
    """Return a file of conversations; PippinError where it is none."""
    content = read_json(path)
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise PippinError(f'{path} is no file of conversations; its "schema" must be {SCHEMA!r}.', input=path)
    for conversation in content.get("conversations", ()):
        _check_conversation(conversation, content.get("fixtures") or {}, path)
    return content


def _check_conversation(conversation: Mapping[str, Any], fixtures: Mapping[str, Any], path: Path) -> None:
    """Refuse a conversation of which a turn says nothing, or expects an act that is not told in full."""
    name = conversation.get("id")
    if conversation.get("fixture") not in fixtures:
        raise PippinError(f'Conversation {name!r} in {path} names no fixture; "fixture" is one of {sorted(fixtures)}.')
    for number, expected in enumerate(conversation.get("turns", ()), 1):
        if "say" not in expected:
            raise PippinError(f'Turn {number} of conversation {name!r} in {path} has no "say"; write what is said.')
        for act in expected.get("expect", ()):
            needed = ("act",) if act.get("act") == "cannot" else ("act", "skill", "intent")
            missing = [key for key in needed if key not in act]
            if missing:
                raise PippinError(
                    f'Turn {number} of conversation {name!r} in {path}: "expect" lacks {", ".join(missing)}; '
                    "each act names act, skill and intent."
                )


def rehearse_all(
    path: Path, data: Path | None, make_interpreter: Callable[[tuple[ActiveSkill, ...]], Interprets],
    only: Sequence[str] = (),
) -> list[Rehearsed]:  # fmt: skip
    """Replay the conversations in a file, each on fresh copies of its fixture."""
    content = read_conversations(path)
    interpreters: dict[int, Interprets] = {}

    def make_once(skills: tuple[ActiveSkill, ...]) -> Interprets:
        if len(skills) not in interpreters:
            interpreters[len(skills)] = make_interpreter(skills)
        return interpreters[len(skills)]

    return [
        rehearse_one(conversation, content["fixtures"], _data_folder(path, data), make_once)
        for conversation in content["conversations"]
        if not only or conversation["id"] in only
    ]


def _data_folder(path: Path, data: Path | None) -> Path:
    """Return the folder that files of fixtures lie below: the one given, or the one above the conversations."""
    return data if data is not None else path.resolve().parent.parent


def rehearse_one(
    conversation: Mapping[str, Any], fixtures: Mapping[str, Any], data: Path,
    make_interpreter: Callable[[tuple[ActiveSkill, ...]], Interprets],
) -> Rehearsed:  # fmt: skip
    """Replay one conversation."""
    fixture = fixtures[conversation["fixture"]]
    with tempfile.TemporaryDirectory(prefix="pippin-rehearsal-") as folder:
        stage = set_up(fixture, conversation.get("now", fixture["now"]), data, Path(folder), make_interpreter)
        turns, problems = [], []
        for number, expected in enumerate(conversation["turns"], 1):
            result = stage.session.say(expected["say"])
            acts = [act.to_json() for act in result.acts]
            turns.append({"reply": result.reply, "acts": acts})
            problems += [f"turn {number}: {problem}" for problem in compare_turn(expected, result.reply, acts)]
        end = describe_end(stage)
        stage.session.index.database.close()
    problems += [f"end: {problem}" for problem in compare_end(conversation.get("end", {}), end)]
    return Rehearsed(conversation["id"], tuple(turns), end, tuple(problems))


def set_up(
    fixture: Mapping[str, Any], now: str, data: Path, folder: Path,
    make_interpreter: Callable[[tuple[ActiveSkill, ...]], Interprets],
) -> Stage:  # fmt: skip
    """Write a fixture's sources into a folder, connect them, and return a session whose clock stands still."""
    zone = find_zone(fixture["zone"])
    moment = datetime.fromisoformat(now).astimezone(zone)
    index = SourceIndex(folder / "store")
    for number, source in enumerate(fixture["sources"]):
        index.connect(str(_copy_source(source, data, folder / "sources" / str(number), moment)), moment)
    for name in ("home", "work"):
        index.set(name, fixture.get(name, ""))
    session = Session(index, make_interpreter, zone, clock=lambda: moment)
    stage = Stage(session)
    session.world()
    stage.before = snapshot(stage)
    return stage


def _copy_source(source: Mapping[str, Any], data: Path, folder: Path, now: datetime) -> Path:
    if source.get("file") == HOUSEHOLD:
        write_household(folder, now)
        return folder
    name = PurePosixPath(source.get("name") or PurePosixPath(source["file"]).name)
    if name.is_absolute() or ".." in name.parts:
        raise PippinError(f"A source's name stays in its folder; {name} does not.", input=name)
    target = folder / name
    if "text" in source:
        write_bytes(target, source["text"].encode())
        return target
    path = data / source["file"]
    if not path.exists():
        raise PippinError(f"There is no {path}; --data names the folder that fixtures lie below.", input=path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    return target


# The end ------------------------------------------------------------------------------------------------------


def snapshot(stage: Stage) -> dict[str, Any]:
    """Return all events (by UID and occurrence) and all records."""
    index = stage.session.index
    index.refresh(stage.session.world().now)
    sources = IndexedSources(index, stage.session.zone)
    events = {(e.uid, e.occurrence): e for name in sources.event_names() for e in sources.events_named(name)}
    return {"events": events, **{name: index.database.read(name, []) for name in RECORDS}}


def describe_end(stage: Stage) -> dict[str, Any]:
    """Return what differs from the fixture."""
    before, after = stage.before, snapshot(stage)
    old, new = before["events"], after["events"]
    new = _with_old_keys(new, old)
    end: dict[str, Any] = {
        "events_added": _once_a_series([new[key] for key in new.keys() - old.keys()], new),
        "events_removed": _once_a_series([old[key] for key in old.keys() - new.keys()], new),
        "events_moved": _once_a_series(
            [
                new[key]
                for key in new.keys() & old.keys()
                if (new[key].start, new[key].end) != (old[key].start, old[key].end)
            ],
            new,
        ),
    }
    for name in RECORDS:
        if name != "shopping":
            end[name] = [item for item in after[name] if item not in before[name]]
    return {name: value for name, value in end.items() if value}


def _with_old_keys(new: Mapping[Any, Event], old: Mapping[Any, Event]) -> dict[Any, Event]:
    """Return events by UID and occurrence, those of a series that moved as a whole by the occurrences of before."""
    keyed = dict(new)
    for uid in {event.uid for event in new.values() if event.in_series}:
        was = sorted(key for key in old if key[0] == uid)
        now = sorted(key for key in new if key[0] == uid)
        if was and len(was) == len(now) and not set(was) & set(now):
            keyed.update({one: keyed.pop(two) for one, two in zip(was, now, strict=True)})
    return keyed


def _once_a_series(events: list[Event], left: Mapping[Any, Event]) -> list[dict[str, Any]]:
    """Return events as items; of a series that is gone or changed as a whole the first one."""
    events = sorted(events, key=lambda event: (event.start, event.summary))
    counts: dict[str, int] = {}
    for event in events:
        counts[event.uid] = counts.get(event.uid, 0) + 1
    shown, items = set(), []
    for event in events:
        whole = event.in_series and counts[event.uid] > 1
        if whole and event.uid in shown:
            continue
        shown.add(event.uid)
        items.append({**event.item(), "series": whole})
    return items


# Comparing ----------------------------------------------------------------------------------------------------


def compare_turn(expected: Mapping[str, Any], reply: str, acts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return where a turn is not as expected."""
    wanted = expected.get("expect", [])
    problems = [problem for one, two in zip(wanted, acts, strict=False) for problem in _compare_act(one, two)]
    if len(wanted) != len(acts):
        problems.append(f"{len(acts)} acts instead of {len(wanted)}")
    lower = reply.lower()
    problems += [
        f"none of {group} in the reply {reply!r}"
        for group in expected.get("says", [])
        if not any(text.lower() in lower for text in group)
    ]
    problems += [f"{text!r} in the reply {reply!r}" for text in expected.get("never", []) if text.lower() in lower]
    return problems


def _compare_act(expected: Mapping[str, Any], act: Mapping[str, Any]) -> list[str]:
    problems = []
    if expected["act"] != act["act"]:
        problems.append(f"{act['act']} instead of {expected['act']} ({act['skill']}.{act['intent']})")
    if expected["act"] != "cannot":
        problems += [
            f"{name} {act[name]} instead of {expected[name]}"
            for name in ("skill", "intent")
            if expected[name] != act[name]
        ]
    problems += [
        f"slot {name} is {act['slots'].get(name)!r}, not {value!r}"
        for name, value in expected.get("slots", {}).items()
        if not is_same(value, act["slots"].get(name), name)
    ]
    if "items" in expected:
        problems += _compare_items(expected["items"], act["items"], expected)
    return problems


def _compare_items(expected: Sequence[Any], items: Sequence[Any], act: Mapping[str, Any]) -> list[str]:
    problems = []
    if "count" in act and act["count"] != len(items):
        problems.append(f"{len(items)} items instead of {act['count']}: {[_short(item) for item in items]}")
    left = list(items)
    for number, wanted in enumerate(expected):
        candidates = left if act.get("any_order") else left[:1]
        found = next((item for item in candidates if matches(wanted, item)), None)
        if found is None:
            near = _short(candidates[0]) if candidates else "nothing"
            problems.append(f"item {number + 1} is {near}, not {wanted}")
            left = left[1:]
        else:
            left.remove(found)
    return problems


def _short(item: Mapping[str, Any]) -> str:
    return json.dumps(
        {key: value for key, value in item.items() if key not in ("uid", "occurrence")}, ensure_ascii=False
    )


def matches(expected: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Tell whether an item has the fields expected of it."""
    return all(is_same(value, item.get(name), name) for name, value in expected.items())


def is_same(expected: Any, value: Any, name: str = "") -> bool:
    """Tell whether two values are one: moments within a minute, money within half a cent, text without case."""
    if isinstance(expected, list):
        return isinstance(value, list | tuple) and len(value) == len(expected) and all(map(is_same, expected, value))
    if isinstance(expected, dict):
        return isinstance(value, Mapping) and matches(expected, value)
    if isinstance(expected, bool) or expected is None or isinstance(value, bool):
        return expected is value
    if isinstance(expected, int | float):
        return isinstance(value, int | float) and abs(expected - value) <= CENT
    if not isinstance(value, str):
        return False
    one, two = _moment(expected), _moment(value)
    if one and two:
        return abs((one - two).total_seconds()) <= SECONDS
    return bool(expected.strip().lower() == value.strip().lower())


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def compare_end(expected: Mapping[str, Any], end: Mapping[str, Any]) -> list[str]:
    """Return where the end is not as expected; what is not named is empty."""
    problems = []
    for name in sorted(expected.keys() | end.keys()):
        wanted, found = expected.get(name, []), list(end.get(name, []))
        problems += [
            f"{name}: {problem}" for problem in _compare_items(wanted, found, {"count": len(wanted), "any_order": True})
        ]
    return problems
