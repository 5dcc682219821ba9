"""What goes on from the last answer: "and on Friday?", "two of those", "who teaches it?"."""

from __future__ import annotations

import re
from dataclasses import replace

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dialogue import cues
from pippin.apps.assistant.dialogue.clauses import is_command
from pippin.apps.assistant.dialogue.interpretation import Interpretation, name_evidence
from pippin.apps.assistant.dialogue.pointing import NUMBER, counts_shown, takes_shown, things_of, without_numbers
from pippin.apps.assistant.dialogue.replying import is_only_when
from pippin.apps.assistant.dialogue.requests import CORRECT, FOLLOW, NEW, Request
from pippin.apps.assistant.dialogue.shown import others_shown, shown_for
from pippin.apps.assistant.dialogue.steps import Step, request_of, run
from pippin.apps.assistant.dialogue.values import ANSWER, ASK, CANNOT, DONE, Change, Frame, Item, State
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import without

MIN_SCORE, MIN_NAMED, MIN_ALONE = 0.03, 0.3, 0.25
"""From this probability on an intent of the skill last talked of is tried where the likeliest leads nowhere."""
SURE = 0.6
"""From this probability on a sentence is no word about a basket where the interpreter hears another request."""
ELLIPTIC = re.compile(r"^(?:to|for|from|at|on|in|with|without|by|before|after|around|until|the|my)\b")
VARIES = re.compile(r"(?:(?:and|but|so|or|ok) )*(?:what )?if\b")
WITH_QUESTION = re.compile(r"[,.;] ?(?:and )?(?:when|what|how|where|which|who|can|could|do|does|is|are|should)\b")
"""A question of its own after an elliptic beginning: "and for Rome, when should I set off?"."""
NUMBER_ALONE = re.compile(
    rf"(?:(?:just|only|but|make it|the|of|them|those|please) ?)*{NUMBER}(?: (?:of|them|those|please|is enough))*"
)
MORE = re.compile(
    rf"(?:(?:and|ok|okay|actually|oh|add|make that|give me|i'll have|i'll take|i want) )*(?P<number>another(?: "
    rf"one)?|{NUMBER} more|"
    r"one more)(?: (?:of (?:those|them|these|that|it)|like (?:that|it)))?(?: please| then| too)*"
)
NO_THING = re.compile(
    r"(?P<what>\b(?:no|without|not) (?P<thing>(?!(?:make|the|an?|wait|thanks|thank|it|that|just|only)\b)[a-z][\w ]*))$"
)
PICKED = re.compile(
    r"\bthe (?:cheap(?:er|est)|dearer|most expensive|best(?: rated)?|first|second|third|last)(?: one)?(?= "
    r"with\b| and\b|,)"
)
ADDS = re.compile(
    r"(?:(?:ok|okay|and|then|please|also|yes|can you|could you) )*(?:add|i'll have|i'll take|get me|give me)\b"
    r"(?!.*\b(?:instead|rather)\b)"
)
COMES_FROM = re.compile(
    r"^.{0,20}?\b(?:i|we)(?:'m|'re|'ll| am| are| will)?(?: be| have to| need to| want to)? "
    r"(?:com(?:e|ing)|leav(?:e|ing)|start(?:ing)?|set(?:ting)? (?:off|out)|go(?:ing)?|travel(?:l?ing)?) "
    r"(?P<rest>(?:from|straight from|via) [\w' ]+)$"
)
"""What changes the place from which a way was just asked for: "I'll be coming from work"."""
READING = ("basket", "find", "menu", "compare", "list")


