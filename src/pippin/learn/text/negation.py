"""Who has a finding, and whether at all: negation before and after it (after NegEx), family, doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pippin.learn.text.english_words import Token

_BEFORE = re.compile(
    r"\b(?:no(?! (?:longer|change|increase|doubt)\b)|not(?! only\b)|never|without|denies|denied|deny|negative for|"
    r"absence of|absent|free of|free from|lacks|lack of|lacking|neither|nor|none of|\w+n't|cannot|ruled out|excluded|"
    r"exclude|excludes|no evidence of|no sign of|no signs of|unremarkable for|nothing like|nothing wrong with|nil)\b"
)
_AFTER = re.compile(
    r"\b(?:(?:is|are|was|were|has been|have been|had been) (?:absent|ruled out|excluded|not \w+|never \w+|negative|"
    r"denied|none|unremarkable)|none|nil|absent|not present|not seen|not observed|not found|ruled out|excluded|"
    r"negative|(?:wasn't|weren't|isn't|aren't) \w+)\b"
)
_STOP = re.compile(
    r"\b(?:but|however|although|though|except|apart from|other than|aside from|besides|remarkable for|notable for|"
    r"while|whereas|yet|because|due to|since|which|instead|then|just|presented|presents|developed|develops|"
    r"started|shows|showed|"
    r"has|have|had|with|now|and (?:i|he|she|they|we|it|the|his|her|my|their))\b"
)
_RELATIVE = re.compile(
    r"\b(?:mother|father|mum|mom|dad|brother|sister|sibling|siblings|uncle|aunt|cousin|grandmother|grandfather|"
    r"grandparent|grandparents|parents|parent|family|relative|relatives|maternal|paternal|nephew|niece|brothers|"
    r"sisters|cousins|uncles|aunts|grandma|grandpa|husband|wife|half-brother|half-sister|twin|nieces|nephews|"
    r"granny|ancestors|(?:his|her) (?:son|daughter|children|sons|daughters))\b"
)
_OF_RELATIVE = re.compile(
    r"\b(?:in|of) (?:his|her|their|the|my|our|both)? ?(?:mother|father|brother|sister|family|uncle|aunt|parents|"
    r"siblings?|cousin|grandmother|grandfather)\b|\bruns in the family\b"
)
_PATIENT = re.compile(
    r"\b(?:patient|patient's|proband|he|she|they|i|we|my son|my daughter|our son|our daughter|the boy|"
    r"the girl|the child|child|"
    r"boy|girl|infant|baby|son|daughter|himself|herself|index case|(?:his|her|my|their) own)\b"
)
_REPORTS = re.compile(
    r"\b(?:report|reports|reported|say|says|said|notice|notices|noticed|note|notes|noted|describe|describes|described|"
    r"worry|worries|worried|complain|complains|complained|observed|observe|observes|recall|recalls|"
    r"think|thinks|saw|see|tell|tells|told)\b"
)
_DOUBT = re.compile(
    r"\b(?:if|should (?:he|she|they|you|it) \w+|risk of|risk for|rule out|to exclude|cannot exclude|in case of|"
    r"screen(?:ed|ing)? for|possible|possibly|probable|questionable|suspected|suspicion of|suspect|suspects|query|"
    r"concern for|concerns about|concern about|uncertain|unclear|whether|may have|might have|could have|may develop|"
    r"might develop|could develop|looking for|look for|monitor(?:ed|ing)? for|watch for|afraid of|fear of|fears|"
    r"worried about)\b"
)
_UNKNOWN = re.compile(
    r"(?:(?:has|have|had|was|were|is|are|could|can)(?: not|n't)|cannot|not)(?: yet)?(?: be| been)? "
    r"(?:assessed|tested|evaluated|examined|checked|measured|known|investigated|studied|determined|excluded|ruled out)"
    r"\b|(?:(?:is|are|was|were|remains|remain) )?(?:unknown|unclear|uncertain|questionable|under investigation|"
    r"doubtful|to be confirmed|to be assessed)\b"
)
_CERTAIN = re.compile(r"(?:(?:is|are|was|were) )?(?:clearly |definitely )?(?:present|confirmed|definite|proven)\b")
_UNRELATED = re.compile(r"\b(?:parents|family) (?:are|is|were|was) (?:healthy|well|unaffected|not affected)\b")
MAX_SCOPE = 9  # words over which a negation reaches without a list
MAX_AFTER = 5


def is_negated(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Return whether words before or after `tokens[start:end]` say that it is absent."""
    before = _clause(_text(tokens[:start]))
    match = _last(_BEFORE, before)
    if match is not None and _reaches(before[match.end() :]):
        return True
    after = _text(tokens[end:])
    if _TAKEN_BACK.match(after):
        return True
    after = _STOPPED.split(after, maxsplit=1)[0]
    match = _AFTER.search(after)
    return match is not None and len(after[: match.start()].split()) <= MAX_AFTER


def _reaches(between: str) -> bool:
    """Return whether a negation reaches over these words: a list goes on without end, others end it sooner or later."""
    listed = "," in between or " or " in f" {between} " or " and " in f" {between} "
    return listed or len(between.split()) <= MAX_SCOPE


_TAKEN_BACK = re.compile(
    r"(?:was |were )?(?:suspected|considered|queried)(?: at first| initially)? ?,? (?:but|and|and then|then) "
    r"(?:was |were )?(?:later |then )?(?:ruled out|excluded|not confirmed)|"
    r",? ?which (?:was|were|has been|could be) (?:later |then )?(?:ruled out|excluded|not confirmed)"
)
_STOPPED = re.compile(r",? \b(?:but|however|although|though|except|while|whereas|yet)\b|,")


def _clause(before: str) -> str:
    """Return what stands after the last word that ends a negation."""
    last = _last(_STOP, before)
    if last is None:
        return before
    if last[0] in ("has", "have", "had", "shows", "showed", "with", "now"):  # "has no", "without"
        rest = before[last.end() :]
        return rest if not re.search(r"\b(?:\w+n't|not|never) *$", before[: last.start()].strip()) else before
    return before[last.end() :]


def is_of_family(tokens: Sequence[Token], start: int) -> bool:
    """Return whether the finding is said of a relative, not of the patient."""
    before = _text(tokens[:start])
    relative = _last(_RELATIVE, before)
    if relative is None:
        return _OF_RELATIVE.search(_text(tokens[start:])) is not None
    rest = before[relative.end() :]
    patient = _last(_PATIENT, rest)
    reports = _REPORTS.search(rest)
    if reports is not None and (patient is not None or not re.search(r"\b(?:in|has|have|had)\b", rest)):
        return False
    return patient is None


def is_unknown(tokens: Sequence[Token], end: int) -> bool:
    """Return whether the words after a finding say that it is not known."""
    return _UNKNOWN.match(_text(tokens[end:])) is not None


def is_doubtful(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Return whether the finding is only feared, looked for or suspected, and not confirmed after all."""
    return (
        _CERTAIN.match(_text(tokens[end:])) is None
        and _DOUBT.search(_text(tokens[max(0, start - 4) : start])) is not None
    )


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return max(pattern.finditer(text), key=lambda match: match.start(), default=None)
