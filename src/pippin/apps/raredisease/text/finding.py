"""Findings in a text: the longest names and synonyms that its words can make, heard with negation and family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.patients.patient import Patient, make_patient
from pippin.apps.raredisease.text.lay_words import NORMAL, PHRASES
from pippin.apps.raredisease.text.sharing import shared_spans
from pippin.core.errors import PippinError
from pippin.learn.text.english_words import FILLERS, Token, is_foreign, sentences
from pippin.learn.text.negation import is_doubtful, is_negated, is_of_family, is_unknown
from pippin.learn.text.spelling import Spelling

MAX_WORDS, MAX_FILLERS = 7, 3  # of a name; of words without meaning among them
MAX_CHARACTERS = 200_000
_Key = tuple[str, ...]
Span = tuple[int, int, str]
# Words of one letter or without a finding's meaning that are names of findings in the ontology.
_TOO_SHORT = 3


class Mention(NamedTuple):
    """A finding in a text: `status` is "present", "excluded", "family" or "doubtful"."""

    term: str
    name: str
    status: str
    quote: str
    start: int
    end: int


class Vocabulary:
    """Names and synonyms as sorted stems, each with the id of its finding."""

    def __init__(self, ontology: Ontology) -> None:
        self.names: dict[_Key, str] = {}
        named = [(name, id) for id, name in zip(ontology.ids, ontology.names, strict=True)]
        other = [(text, id) for id, texts in zip(ontology.ids, ontology.synonyms, strict=True) for text in texts]
        # Of findings that differ by words without meaning here ("mild"), the plain one.
        for text, id in (*sorted(named, key=lambda pair: len(pair[0])), *sorted(other, key=lambda pair: len(pair[0]))):
            self._add(text, id)
        for id, phrases in PHRASES.items():
            current = ontology.resolve(id)
            for phrase in phrases.split("|") if current in ontology.index else ():
                for form in (phrase, phrase.replace("does not", "doesn't").replace("cannot", "can't")):
                    self.names[key_of(form)] = current
        self.names.pop((), None)
        self.normal = {key_of(phrase): id for id, phrases in NORMAL.items() for phrase in phrases.split("|")}
        self.spelling = Spelling(stem for key in self.names for stem in key)

    def _add(self, text: str, id: str) -> None:
        key = key_of(text)
        if sum(map(len, key)) > _TOO_SHORT:
            self.names.setdefault(key, id)


def key_of(text: str) -> _Key:
    """Return the sorted stems of the words that carry meaning."""
    return tuple(sorted(token.stem for tokens in sentences(text) for token in tokens if _carries(token)))


def _carries(token: Token) -> bool:
    return token.text not in FILLERS and token.text != ","


_vocabularies: dict[str, Vocabulary] = {}


def vocabulary(ontology: Ontology) -> Vocabulary:
    """Return the vocabulary of an ontology, made once."""
    name = f"{ontology.version} {len(ontology.ids)}"
    if name not in _vocabularies:
        _vocabularies.clear()
        _vocabularies[name] = Vocabulary(ontology)
    return _vocabularies[name]


def find_mentions(text: str, ontology: Ontology) -> list[Mention]:
    """Return the findings mentioned in an English text, in order."""
    if len(text) > MAX_CHARACTERS:
        raise PippinError(f"{text[:60]!r} has {len(text):,} characters; give at most {MAX_CHARACTERS:,}.")
    words = vocabulary(ontology)
    found: list[Mention] = []
    for written in sentences(text):
        tokens = [token._replace(stem=words.spelling.correct_stem(token.stem, token.text)) for token in written]
        spans = list(_matches(tokens, words))
        spans = sorted([*spans, *shared_spans(tokens, spans, words.names, _carries)])
        context = _mask(tokens, spans)
        found += _normal_mentions(text, tokens, spans, context, words, ontology)
        for start, end, id in spans:
            quote = text[tokens[start].start : tokens[end - 1].end]
            name = ontology.names[ontology.index[id]]
            found.append(
                Mention(id, name, _status(context, start, end), quote, tokens[start].start, tokens[end - 1].end)
            )
    return sorted(found, key=lambda one: one.start)


def _normal_mentions(
    text: str, tokens: list[Token], spans: list[Span], context: list[Token], words: Vocabulary, ontology: Ontology
) -> Iterator[Mention]:
    """Yield what a text says is normal, as findings that are absent."""
    taken = {index for start, end, _ in spans for index in range(start, end)}
    for start, token in enumerate(tokens):
        for end in range(start + 2, min(start + 6, len(tokens)) + 1):
            whole = tokens[start:end]
            key = tuple(sorted(one.stem for one in whole if _carries(one)))
            id = words.normal.get(key)
            if (
                id is None
                or any(one.text == "," for one in whole)
                or not (_carries(token) and _carries(whole[-1]))
                or taken & set(range(start, end))
            ):
                continue
            if id in ontology.index and not is_of_family(context, start) and not is_negated(context, start, end):
                name, last = ontology.names[ontology.index[id]], whole[-1].end
                yield Mention(id, name, "excluded", text[token.start : last], token.start, last)


def _mask(tokens: list[Token], spans: list[tuple[int, int, str]]) -> list[Token]:
    """Return the tokens with names of findings made unreadable: "absent" in "absent speech" negates nothing."""
    named = {index for start, end, _ in spans for index in range(start, end)}
    return [token._replace(text="_") if index in named else token for index, token in enumerate(tokens)]


def _status(tokens: list[Token], start: int, end: int) -> str:
    if is_of_family(tokens, start):
        return "family"
    if is_unknown(tokens, end):
        return "doubtful"
    if is_negated(tokens, start, end):
        return "excluded"
    return "doubtful" if is_doubtful(tokens, start, end) else "present"


def _matches(tokens: list[Token], words: Vocabulary) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, id) of names, from the left the longest at each place."""
    start = 0
    while start < len(tokens):
        found = _longest(tokens, start, words) if _carries(tokens[start]) else None
        if found is None:
            start += 1
        else:
            yield start, *found
            start = found[0]


