"""The parts of what is said: greetings, hesitation and remarks that lead in, the request itself, and reasons after it.

A text is a row of clauses. Only some of them ask for something; the others say how one feels about it. What a talk is
steered by (a no, an undo) and what a skill is asked stand in clauses of their own.
"""

from __future__ import annotations

import re

from pippin.apps.assistant.dialogue.cues import has_request, is_correction, simplify
from pippin.apps.assistant.dialogue.openers import strip_courtesies, strip_openers

SENTENCE = re.compile(r"(?<=[.!?;…])[\s\"']+(?=\S)|\s*[–—]\s+|\s+-\s+|\.{2,}\s*")
EVALUATION = re.compile(
    r"(?:(?:oh|ah|well|hm+|um+|but|so|no|ok|okay|right|dear|dear me|goodness)[, ]+)*(?:"
    r"(?:that|it|this|those|these|they|which)(?:'s| is| are| was|'re| sounds?| looks?| seems?| feels?)(?: \S+){1,8}|"
    r"(?:the|that|this) (?:\S+ ){0,3}?\S+?(?:'s| is| are) (?:too|a bit|rather|very|quite|far too|so) (?:\S+ "
    r"?){1,2}|what an? (?:\S+ ?){1,4}|(?:far |much |a bit )?too \w+|not (?:good|great|ideal)|how (?:lovely|nice|"
    r"nice of you|annoying|odd|strange|kind|sweet|awful|sad|funny|exciting)|"
    r"(?:he|she|they|i|we)(?:'s|'ve| has| have) changed (?:his|her|their|my|our) minds?|change of plans?|on "
    r"reflection|(?:oh )?dear(?: me| oh dear)?|(?:my )?goodness(?: me)?|blimey|crikey|gosh|wow|yikes|ugh|phew|"
    r"damn|bother|"
    r"splendid|very good|very well|marvellous|smashing|fab|fair enough|righto|right-o|ace|neat|sweet|noted|"
    r"we(?:'re| are) (?:finished|done|ready|sorted)|i(?:'m| am) (?:done|finished|ready|back|sorry)(?: \S+){0,3}|"
    r"(?:that's|that is) (?:it|all|everything)(?: \S+){0,3}|i see|i understand|understood|got it|thought so|"
    r"is that the time|guess what|you know what|what a day|can you believe (?:it|that)|fancy that|(?:thanks?|"
    r"thank you|thanks you|cheers|ta)(?: \S+){0,4}|never mind|no (?:worries|problem|matter)"
    r")"
)
"""A sentence of its own that says what one thinks of something."""
STATEMENT = re.compile(
    r"(?:because |since |as |so |but |and |'cause |cos |coz )*"
    r"(?:i|i'm|i've|i'd|i'll|we|we've|we're|he|he's|she|she's|they|they're|they've|it's|it|my|our|his|her|there's|"
    r"there|something|someone|no one|everyone|\w+'s|(?:that|this) (?!ones?\b|day\b|week\b|time\b)\w{3,}s)\b"
)
MEASURE = re.compile(r"\d|\b(?:minutes?|mins?|hours?|hrs?|o'clock|half past|quarter)\b")
COMMAND = re.compile(
    r"(?:(?:please|kindly|just|so|then|and|also|now|go ahead and|can you|could you|would you|will you|can we|could we|"
    r"let's|i want to|i'd like to|i would like to|i want you to|i need to|i'd love to|can i|could i|may i) )*"
    r"(?:add|put|pop|stick|book|schedule|create|move|shift|push|bump|change|cancel|delete|remove|drop|ditch|bin|"
    r"scrap|take (?!me to|me home)|"
    r"remind|set|wake|order|buy|enrol|enroll|sign|register|empty|clear|swap|replace|make|get (?:me|us) (?!to\b|"
    r"from\b|home\b)|grab|reserve|note|write|"
    r"start|stop|checkout|check out|place|bring|postpone|reschedule|delay|count me|rebook|upgrade|check me in|"
    r"check in|cross|strike|tick|scratch|throw in|chuck in|call off|get rid of|skip)\b"
)
MODAL = re.compile(r"(?:(?:and|so|then|but|ok) )*(?:can|could|may|might|will|would|shall|should)\b")
WANTS = re.compile(
    r"\b(?:want|wants|need|needs|like|love|fancy|prefer|have|take|get|must|should|could|can|may|might|please|book|order|"
    r"add|put|cancel|move|remind|remove|delete|drop|change|make|swap|enrol|enroll|sign|register|buy|tell|show|"
    r"meant|mean|free|busy|wondering|wonder|looking|interested)\b"
)
QUESTION = re.compile(
    r"(?:(?:and|but|so|or|then|well|ok|okay|oh|also) )*(?:what|what's|when|when's|where|where's|which|who|who's|"
    r"whose|how|"
    r"how's|why|do|does|did|is|isn't|are|aren't|am|was|were|will|would|can|could|should|shall|may|have|has|any|"
    r"anything|anyone|got any|until when|at what|from what|from which|in which|on which|by when|till when)\b"
)


