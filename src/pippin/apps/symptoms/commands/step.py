"""`step`: one step of the chat for the page, which keeps the answers itself."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pippin.apps.symptoms.predictions import NOTICE
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.report import Report


def step(
    context: Context,
    *,
    state: Annotated[str, "answers so far, as `step` gives them"] = "",
    code: Annotated[str, "the question that is answered or changed"] = "",
    answer: Annotated[str, "codes of options, with commas; unknown; or remove"] = "",
    text: Annotated[str, "what is wrong, in everyday words"] = "",
    flags: Annotated[str, "keys of red flags that were raised, as JSON"] = "",
    keep: Annotated[bool, "keep age, sex and past illnesses in the workspace"] = False,
    forget: Annotated[bool, "delete what was kept"] = False,
) -> Report:
    """Take an answer or a text; rank, and say what to ask next."""
    from pippin.apps.symptoms.chat.step import step as take_step
    from pippin.apps.symptoms.text.crisis import HELP, is_crisis

    if is_crisis(text):
        return Report(title=HELP, payload={"crisis": HELP})
    current, understood = _take(context, state, code, answer, text, forget=forget)
    if keep:
        from pippin.apps.symptoms.commands.profile import keep_profile

        keep_profile(context, current)
    payload = take_step(context.learner(), current, _keys(flags)) | {"understood": understood, "notice": NOTICE}
    return Report(title=_title(payload), notes=(*payload["contradictions"], *payload["notes"], NOTICE), payload=payload)


def _take(context: Context, state: str, code: str, answer: str, text: str, *, forget: bool) -> tuple[Any, list[Any]]:
    """Return the state with the answer taken, and what a text was understood as."""
    from pippin.apps.symptoms.chat.state import ChatState, read_answer, read_state, with_answer
    from pippin.apps.symptoms.commands.profile import forget_profile, load_profile

    if forget:
        forget_profile(context)
    current = read_state(state) if state.strip() else load_profile(context)
    if code and answer == "remove":
        rest = {one: options for one, options in current.answers.items() if one != code}
        current = ChatState(rest, current.age, current.sex, current.confirmed - {code})
    elif code:
        current = with_answer(current, code, read_answer(code, [one for one in answer.split(",") if one]))
    return current, understand(text) if text.strip() else []


def understand(text: str) -> list[dict[str, Any]]:
    """Return what a text says, to be confirmed; PippinError where it cannot be read."""
    from pippin.apps.symptoms.knowledge.structure import load_structure
    from pippin.apps.symptoms.knowledge.wording import answer_name
    from pippin.apps.symptoms.text.finding import find_mentions
    from pippin.apps.symptoms.text.reading import EMERGENCY, answers_of, check_text

    check_text(text, text)
    mentions = find_mentions(text)
    questions = load_structure().questions
    found = [
        {
            "code": questions[position].code,
            "options": [questions[position].options[option] for option in options],
            "name": answer_name(position, options),
            "quote": next(one.quote for one in mentions if one.code == questions[position].code),
        }
        for position, options in answers_of(mentions).items()
    ]
    if not found:
        raise PippinError(f"No symptom was recognised in {text[:40]!r}; use other words. {EMERGENCY}", input=text[:40])
    return found


def _keys(flags: str) -> list[str]:
    try:
        keys = json.loads(flags) if flags.strip() else []
    except (ValueError, RecursionError):
        keys = []
    return [str(key) for key in keys][:60] if isinstance(keys, list) else []


def _title(payload: dict[str, Any]) -> str:
    following = payload["next"]
    return str(following["question"]) if following else str(payload["stopped"])