def follow(state: State, text: str, world: World) -> Step | None:
    """Deal with what goes on from the last answer: "and on Friday?", "tomorrow?"."""
    last = state.last
    if last is None:
        return None
    more = MORE.fullmatch(cues.simplify(text))
    if more and not last.is_open and _has_basket(last.skill, world) and last.items and "item" in last.items[-1]:
        return _add_more(last, state, more, world)
    picked = _name_picked(last, text, world)
    if picked:
        request = Request(last.skill, "add", picked, NEW, {}, "", None, last.items, last.skill)
        return run(state, request, world)
    comes = COMES_FROM.match(cues.simplify(text)) if last.skill == "commute" and last.act == ANSWER else None
    if comes:
        return run(state, request_of(last, state, comes["rest"], CORRECT), world)
    rest = cues.strip_following(text)
    if VARIES.match(cues.simplify(text)):
        step = run(state, request_of(last, state, text, FOLLOW), world)
        if step and step.act.act not in (CANNOT, ASK):
            return step
    picks = len(last.items) > 1 and cues.is_pick(text, len(last.items)) and not takes_shown(text)
    if rest is None and not picks and not is_only_when(text, world):
        return None
    if picks and rest is None and things_of(last.items) and last.intent in READING and _has_basket(last.skill, world):
        chosen = cues.choose(text, last.items)
        named = f"the {chosen['item']}" if chosen else text
        request = Request(last.skill, "add", named, NEW, last.memory, "", None, last.items, last.skill)
        return run(state, request, world)
    rest = text if rest is None else rest
    if (cues.has_request(rest) or is_command(rest)) and (not ELLIPTIC.match(rest) or WITH_QUESTION.search(rest)):
        return None
    for frame in (last, *_answers_before(last, state)):
        step = run(state, request_of(frame, state, rest, FOLLOW), world)
        if step:
            return step
    return None


def _name_picked(last: Frame, text: str, world: World) -> str:
    """Return a text that takes one of the things shown with its name: "the cheaper one with rice"; "" for others."""
    plain = cues.simplify(text)
    match = PICKED.search(plain)
    if not match or len(last.items) < 2 or not things_of(last.items) or not _has_basket(last.skill, world):
        return ""
    begins = re.fullmatch(
        r"(?:(?:and|ok|okay|then|just|so|i'll (?:have|take)|i'd like|give me|get me|take|add|have) )*",
        plain[: match.start()],
    )
    chosen = cues.choose(match[0], last.items) if begins else None
    return f"{plain[: match.start()]}the {chosen['item']}{plain[match.end() :]}" if chosen else ""


def _put_other(last: Frame, state: State, other: Item, world: World) -> Step | None:
    """Put another thing in the place of the one put into the basket last: "no, the other one"."""
    taken = run(state, Request(last.skill, "remove", f"remove {last.items[-1]['item']}", NEW), world)
    if taken is None or taken.act.act != DONE:
        return None
    added = run(state, Request(last.skill, "add", f"add {other['item']}", NEW), world.after(taken.changes))
    if added is None or added.act.act != DONE:
        return None
    changes = (replace(added.changes[0], before=world.record("basket")),)
    entry = replace(added.state.journal[-1], changes=changes)
    return replace(added, state=replace(added.state, journal=(*added.state.journal[:-1], entry)), changes=changes)


def _add_more(last: Frame, state: State, more: re.Match[str], world: World) -> Step | None:
    """Put more into the basket of what was put in or shown last: "one more of those"."""
    item = last.items[-1]
    options = " and ".join(map(str, item.get("options") or ()))
    number = re.sub(r"another(?: one)?|\bone\b", "1", more["number"]).replace(" more", "")
    text = f"add {number} {item['item']}{f' with {options}' if options else ''}"
    request = Request(last.skill, "add", text, NEW, {}, "", None, last.items, last.skill)
    return run(state, request, world)


def _answers_before(last: Frame, state: State) -> list[Frame]:
    """Return the answers before one that nothing goes on from, such as an offer that was declined."""
    if last.act == ANSWER or last.is_open:
        return []
    return [frame for frame in reversed(state.frames[:-1]) if frame.act == ANSWER and frame.skill == last.skill][:1]


def _has_basket(skill: str, world: World) -> bool:
    active = world.find_skill(skill)
    return active is not None and {"add", "basket"} <= {intent.name for intent in active.skill.intents}


def correct_done(state: State, text: str, meant: Interpretation, world: World) -> Step | None:
    """Deal with a change of what was done or shown last: "no, three of them", "actually make it Thursday"."""
    last = state.last
    if last is None or not cues.is_correction(text):
        return None
    plain = cues.strip_correction(text)
    others = others_shown(plain, state)
    if len(others) == 1 and last.act == DONE and _has_basket(last.skill, world) and last.items:
        return _put_other(last, state, others[0], world)
    changes_list = last.act == DONE and meant.skill == last.skill and meant.intent in (*READING, "add", "change")
    only_when = last.act == DONE and (is_only_when(plain, world) or bool(NUMBER_ALONE.fullmatch(plain)))
    if meant.skill == last.skill and not (changes_list or only_when or ELLIPTIC.match(plain)):
        return None
    if re.match(r"(?:what|when|where|which|who|how|show)\b", plain):
        return None
    step = run(state, request_of(last, state, _with_no(plain, text, last), CORRECT), world, meant=meant)
    return step if step and (step.act.act != CANNOT or not meant.known) else None