RHETORICAL = re.compile(r"is that the time|guess what|you know what|can you believe")


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [part for part in SENTENCE.split(text) if part and part.strip(" .!?,;\"'")]


def is_question(text: str) -> bool:
    """Tell whether a text, without what leads in, asks something."""
    plain = simplify(strip_openers(text))
    return bool(QUESTION.match(plain)) or (text.rstrip().endswith("?") and len(plain.split()) > 1)


def asks_to_know(text: str) -> bool:
    """Tell whether a text asks for something to be told: "can I have it?" does not."""
    plain = simplify(strip_openers(text))
    return bool(QUESTION.match(plain)) and not MODAL.match(plain)


def is_command(text: str) -> bool:
    """Tell whether a text, without what leads in, demands that something is done."""
    return bool(COMMAND.match(simplify(strip_openers(text))))


def is_remark(sentence: str) -> bool:
    """Tell whether a sentence says what one thinks, and asks for nothing."""
    plain = simplify(sentence)
    if re.fullmatch(
        r"(?:oof|ouch|eek|ugh|meh|bah|huh|whoa|woah|yay|hooray|hurray|ooh|aw+|hm+|mm+|nice|great|perfect)", plain
    ):
        return True
    if (sentence.rstrip().endswith("?") and not RHETORICAL.search(plain)) or MEASURE.search(plain):
        return False
    return bool(EVALUATION.fullmatch(plain)) and not WANTS.search(plain)


def is_reason(sentence: str) -> bool:
    """Tell whether a sentence states something, and asks for nothing: "my knee's acting up"."""
    plain = simplify(sentence)
    if sentence.rstrip().endswith("?") or not STATEMENT.match(plain) or WANTS.search(plain) or QUESTION.match(plain):
        return False
    return not MEASURE.search(plain)


def strip_remarks(text: str) -> str:
    """Return a text without the sentences before and after its request that ask for nothing."""
    parts = split_sentences(text)
    if len(parts) < 2:
        return text
    while len(parts) > 1 and (is_remark(parts[0]) or is_reason(parts[0])) and _asks(parts[1:]):
        parts = parts[1:]
    while len(parts) > 1 and (is_remark(parts[-1]) or is_reason(parts[-1])) and _asks(parts[:-1]):
        parts = parts[:-1]
    if len(parts) == len(split_sentences(text)):
        return text
    begin = text.index(parts[0])
    return text[begin : text.index(parts[-1], begin) + len(parts[-1])].strip()


def _asks(parts: list[str]) -> bool:
    return any(has_request(part) or is_question(part) or is_command(part) for part in parts)


TAG = re.compile(
    r"(?:[\s,]+(?:i mean[t]?|i think|isn't it|aren't i|don't i|eh|innit|if you like|would you)|\s*,\s*(?:right|"
    r"no|is it))+"
    r"(?=[.?!]*$)",
    re.I,
)
"""What ends a sentence and asks for agreement only: "it's on next week, right?"."""


FIRST = re.compile(r"(?<!the)(?<!my),? (?:first|before that)[.!]*$", re.IGNORECASE)
"""What puts a request before another that waits: "add a tea first"."""


def _without_lead(text: str) -> str:
    """Return a text without a remark before its first comma: "too close, make it 11"."""
    head, comma, tail = text.partition(", ")
    asks = has_request(tail) or is_question(tail) or is_correction(tail) or "rather than" in tail
    leads = is_remark(head) or (is_reason(head) and is_correction(tail))
    return tail if comma and leads and asks else text


def strip_reason(text: str) -> str:
    """Return a request without the reason after its comma: "cancel it, I've a cold"."""
    head, comma, tail = text.rpartition(", ")
    if not comma or not is_reason(tail) or not (has_request(head) or is_command(head)):
        return text
    return head


def request_in(text: str) -> str:
    """Return the request in a text without what leads in, what one feels about it, and why."""
    text = strip_reason(strip_courtesies(strip_remarks(strip_courtesies(text))))
    text = TAG.sub("", _without_lead(text))
    return FIRST.sub("", text) if is_command(text) else text
