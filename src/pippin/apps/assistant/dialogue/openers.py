"""Words around a request that are no part of it: "OK, then", "great,", "by the way" before; "please", "then" after."""

from __future__ import annotations

import re

SOFT = (
    r"ok(?:ay)?|k|right[ -]?o|righto|right|jk|lol|haha|nvm|alright|all right|well|so|oh|ah|aha|hm+|um+|uh+|"
    r"er+m?|hey(?: there)?|hi(?: there)?|"
    r"hello(?: there)?|"
    r"pippin|good (?:morning|afternoon|evening)|anyway|anyhow|by the way|btw|oh and|please|"
    r"thanks(?: a lot| very much| so much)?|thank you(?: very much| so much)?|cheers|ta|got it|i see|you know what|"
    r"let's see|let me see|in that case|if so|one more thing|one last thing|another (?:thing|question)|next question|"
    r"(?:a |just a )?quick question|one question|first of all|listen|look|then|now then|well then|so then|ok then|"
    r"go on then|oh dear|excuse me|tell you what|no way|while you're at it|while we're at it|before i forget|"
    r"hiya|howdy|yo|greetings|g'day|dear (?:pippin|assistant)|good day|sorry to bother you|just wondering|"
    r"out of (?:interest|curiosity)|just out of (?:interest|curiosity)|"
    r"wait|hang on|hold on|hang about|one (?:sec|second|moment|minute)|just a (?:sec|second|moment|minute)"
)
"""Words that open a sentence, with a comma or without."""
GLAD = (
    r"great|good|fine|perfect|lovely|nice|nice one|brilliant|super|wonderful|excellent|awesome|cool|fantastic|amazing|"
    r"good idea|good to know|no problem|never mind|sorry|done|morning|afternoon|evening|splendid|ace|sweet|righto|"
    r"right-o|marvellous|very good|very well|fair enough|what a (?:pity|shame)|oh well|too bad|ooh|aah|"
    r"that's (?:all|it|everything)|yes|yeah|yep|yup|sure|"
    r"(?:that|it)(?:'s| is| sounds?| looks?) (?:great|good|fine|perfect|lovely|nice|right|ok|okay|cool|brilliant|"
    r"helpful)|"
    r"sounds (?:great|good|fine|perfect|lovely)"
)
"""Words that open a sentence where a comma or a request follows; "fine dining" is none."""
REQUEST_BEGINS = (
    r"(?:please|can|could|would|will|do|does|is|are|am|what|what's|when|when's|where|where's|which|who|who's|how|"
    r"how's|i'll|"
    r"i'd|i|i've|let's|put|add|book|show|give|get|make|move|cancel|remind|set|order|take|buy|find|tell|then|now|so|and|"
    r"schedule|create|enrol|enroll|sign|drop|delete|remove|check|change|push|list|also|the (?:first|second|third|"
    r"last))\b"
)
OPENER = re.compile(
    rf"(?:(?:{SOFT})(?:\s*[,.!;:…–-]+\s*|\s+(?!now\b|away\b|after\b|there\b|here\b))|"
    rf"(?:{GLAD})(?:\s*[,.!;:…–-]+\s*|\s+(?={REQUEST_BEGINS})))",
    re.IGNORECASE,
)
CLOSER = re.compile(
    r"(?:[\s,]+(?:please|then|thanks(?: a lot)?|thank you|cheers|would you|will you|could you|can you|"
    r"tho|if you (?:can|could|"
    r"would|don't mind)|will you please|mate|pippin|ok|okay|if possible|for now|though|"
    r"by the way))+(?P<mark>[.!?]*)\s*$",
    re.IGNORECASE,
)


def strip_openers(text: str) -> str:
    """Return a text without the words that lead to a request; as it is where nothing would be left."""
    position = 0
    while match := OPENER.match(text, position):
        position = match.end()
    rest = text[position:].strip()
    return rest if re.search(r"\w{2}|\d", rest) else text


def strip_closers(text: str) -> str:
    """Return a text without the courtesies that end it; as it is where nothing would be left."""
    rest = CLOSER.sub(lambda match: match["mark"], text)
    return rest if re.search(r"\w{2}|\d", rest) else text


def strip_courtesies(text: str) -> str:
    """Return the request in a text, in its own letters."""
    return strip_closers(strip_openers(text))
