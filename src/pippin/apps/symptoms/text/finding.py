"""Evidences in a text in everyday words, heard with negation, family and doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.knowledge.wording import (
    load_family,
    load_option_phrases,
    load_places,
    load_wording,
)
from pippin.apps.symptoms.text.patterns import find_pattern, parse_pattern
from pippin.learn.text.english_words import Token, sentences, stem
from pippin.learn.text.negation import is_doubtful, is_negated, is_of_family

# Evidences that are themselves a pain: the word that says so is not a pain beside them.
PAIN, PAINFUL = "E_53", frozenset(["E_97", "E_144", "E_9", "E_65", "E_205", "E_173", "E_206"])
# Of two evidences in the same sentence, the second holds only where the first does not.
INSTEAD = (
    ("E_76", "E_82"),
    ("E_77", "E_182"),
    ("E_45", "E_210"),
    ("E_179", "E_178"),
    ("E_88", "E_89"),
    ("E_93", "E_177"),
    ("E_157", "E_177"),
    ("E_164", "E_155"),
    ("E_202", "E_112"),
    ("E_31", "E_123"),
    ("E_191", "E_79"),
    ("E_222", "E_79"),
    ("E_46", "E_124"),
    ("E_101", "E_124"),
    ("E_211", "E_148"),
    ("E_30", "E_151"),
    ("E_9", "E_151"),
    ("E_159", "E_82"),
    ("E_37", "E_34"),
    ("E_214", "E_194"),
    ("E_42", "E_215"),
    ("E_187", "E_215"),
    ("E_182", "E_181"),
    ("E_166", "E_211"),
    ("E_210", "E_211"),
    ("E_67", "E_75"),
    ("E_188", "E_154"),
    ("E_188", "E_140"),
)
# What a place or an option belongs to: (question of the place or option, evidence in the same sentence).
PLACES = (("E_55", "E_53"), ("E_133", "E_129"), ("E_152", "E_151"))
OPTIONS = {"E_54": "E_53", "E_130": "E_129"}
# Where a pain moves on to is an evidence of its own.
SPREADS = {"E_55": "E_57"}
_SPREADING = ("radiat", "spread", "shoots", "shooting", "travel", "moves", "moving", "runs", "going", "goes")
WHOLE_WORDS = {
    "headache": ("V_89",),
    "migraine": ("V_89",),
    "stomachache": ("V_187",),
    "bellyache": ("V_187",),
    "backache": ("V_40",),
    "earache": ("V_129", "V_130"),
    "toothache": ("V_59", "V_60"),
}
TRAVEL = "travel*/trip/holiday/vacation/visited/returned/back/flew/flight/came/been/went/journey/safari"
_RUNS_IN_FAMILY = frozenset(["run", "family"])
# What follows "when I" only says when something else happens.
_TRIGGERS = frozenset(["E_89", "E_201", "E_88", "E_16", "E_211", "E_64"])
_WHEN = frozenset(["when", "whenever", "if", "while"])
_MAYBE = frozenset(["might", "maybe", "perhaps", "could"])
# Evidences that tie two things together, such as "worse when I cough": "pain and cough" only lists them.
RELATIONS = frozenset(["E_220", "E_216", "E_217", "E_218", "E_221", "E_215", "E_33", "E_166", "E_112", "E_173", "E_64"])
MAX_DISTANCE = 5  # words between a pain and its place


class Mention(NamedTuple):
    """An evidence in a text: `option` is empty for a yes; `status` is "present", "absent", "family" or "doubtful"."""

    code: str
    option: str
    status: str
    quote: str
    start: int
    end: int


class Span(NamedTuple):
    """Where an evidence was found among the tokens of a sentence."""

    code: str
    option: str
    start: int
    end: int


def find_mentions(text: str) -> list[Mention]:
    """Return the evidences mentioned in an English text, each once, in order."""
    found: dict[tuple[str, str], Mention] = {}
    for tokens in sentences(text):
        spans = [one for one in _spans(tokens) if not _is_trigger(tokens, one)]
        spans = _without_doubles(spans, _mask(tokens, spans))
        spans += list(_details(tokens, spans))
        context = _mask(tokens, spans)
        for span in spans:
            mention = _mention(text, tokens, context, span)
            known = found.get((span.code, span.option))
            if known is None or (known.status != "present" and mention.status == "present"):
                found[span.code, span.option] = mention
        for mention in _family(text, tokens):
            found.setdefault((mention.code, mention.option), mention)
    return _consistent(sorted(found.values(), key=lambda one: one.start))


def _spans(tokens: list[Token]) -> Iterator[Span]:
    """Yield the longest match of each evidence at each place."""
    for code, wording in load_wording().items():
        best: dict[int, int] = {}
        for phrase in wording.phrases:
            for start, end in find_pattern(parse_pattern(phrase), tokens):
                if not (code in RELATIONS and any(token.text == "and" for token in tokens[start:end])):
                    best[start] = max(end, best.get(start, 0))
        last = -1
        for start in sorted(best):
            if start >= last:
                yield Span(code, "", start, best[start])
                last = best[start]


def _without_doubles(spans: list[Span], context: list[Token]) -> list[Span]:
    """Drop what other words of the sentence already say more exactly, and do not deny."""
    dropped = set()
    for one in spans:
        for other in spans:
            overlaps = one.start < other.end and other.start < one.end
            is_same = overlaps and one.code == PAIN and other.code in PAINFUL
            is_less = (other.code, one.code) in INSTEAD
            if is_same or (is_less and (overlaps or _status(context, other.start, other.end) == "present")):
                dropped.add(one)
    return [one for one in spans if one not in dropped]


def _details(tokens: list[Token], spans: list[Span]) -> Iterator[Span]:
    """Yield places, kinds of pain, colors and regions that belong to what was found."""
    for question, owner in PLACES:
        for own in (one for one in spans if one.code == owner):
            yield from _places(tokens, question, own)
    for code, option, phrases in load_option_phrases():
        owners = [one for one in spans if one.code == OPTIONS.get(code)]
        for start, end in _all_matches(phrases, tokens):
            near = any(_distance(start, end, one) <= MAX_DISTANCE for one in owners)
            if near or (code == "E_204" and find_pattern(parse_pattern(TRAVEL), tokens)):
                yield Span(code, option, start, end)
    for position, token in enumerate(tokens):
        for option in _whole_words().get(token.stem, ()):
            yield Span("E_55", option, position, position + 1)
    if any(one.code == PAIN for one in spans):
        yield from _strength(tokens)


@cache
def _whole_words() -> dict[str, tuple[str, ...]]:
    return {stem(word): options for word, options in WHOLE_WORDS.items()}


def _places(tokens: list[Token], question: str, own: Span) -> Iterator[Span]:
    sided = {side: any(token.text == side for token in tokens) for side in ("right", "left")}
    for place in load_places():
        other = {"right": "left", "left": "right", "": ""}[place.side]
        if other and sided[other] and not sided[place.side]:
            continue
        for start, end in _all_matches(place.phrases, tokens):
            spreads = question in SPREADS and _spreads(tokens, start)
            limit = 2 * MAX_DISTANCE if spreads else MAX_DISTANCE
            if _distance(start, end, own) <= limit and not _crosses(tokens, start, end, own):
                yield Span(SPREADS[question] if spreads else question, place.code, start, end)


def _spreads(tokens: Sequence[Token], start: int) -> bool:
    """Return whether the words before a place say that a pain moves there."""
    return any(token.text.startswith(_SPREADING) for token in tokens[max(0, start - 4) : start])


def _crosses(tokens: Sequence[Token], start: int, end: int, own: Span) -> bool:
    """Return whether a negation or a new thought lies between a place and what it belongs to."""
    low, high = min(end, own.end), max(start, own.start)
    return any(tokens[position].text in ("but", "no", "not", "without", "then") for position in range(low, high))


def _strength(tokens: list[Token]) -> Iterator[Span]:
    """Yield the strength of a pain as in "8 out of 10"."""
    for position in range(len(tokens) - 1):
        rest = [token.text for token in tokens[position + 1 : position + 4]]
        is_scale = rest[:3] == ["out", "of", "10"] or rest[:1] == ["10"]
        if tokens[position].text.isdigit() and int(tokens[position].text) <= 10 and is_scale:
            yield Span("E_56", str(int(tokens[position].text)), position, position + 2)


def _all_matches(phrases: Iterable[str], tokens: list[Token]) -> Iterator[tuple[int, int]]:
    for phrase in phrases:
        yield from find_pattern(parse_pattern(phrase), tokens)


def _distance(start: int, end: int, own: Span) -> int:
    return max(0, start - own.end, own.start - end)


def _mask(tokens: list[Token], spans: list[Span]) -> list[Token]:
    """Return the tokens with words of evidences made unreadable: "can't" in "can't breathe" negates nothing."""
    named = {position for one in spans for position in range(one.start, one.end)}
    return [token._replace(text="_") if position in named else token for position, token in enumerate(tokens)]


def _mention(text: str, tokens: list[Token], context: list[Token], span: Span) -> Mention:
    quote = text[tokens[span.start].start : tokens[span.end - 1].end]
    status = _status(context, span.start, span.end)
    return Mention(span.code, span.option, status, quote, tokens[span.start].start, tokens[span.end - 1].end)


def _is_trigger(tokens: list[Token], span: Span) -> bool:
    before = [token.text for token in tokens[max(0, span.start - 3) : span.start]]
    return span.code in _TRIGGERS and bool(_WHEN & set(before))


def _status(tokens: list[Token], start: int, end: int) -> str:
    before = [token.text for token in tokens[max(0, start - 3) : start]]
    if before[-1:] == ["nothing"]:
        return "absent"
    if _MAYBE & set(before):
        return "doubtful"
    if is_of_family(tokens, start):
        return "family"
    if is_negated(tokens, start, end):
        return "absent"
    return "doubtful" if is_doubtful(tokens, start, end) else "present"


def _family(text: str, tokens: list[Token]) -> Iterator[Mention]:
    """Yield evidences about relatives: "my mother has asthma" is one of the patient's own evidences."""
    words = {token.text for token in tokens} | {token.stem for token in tokens}
    for code, phrases, relatives in load_family():
        if relatives and not relatives & words:
            continue
        for start, end in _all_matches(phrases, tokens):
            if (is_of_family(tokens, start) or words >= _RUNS_IN_FAMILY) and not is_negated(tokens, start, end):
                quote = text[tokens[start].start : tokens[end - 1].end]
                yield Mention(code, "", "present", quote, tokens[start].start, tokens[end - 1].end)


def _consistent(mentions: list[Mention]) -> list[Mention]:
    """Drop places and options of what is not there, and say yes to what they belong to."""
    owners = dict((*PLACES, *OPTIONS.items(), ("E_56", PAIN)))
    present = {one.code for one in mentions if one.status == "present"}
    whole = {question for question, owner in owners.items() if owner in present}
    known = load_structure().index
    return [
        one
        for one in mentions
        if one.code in known
        and (not one.option or one.code not in owners or (one.code in whole and one.status == "present"))
    ]
