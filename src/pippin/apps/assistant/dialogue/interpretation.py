"""Which intent a sentence has: the interpreter's word, weighed with names of the user's data and the talk so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from pippin.apps.assistant.dialogue.cues import points_back
from pippin.apps.assistant.dialogue.names import match_names
from pippin.apps.assistant.dialogue.values import State
from pippin.apps.assistant.dialogue.world import World

NAME_FACTOR, NAME_BONUS, POINTING_FACTOR = 1.5, 0.08, 2.5
MIN_CONTEXT = 0.08
"""Least probability of an intent that only the talk or a name speaks for."""


@dataclass(frozen=True)
class Interpretation:
    """The intent of a sentence: its skill and name, or None where nothing fits; `scores` for the trace, best first."""

    skill: str | None = None
    intent: str | None = None
    confidence: float = 0.0
    slots: dict[str, str] = field(default_factory=dict)
    scores: tuple[tuple[str, float], ...] = ()

    @property
    def known(self) -> bool:
        """Whether an intent fits."""
        return self.skill is not None


def interpret(text: str, state: State, world: World) -> Interpretation:
    """Return the intent of a sentence that stands alone or points back to what was said."""
    understood = world.interpreter.interpret(text)
    scores = dict(understood.alternatives)
    if understood.intent:
        scores.setdefault(understood.intent, understood.confidence)
    last = state.last.skill if state.last else ""
    pointing = bool(last) and points_back(text)
    evidence = {item.skill.name: name_evidence(text, item.skill.names, world) for item in world.skills}
    weighed = {label: _weigh(label, score, evidence, last if pointing else "") for label, score in scores.items()}
    ranked = sorted(weighed.items(), key=lambda item: -item[1])
    fits = [
        (label, score)
        for label, score in ranked
        if understood.known or _is_supported(label, scores[label], evidence, last if pointing else "")
    ]
    if not fits or not world.find_skill(fits[0][0].split(".")[0]):
        return Interpretation(scores=tuple(ranked[:5]))
    skill, _, intent = fits[0][0].partition(".")
    total = sum(weighed.values()) or 1.0
    return Interpretation(skill, intent, fits[0][1] / total, dict(understood.slots), tuple(ranked[:5]))


def _weigh(label: str, score: float, evidence: dict[str, float], pointed: str) -> float:
    skill = label.split(".")[0]
    named = evidence.get(skill, 0.0)
    return score * (1 + NAME_FACTOR * named) * (POINTING_FACTOR if skill == pointed else 1) + NAME_BONUS * named


def _is_supported(label: str, score: float, evidence: dict[str, float], pointed: str) -> bool:
    """Tell whether an intent of which the interpreter is unsure is one, since names or the talk speak for it."""
    skill = label.split(".")[0]
    named = evidence.get(skill, 0.0)
    return score >= MIN_CONTEXT and (named >= 0.6 or skill == pointed or (named >= 0.25 and score >= 0.3))


def name_evidence(text: str, kinds: tuple[str, ...], world: World) -> float:
    """Return how far a text names something of these kinds: the share of the best name that was said, 0 to 1."""
    best = 0.0
    for kind in kinds:
        matches = match_names(text, names_of(kind, world))
        best = max([best, *(match.share for match in matches[:3] if match.weight > 1)])
    return best


def names_of(kind: str, world: World) -> tuple[str, ...]:
    """Return the names of a kind of live data: "events", "dishes", "products", "courses", "stops", "airports"."""
    sources = world.sources
    if kind == "events":
        return sources.event_names()
    if kind == "dishes":
        menu = sources.menu()
        return tuple({**{dish["item"]: 0 for dish in menu}, **{o["item"]: 0 for dish in menu for o in dish["options"]}})
    if kind == "products":
        return tuple(product["item"] for product in sources.products())
    if kind == "courses":
        keys = ("course", "title", "subject")
        return tuple({str(course[key]): 0 for course in sources.courses() for key in keys if course.get(key)})
    if kind == "stops":
        timetable = sources.timetable()
        return timetable.stop_names if timetable else ()
    if kind == "airports":
        return tuple(f"{flight[end]} {flight[end + '_name']}" for flight in sources.flights() for end in ("from", "to"))
    return ()
