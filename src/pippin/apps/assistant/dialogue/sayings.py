"""Short sayings that steer a talk, as patterns: yes, no, undo, thanks, help, the time."""

from __future__ import annotations

POLITE = r"(?:(?:,? ?(?:please|thanks|thank you|then|now|pippin|oh|well|um+|uh))*)"
CONSENT = (
    r"y|yes|yeah|yep|yup|ya|yea|yah|aye|yes yes|okie dokie|okey dokey|righto|right o|right-o|great stuff|spot "
    r"on|ideal|grand|sounds like a plan|go for that|top|magic|wicked|lush|"
    r"deal|that's perfect|make it so|count on it|sure|sure thing|of course|certainly|absolutely|definitely|"
    r"exactly|go ahead|go for it|"
    r"go on|go on then|do it|do that|do so|please do|confirm|confirmed|i confirm|agreed|by all means|yes please|"
    r"ok|okay|"
    r"alright|all right|right|perfect|great|fine|good|that's right|that's it|that's the one|sounds good|"
    r"that works|why not"
)
"""What says yes at the beginning of a sentence that goes on."""
YES = (
    rf"{CONSENT}|k|correct|that is right|thats right|looks good|sounds (?:great|fine|perfect|lovely|right)|"
    r"yes do it|yes go ahead|yes do|yes i am|i'm sure|yes i'm sure|yes of course|yes sure|make it so|"
    r"you may|you can|please|sounds good to me|works for me|that (?:works|suits|sounds good|sounds great|sounds right|"
    r"looks good|looks right|looks fine)(?: for me| to me)?|that'?(?:ll| will) do|that would be (?:great|good|"
    r"nice|lovely|fine)|"
    r"that'd be (?:great|good|nice|lovely|fine)|(?:that|it)'s (?:fine|good|great|ok|okay|perfect|correct|lovely|it|"
    r"the one|what i (?:want|meant))|that is (?:fine|good|great|ok|okay|perfect|correct)|let's do (?:it|that|this)|"
    r"let's go|lovely|brilliant|excellent|super|wonderful|awesome|cool|nice|i do|i would|i'd like that|i think so|"
    r"yes that one|do it now|as you say|no problem|happy with that|i'm happy with that|that's what i want"
)
COURTESY = (
    r"both(?: of (?:them|those|these))?|all of (?:them|those)|please|thanks|thank you|thanks a lot|thank you "
    r"very much|thanks very much|then|now|pippin|oh|well|um+|uh+|hm+|ah|"
    r"many thanks|cheers|so much|very much|actually|and|just|me|with me|for me|mate|ok then|(?:just|"
    r"only) (?:this|that|the) (?:one|week|time|occurrence|day|once)|just once|only once|as (?:you )?(?:said|offered)"
)
NO = (
    r"n|no|nope|nah|no no|don't|do not|dont|rather not|better not|never mind|nevermind|not now|no wait|wait no|"
    r"wait|stop|"
    r"no don't|no do not|cancel|cancel that|cancel it|cancel the request|forget it|forget that|forget about it|"
    r"forget about that|leave it|leave that|leave it as it is|leave it be|leave it for now|no leave it|abort|"
    r"i changed my mind|i've changed my mind|changed my mind|no i changed my mind|no forget it|no never mind|"
    r"no cancel that|not really|"
    r"no way|scratch that|please don't|don't do it|don't do that|no stop|nothing|none|none of them|none of those|"
    r"neither|"
    r"keep it|keep that|hang on|hold on|not yet|not today|not at the moment|not just yet|no need|"
    r"i don't think so|no thanks|no thank you|"
    r"thanks but no thanks|i'd rather not|i would rather not|let's not|maybe later|perhaps later|later|another time|"
    r"maybe another time|some other time|not this time|on second thoughts? no|i'm good|i'm fine|i'm not sure|"
    r"not sure|i'll pass|pass|hold off|don't bother|that won't be necessary|"
    r"that's (?:wrong|not (?:right|it|what i (?:meant|wanted|said)))|i (?:didn't|did not) (?:want|mean) that"
)
DECLINING = (
    r"not yet|not now|not today|not at the moment|not just yet|not quite yet|not tonight|not right now|"
    r"(?:maybe|perhaps) (?:later|another time|some other time|tomorrow|next time)|later|"
    r"(?:i'll|i will|let me|i need to|i have to|i'll have to|i will have to|i'd like to|i want to|i should|"
    r"i must|i'd better|"
    r"i need|let's) (?:first )?(?:think|check|see|ask|sleep on|consider|decide|look|talk|wait|come back)\b(?! at\b)|"
    r"i(?:'ve| have)? changed my mind|i don't think so|i don't think (?:i|that)|i'd rather (?:not|wait|"
    r"do it later|leave)|"
    r"i would rather (?:not|wait)|rather not|better not|another time|some other time|forget (?:it|that|about)|"
    r"never ?mind|"
    r"leave (?:it|that)\b(?! (?:on|in|at|for (?!now)))|don't (?:bother|do|book|order|add|enrol|sign|buy|move|"
    r"cancel|delete|"
    r"put|change|worry|want)|please don't|no need|no thanks|no thank you|on second thoughts?,? (?:no|not|"
    r"i'd rather not|leave|"
    r"forget)|hold off|hold on|hang on|wait\b(?! (?:and|make|at))|i'll (?:pass|leave it|skip)|i(?:'m|"
    r" am) not (?:sure|ready|"
    r"certain)|not sure|i (?:won't|will not|don't want|do not want|didn't|did not)\b|"
    r"that's (?:too|a bit|not|wrong|rather)|it's (?:too|a bit)|too (?:expensive|early|late|much|dear)|"
    r"let's (?:not|wait|leave)|"
    r"(?:just )?(?:keep|leave) (?:it|that|them|this|the [\w ]{2,30}|my [\w ]{2,30})(?: in| (?:as|how|where) "
    r"(?:it|they) "
    r"(?:is|are|was|were)| alone| be)?(?= ?$)|"
    r"i'll keep (?:it|that)|"
    r"scratch that|stop\b(?! (?:the|my))|i'm (?:good|fine)|not (?:this|that)\b|actually (?:no|not|don't|leave)|"
    r"skip (?:it|that)|"
    r"i need (?:more time|time|to think)|give me (?:a (?:moment|minute|second)|time)"
)
UNDO = (
    r"undo|undo (?:that|it|this|the last (?:one|change|thing))|(?:please )?(?:take|put) (?:that|it) back|"
    r"revert(?: (?:that|it))?|"
    r"reverse that|roll (?:that|it) back|change (?:it|that) back|go back|undo what you (?:just )?did|that was "
    r"(?:wrong|a mistake),? undo(?: it| that)?|"
    r"no,? undo(?: that| it)?|oops,? undo(?: that| it)?|can you undo (?:that|it)|please undo(?: that| it)?"
)
BACK = (
    r"(?:(?:to )?(?:how|where|what|when|the way|as) (?:it|they|that|things|everything) (?:was|were|had been|used to be)"
    r"(?: before| originally)?)"
)
TAKE_BACK = (
    rf"(?:put|take|move|change|set|bring|turn) (?:it|that|this|them|everything|things) back(?: again| {BACK})?|"
    rf"(?:put|take|move|change|set|bring) (?:the|my) .{{1,40}}? back {BACK}|(?:go|change) back {BACK}|"
    rf"(?:make|have|leave|put|keep|restore) (?:it|that|them|everything) (?:back )?{BACK}|restore (?:it|that)|"
    r"undo(?: [\w']+){0,4}|take back what you (?:just )?did|bring (?:it|that|them) back|"
    r"(?:put|bring) (?:the|my) [\w' ]{1,30} back(?: in| again)?"
)
REGRET = (
    r"(?:(?:oh|hmm+|hm|um+|uh|ah|wait|no|nope|oops|actually|sorry|hang on|hold on|on second thoughts?|please|ok|okay|"
    r"well|can you|could you|would you|i changed my mind|my mistake|i made a mistake|(?:that|it) was (?:wrong|"
    r"a mistake|my mistake)|never ?mind)[ ,.!]+)*"
)
REGRETTED = (
    r"(?:(?:cancel|delete|remove|forget|drop|scrap|scratch|stop) (?:that|it|this)(?: again)?|"
    r"(?:don't|do not)(?: do (?:that|it))?|not (?:that|this)(?: one)?|"
    r"that's (?:wrong|not (?:right|it|what i (?:meant|wanted|said)))|"
    r"i (?:didn't|did not) (?:want|mean|say|ask for) (?:that|it|this))"
)
THANKS = (
    r"(?:thank you|thanks|thank you very much|thanks a lot|many thanks|cheers|ta|hello|hi|hey|good (?:morning|"
    r"afternoon|"
    r"evening))(?: pippin)?"
)
HELP = (
    r"help|what can you (?:do|help (?:me )?with)|what are you able to do|what do you know|"
    r"what can i (?:ask|say)|how does this work|who are you|what do you do"
)
CLOCK = (
    r"what(?:'s| is) the (?:time|date)(?: (?:now|today))?|what time is it(?: now)?|what day is (?:it|today)(?: today)?|"
    r"which day is it(?: today)?|what(?:'s| is) today's date|what date is it(?: today)?"
)
REMARK = (
    r"(?:oh )?(?:that's |that is |what )?(?:an? )?(?:pity|shame)|too bad|oh well|i see|got it|oh|aha?|wow|"
    r"ha(?:ha)*|why|how come|"
    r"bye|bye bye|goodbye|see you(?: later)?|good night|have a (?:nice|good) (?:day|evening|weekend)|(?:that was|"
    r"that's) all"
    r"(?: for (?:now|today))?|good to know|interesting|understood|no worries|nothing else"
)
"""Words to which nothing is to be done."""
