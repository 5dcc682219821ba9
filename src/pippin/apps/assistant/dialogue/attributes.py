"""What a question asks of a thing: its beginning, end, length, place, price, and so on, for a thing of any kind."""

from __future__ import annotations

import re

from pippin.apps.assistant.dialogue.cues import simplify

DETAILS = {
    "schedule": "find",
    "flights": "details",
    "courses": "details",
    "food": "menu",
    "shop": "find",
    "commute": "route",
}
"""The intent of each skill that tells of one thing."""
PATTERNS = {
    "length": r"\bhow (?:long|many (?:hours|minutes|days))\b|\bduration\b",
    "end": r"\b(?:until|till) (?:when|what time)\b|\bhow late\b|\b(?:when|what time|at what (?:time|hour)|which "
    r"day)\b.*\b(?:end|"
    r"ends|finish|finishes|finished|over|done|out|land|lands|arrive|arrives|get in|gets in|touch down|back|stop|"
    r"stops)\b",
    "start": r"\b(?:when|what time|at what (?:time|hour)|what day|which day|what date|how (?:soon|early)|since when|"
    r"from when)\b|\b(?:has|have|did|is|does)\b.*\b(?:begun|started|begin|start|on)\b",
    "price": r"\bhow much\b|\b(?:price|cost|costs|fee|charge|pricey|dear|expensive|damage)\b",
    "place": r"\bwhere\b|\bwhich (?:room|place|building|hall|airport|stop|station)\b|\b(?:location|address|venue)\b",
    "person": r"\bwho\b|\bwho's\b|\bwhose\b|\bwith whom\b|\b(?:teacher|instructor|tutor)\b",
    "code": r"\b(?:booking|reservation|confirmation) ?(?:code|number|ref|reference)?\b|\b(?:ref|reference|pnr|"
    r"locator)\b",
    "seat": r"\bseat\b|\bgate\b|\bterminal\b|\bairline\b|\bplatform\b",
    "rating": r"\b(?:rating|ratings|rated|reviews?|stars?)\b|\bany good\b|\bworth it\b",
    "order": r"\bwhich (?:one )?(?:is|comes|starts|begins|leaves) (?:the )?(?:first|last|"
    r"earli(?:er|est)|lat(?:er|est)|soon(?:er|est))\b",
    "whether": r"^(?:(?:and|so|but|ok) )*(?:it|that|this|they|he|she)(?:'s| is| are| arrives?| starts?| ends?| "
    r"leaves?| lands?|"
    r" begins?| takes?| costs?| comes?)\b",
    "about": r"\b(?:what(?:'s| is| are) (?:it|that|they|those) (?:like|about)|tell me more|more about|details?|"
    r"how (?:high|tall|big|"
    r"heavy|wide|deep|large|strong|bright))\b",
}
COMPILED = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}


def attribute_of(text: str) -> str | None:
    """Return what a text asks of a thing, or None where it asks nothing of that kind."""
    plain = simplify(text)
    return next((name for name, pattern in COMPILED.items() if pattern.search(plain)), None)
