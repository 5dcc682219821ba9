"""Texts that speak of suicide or self-harm: help lines, and no ranking."""

from __future__ import annotations

import re

from pippin.learn.text.spelling import is_one_slip

HELP = (
    "What you write sounds as if you might be in danger, and that matters more than any ranking. Please call your "
    "emergency number (112, 911 or 999), or a help line now: 988 in the United States and Canada, 116 123 in the "
    "United Kingdom, Ireland and much of Europe, 0800 111 0 111 in Germany, 13 11 14 in Australia; findahelpline.com "
    "lists others. Do not stay alone: tell a person near you."
)
_DEATH = r"(?:die|be dead|dead|not exist|never wake up|not wake up|disappear(?: forever)?|be gone|vanish)"
# The same in languages that texts are not read in otherwise.
_ELSEWHERE = (
    r"\bich (?:will|möchte|mag|wäre (?:gern|gerne|lieber)) (?:sterben|tot|nicht mehr (?:leben|da sein|aufwachen))",
    r"\bumbringen\b|\bbringe? mich um\b|\bselbstmord\b|\bsuizid\w*|\bmir das leben nehmen\b",
    r"\b(?:veux|voudrais|envie de) mourir\b|\bme tuer\b|\bme suicider\b|\bveux plus vivre\b|\benvie d'en finir\b",
    r"\bquiero morir\w*|\bmatarme\b|\bno quiero vivir\b|\bquitarme la vida\b",
    r"\b(?:voglio|vorrei) morire\b|\bnon voglio (?:più )?vivere\b|\b(?:uccidermi|ammazzarmi)\b",
    r"\bquero (?:morrer|me matar)\b|\bnão quero (?:mais )?viver\b",
    r"\bwil (?:dood|sterven|niet meer leven)\b|\bzelfmoord\b|\bvill (?:dö|inte leva)\b|\bsjälvmord\b",
    r"\bchcę umrzeć\b|\bnie chcę żyć\b|\bsamobój\w*|\bölmek istiyorum\b|\bintihar\w*",
    r"хочу умереть|не хочу жить|покончить.{1,3}собой|убить себя|самоубийств|хочу померти|не хочу жити",
    r"想死|不想活|自杀|自殺|死にたい|消えたい|죽고 ?싶|자살",
    r"أريد أن أموت|اريد ان اموت|انتحار|मरना चाहत|आत्महत्या",
)
_DANGERS = (
    r"\bsu(?:i|is)?ci+d\w*",
    r"\b(?:kill|killing|hang|hanging|drown|drowning|shoot|shooting|stab|burn|cut|cutting|hurt|hurting|harm|harming|slit|"
    r"slitting)(?: of)? my ?self\b(?! (?:while|when|at work|in the kitchen|shaving|by accident|accidentally|"
    r"playing|lifting|running|cooking|falling|skiing|cycling))",
    r"\b(?:cutting|slit|slitting|burning|harming) my (?:arms?|wrists?|legs?|thighs?|body)\b",
    r"\bself[- ]?harm\w*|\bunaliv\w+|\bkms\b",
    r"\b(?:end|take|taking|ending) (?:my|this) (?:own )?life\b",
    r"\b(?:end|ending) (?:it|things|everything)(?: all)?\b(?! (?:of|with the))",
    r"\bwant (?:it|this|everything)(?: all)? to (?:stop|end|be over)\b|\bwant my life to (?:be over|end|stop)\b",
    r"\b(?:want\w*|wanna|wish|ready|plan\w*|rather|hope|prefer|(?:would|i'd) (?:like|love)|longing)"
    rf"(?: to| i could| i would| i was| i were| i am| i just| that i| just| only| really| be allowed to)* {_DEATH}\b",
    r"\b(?:i (?:really |just )?(?:deserve to|need to|have to|must|should|ought to)|let me)"
    r"(?: just| really)? (?:die|be dead|not exist)\b",
    r"\b(?:want\w*|going|threat\w*|try|tries|tried|trying|plan\w*|talk\w* (?:of|about))(?: to)? "
    r"(?:kill|hurt|harm)(?:ing)? (?:him|her|them)sel(?:f|ves)\b",
    r"\bhope (?:that )?i (?:don'?t|do not|never) wake\b",
    r"\b(?:no|not|nothing|anything|\w+n'?t|without|lost|what'?s|what is|little)\b.{0,25}\b(?:to live for|"
    r"(?:will|wish|reason|point|sense|desire|use) (?:to live(?! in)|of living|in living|to be alive|in being alive))\b",
    r"\b(?:can'?t|cannot|can not) live(?: any ?more| any longer| no more)\b",
    r"\blife (?:has (?:no|lost (?:all |its )?)|is without) ?(?:meaning|sense|purpose|point)\b",
    r"\bthink\w* (?:a lot |only |always |just )?(?:about|of) (?:death|being dead|my (?:own )?death|not being here)\b",
    r"\bi(?:'m| am| will| want to)(?: going to| gonna)? kill me\b",
    r"\b(?:pills|tablets|meds|medication|medicine)\b.{0,20}\bto (?:die|end it)\b",
    r"\bsleep and (?:never|not) wake up\b|\bnever (?:wake up|wake) again\b",
    r"\b(?:not|no longer|never) (?:want|wanting)(?: to)? (?:live|be alive|be here|exist|wake up|go on(?! with))\b",
    r"\bno longer (?:want|wish)\b.{0,20}\b(?:live|exist|alive|here)\b",
    r"\b(?:don'?t|do not) (?:want|wanna|wish)(?: to)? "
    r"(?:live|be alive|be here|exist|wake up|go on(?! with)|continue living)\b",
    r"\bwish i (?:weren'?t|wasn'?t|was not|were not) (?:here|alive|born)\b",
    r"\bwish i (?:was|were|had)(?: never| not)? (?:been )?born\b",
    r"\bbetter off (?:dead|without me|if i (?:was|were|am) (?:gone|dead|not here))\b",
    r"\b(?:won'?t|will not) be (?:here|alive|around) (?:tomorrow|any ?more|much longer)\b",
    r"\b(?:can'?t|cannot|can not) (?:go on(?! (?:the|a|my|to)\b)|live like this|"
    r"do this any ?more|take it any ?more|bear it any ?more)\b",
    r"\b(?:no|any) (?:reason|point|sense) (?:to|in) (?:live|living|stay alive|staying alive|go on|going on)\b",
    r"\b(?:happier|better) (?:off )?without me\b|\bmiss me if i (?:died|was gone|were gone)\b|\bsleep forever\b",
    r"\b(?:ending|finish|finishing) my ?self\b",
    r"\blife is(?: not|n'?t) worth\b|\blife isn'?t worth\b|\b(?:done|finished|through) with (?:life|living)\b",
    r"\btired of (?:living|life|being alive)\b(?! with)",
    r"\b(?:jump|jumping|throw|throwing)(?: myself)? (?:off|from|in front of|under) (?:a|the|my|of)\b",
    r"\b(?:took|taken|swallowed|take|taking) (?:all|a (?:whole )?(?:bottle|pack|box) of|the whole|too many)(?: of)?"
    r"(?: (?:my|the))? (?:pills|tablets|meds|medication|medicine|sleeping)\b",
    r"\b(?:took|swallowed) \d{2,} (?:pills|tablets|paracetamol|tylenol|ibuprofen|aspirin|sleeping)\b",
    r"\boverdos\w*",
    *_ELSEWHERE,
)
_DENIALS = (
    r"\b(?:not|never|no|isn'?t|aren'?t|without|deny|denies)"
    r"(?: (?:been|feeling|feel|at all|currently|any|had|have|having))* (?:suicid\w*|self[- ]?harm\w*|kill\w* my ?self)",
    r"\b(?:don'?t|do not|never) (?:want|wanna|wish)(?: to)? (?:die|be dead)\b",
)
_CRISIS = re.compile("|".join(_DANGERS), re.IGNORECASE)
_DENIED = re.compile("|".join(_DENIALS), re.IGNORECASE)
_DIGITS = str.maketrans("013457@$!", "oieastasi")
_WORD = re.compile(r"[^\W\d_]*[\w@$*!']*[\w@$*]")
_SPELLING = {
    "dei": "die",
    "dye": "die",
    "dy": "die",
    "d*e": "die",
    "diee": "die",
    "too": "to",
    "2": "to",
    "kil": "kill",
}
_SPELLING |= {"k*ll": "kill", "im": "i'm", "slef": "self", "wanna": "want to", "deid": "dead"}
_MISSPELLED = ("want", "wish", "suicide", "suicidal", "killing", "myself", "overdose", "harming", "cutting")
_CORRECT = ("what", "wants", "wait", "went", "wash", "fish", "dish", "wise", "with", "putting", "wist", "wand", "want")


def is_crisis(text: str) -> bool:
    """Return whether a text speaks of suicide or self-harm, other than to deny it; slips of spelling are heard."""
    plain = " ".join(text.replace("’", "'").split())
    return any(_CRISIS.search(_DENIED.sub(" ", one)) is not None for one in (plain, _respell(plain)))


def _respell(text: str) -> str:
    """Return a text in lower case with digits for letters read as letters, and words of danger spelled right."""
    joined = re.sub(r"\b(?:\w ){2,}\w\b", lambda match: match[0].replace(" ", ""), text.lower())
    joined = re.sub(r"\bdi e\b", "die", joined)
    return _WORD.sub(lambda match: _respell_word(match[0]), joined)


def _respell_word(word: str) -> str:
    if word in _SPELLING:
        return _SPELLING[word]
    letters = word.translate(_DIGITS) if not word.isdigit() else word
    if letters in _SPELLING or letters in _CORRECT:
        return _SPELLING.get(letters, letters)
    return next((right for right in _MISSPELLED if is_one_slip(letters, right)), letters)
