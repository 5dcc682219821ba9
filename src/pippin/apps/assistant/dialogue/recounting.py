"""Questions about the talk itself: what was just said, what was just done, whether it was done."""

from __future__ import annotations

import re

from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.steps import Step
from pippin.apps.assistant.dialogue.values import ANSWER, CONFIRM, DONE, Act, State

LEAD = r"(?:(?:sorry|pardon|wait|hm+|ok|okay|and|so|oh|um+|uh)[ ,]+)*"
AGAIN = re.compile(
    rf"{LEAD}(?:sorry|pardon(?: me)?|come again|what(?: was that)?(?: again)?|what did you (?:just )?say|say "
    rf"(?:that|it) again|"
    r"repeat(?: (?:that|it))?|(?:can|could|would|will) you (?:please )?(?:repeat|say) (?:that|it)(?: again)?|"
    r"i (?:didn't|did not) (?:catch|get|hear|understand) (?:that|it))(?: please)?"
)
DID = (
    r"(?:do|done|did|change|changed|book|booked|add|added|order|ordered|cancel|cancelled|canceled|move|moved|set|delete|"
    r"deleted|remove|removed|sign me up for|put in|put down|note|noted)"
)
DONE_LAST = re.compile(
    rf"{LEAD}what (?:did you (?:just )?|have you (?:just )?|was it you |did (?:i|we) just |have (?:i|we) just ){DID}"
    r"(?: (?:just now|now|there|for me))?"
)
WHETHER = re.compile(
    rf"{LEAD}(?:(?:did|have) you (?:actually |really |already )?{DID}(?: (?:it|that|this|them))?|is (?:it|"
    rf"that) (?:done|booked|"
    r"saved|in|set|sorted|confirmed|ordered|in there|in (?:my|the) (?:calendar|diary))|did (?:it|that) "
    r"work)(?: (?:now|yet|then|"
    r"already))?"
)
NOTHING = "I have changed nothing in this talk."


def recount(state: State, text: str) -> Step | None:
    """Answer a question about what was just said or done; None where a text is none."""
    plain = simplify(text)
    if state.last and AGAIN.fullmatch(plain):
        frame = state.open or state.last
        return Step(state, Act(frame.skill, frame.intent, ANSWER, frame.items, {}, frame.reply))
    is_whether = bool(WHETHER.fullmatch(plain))
    if not is_whether and not DONE_LAST.fullmatch(plain):
        return None
    waiting = state.open
    if waiting and waiting.act == CONFIRM and waiting is state.last:
        return Step(state, Act(waiting.skill, waiting.intent, ANSWER, waiting.items, {}, "Nothing yet."))
    done = next((frame for frame in reversed(state.frames) if frame.act == DONE), None)
    if done is None or not state.journal:
        return Step(state, Act(None, None, ANSWER, reply=NOTHING))
    return Step(state, Act(done.skill, done.intent, ANSWER, done.items, {}, done.reply))