def _longest(tokens: list[Token], start: int, words: Vocabulary) -> tuple[int, str] | None:
    """Return (end, id) of the longest name that begins at a token."""
    best, stems, fillers = None, [], 0
    for end in range(start, len(tokens)):
        if tokens[end].text == ",":
            break
        if not _carries(tokens[end]):
            fillers += 1
            if fillers > MAX_FILLERS:
                break
            continue
        stems.append(tokens[end].stem)
        if len(stems) > MAX_WORDS:
            break
        id = words.names.get(tuple(sorted(stems)))
        if id is not None:
            best = (end + 1, id)
    return best


def find_patient(text: str, ontology: Ontology, name: str) -> Patient:
    """Return the patient a text describes; PippinError where no finding is recognised in it."""
    if len(text) > MAX_CHARACTERS:
        raise PippinError(f"{name} has {len(text):,} characters; give at most {MAX_CHARACTERS:,}.", input=name)
    if is_foreign(text):
        raise PippinError(f"{name!r} seems not to be English; write in English, or give HPO terms.", input=name)
    mentions = find_mentions(text, ontology)
    present = [mention.term for mention in mentions if mention.status == "present"]
    excluded = [one.term for one in mentions if one.status == "excluded"]
    if not present and not excluded:
        raise PippinError(
            f"No finding of the patient is recognised in {name!r}; write in English, or give HPO terms such as "
            "HP:0001250.",
            input=name,
        )
    patient = make_patient(ontology, present, excluded, name=name)
    return replace(patient, notes=(*_notes(mentions), *patient.notes), quotes=_quotes(mentions, ontology))


def _notes(mentions: list[Mention]) -> list[str]:
    """Return one sentence on what was understood, to be confirmed by a person."""
    parts = []
    for status, words in (
        ("present", "present"),
        ("excluded", "absent"),
        ("family", "of relatives, not counted"),
        ("doubtful", "in doubt, not counted"),
    ):
        named = dict.fromkeys(f"{one.name} ({one.quote!r})" for one in mentions if one.status == status)
        if named:
            parts.append(f"{words}: {', '.join(named)}")
    return [f"understood as {'; '.join(parts)}. Check this."]


def _quotes(mentions: list[Mention], ontology: Ontology) -> dict[int, str]:
    return {ontology.index[mention.term]: mention.quote for mention in mentions}