def _with_no(plain: str, text: str, last: Frame) -> str:
    """Return a correction with the "no" that is of what it names: "actually, no tofu"."""
    said = NO_THING.search(cues.simplify(text)) if last.items and "quantity" in last.items[-1] else None
    return (
        said["what"]
        if said and plain.endswith(said["thing"]) and not re.match(r"(?:make|\d|an?\b|the\b)", plain)
        else plain
    )


def take_shown(state: State, text: str, meant: Interpretation, world: World) -> Step | None:
    """Take a text that takes something of what was shown last as one to the skill that showed it."""
    last = state.last
    if last is None or not things_of(shown_for(text, state)) or cues.is_correction(text):
        return None
    if not takes_shown(_without_moments(text, world)):
        return None
    active = world.find_skill(last.skill)
    intents = [intent.name for intent in active.skill.intents] if active else []
    adds = ADDS.match(cues.simplify(text)) and cues.choose(text, shown_for(text, state)) is not None
    has_lines = any(line.get("kind") == last.skill for line in world.record("basket"))
    own = (
        *READING,
        *(["order"] if counts_shown(text) else []),
        *([] if has_lines and not adds else ["change", "usual"]),
    )
    if "add" not in intents or (meant.skill == last.skill and meant.intent not in own):
        return None
    other = world.find_skill(meant.skill) if meant.skill else None
    if (
        other
        and not counts_shown(text)
        and meant.confidence > SURE
        and all(intent.name != "basket" for intent in other.skill.intents)
    ):
        return None
    others = [item for item in world.skills if item.skill.name != last.skill]
    if any(name_evidence(without_numbers(text), item.skill.names, world) >= MIN_NAMED for item in others):
        return None
    request = Request(last.skill, "add", text, NEW, last.memory, "", None, shown_for(text, state), last.skill)
    return run(state, request, world, meant=meant)


def _without_moments(text: str, world: World) -> str:
    """Return a text without its dates and times, whose numbers count nothing: "put dinner in on Saturday at 7"."""
    return without(text, [when for when in find_whens(text, world.now) if not when.problem])


def try_last_skill(state: State, text: str, meant: Interpretation, step: Step | None, world: World) -> Step | None:
    """Take a text that leads nowhere in the skill it seems to mean as one about what was talked of last."""
    last = state.last
    assert last is not None
    intents = [
        label.partition(".")[2]
        for label, score in meant.scores
        if label.startswith(f"{last.skill}.") and score > MIN_SCORE
    ]
    for intent in intents[:1]:
        request = Request(last.skill, intent, text, NEW, last.memory, "", None, shown_for(text, state), last.skill)
        other = run(state, request, world, meant=meant)
        if other and other.act.act not in (CANNOT, ASK):
            return other
    if cues.points_back(text):
        other = run(state, request_of(last, state, text, FOLLOW), world)
        if other and other.act.act != CANNOT:
            return other
    return step


def try_named_skill(state: State, text: str, meant: Interpretation, world: World) -> Step | None:
    """Take a text that leads nowhere as one about what it names: "when does Portuguese start?" is a course."""
    for label, score in meant.scores:
        skill, _, intent = label.partition(".")
        active = world.find_skill(skill)
        if active is None or skill == meant.skill or score < MIN_SCORE:
            continue
        if score < MIN_ALONE and name_evidence(text, active.skill.names, world) < MIN_NAMED:
            continue
        step = run(state, Request(skill, intent, text), world, meant=meant)
        if step and step.act.act not in (CANNOT, ASK) and not _takes_away(step.changes):
            return step
    return None


def _takes_away(changes: tuple[Change, ...]) -> bool:
    """Tell whether a list becomes shorter, which no guess may do."""
    return any(len(change.after or ()) < len(change.before or ()) for change in changes)
