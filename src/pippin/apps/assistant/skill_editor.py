"""The page's editor of skills: sentences and a reply become a skill folder without code; before that, what collides."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.assistant.commands import OWN_SKILLS
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
FEWEST, ADVISED, MOST = 3, 10, 50  # sentences
MAX_SENTENCE, MAX_REPLY = 200, 500  # characters
MAX_SKILLS = 20
SHOWN = 3  # sentences that an intent would lose

Name = Annotated[str, "the skill's name: a lower-case word, such as wifi"]
IntentName = Annotated[str, "what is asked of it: a lower-case word, such as password"]
Sentences = Annotated[str, "ten sentences or so that ask for it, one a line"]


def check_skill(
    context: Context,
    *,
    name: Name,
    intent: IntentName,
    sentences: Sentences,
    line: Annotated[str, "a sentence to try"] = "",
) -> Report:
    """Tell which sentences of a new skill collide with those it has, and what it would take a line for."""
    from pippin.apps.assistant.skills.skill_files import load_skills
    from pippin.apps.assistant.understanding.collisions import find_collisions
    from pippin.apps.assistant.understanding.interpreter import examples_of

    label, texts = _checked(context, name, intent, sentences)
    tried = _plain("The line to try", line, MAX_SENTENCE) if line.strip() else ""
    examples = examples_of(load_skills(_folders(context)))
    found = find_collisions(_interpreter(context), examples, label, texts, tried)
    rows = tuple((one["text"], one["label"], f"{one['confidence']:.2f}") for one in found["collisions"])
    return Report(
        title=f"{len(rows)} of {pluralize(len(texts), 'sentence')} {'collides' if len(rows) == 1 else 'collide'}",
        tables=(Table(("sentence", "is taken for", "probability"), rows),) if rows else (),
        payload={
            **found,
            "losses": [{**one, "texts": one["texts"][:SHOWN]} for one in found["losses"]],
            "sentences": len(texts),
            "advised": ADVISED,
        },
    )


def add_skill(
    context: Context,
    *,
    name: Name,
    intent: IntentName,
    sentences: Sentences,
    reply: Annotated[str, "what it answers"],
) -> Report:
    """Store a skill that answers with a reply; the next turn knows it."""
    label, texts = _checked(context, name, intent, sentences)
    answer = _plain("The reply", reply, MAX_REPLY)
    if len(own_skills(context)) >= MAX_SKILLS:
        raise PippinError(f"You have {MAX_SKILLS} skills, which is the most; remove one first.", input=name)
    folder = _folder(context) / name
    write_bytes(folder / "skill.toml", _toml(intent, texts, answer).encode())
    try:
        _interpreter(context)  # learned here, so that the next turn need not wait
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Report(
        title=f"The skill {name} was added: {pluralize(len(texts), 'sentence')}.",
        payload={"skill": name, "label": label, "sentences": len(texts), "skills": own_skills(context)},
    )


def remove_skill(context: Context, *, name: Name) -> Report:
    """Remove a skill that was made on the page."""
    names = [one["name"] for one in own_skills(context)]
    if name not in names:
        raise PippinError(
            f"There is no skill of yours called {name[:40]!r}; yours: {', '.join(names) or 'none'}.", input=name
        )
    shutil.rmtree(_folder(context) / name)
    _interpreter(context)
    return Report(title=f"The skill {name} was removed.", payload={"skill": name, "skills": own_skills(context)})


def own_skills(context: Context) -> list[dict[str, Any]]:
    """Return the skills that were made on the page, with all that is needed to make them again."""
    from pippin.apps.assistant.skills.active import answers_by_reply
    from pippin.apps.assistant.skills.skill_files import load_skill, skill_folders

    skills = [load_skill(folder) for folder in skill_folders(_folder(context))]
    return [
        {
            "name": skill.name,
            "intent": skill.intents[0].name,
            "sentences": [example.text for example in skill.intents[0].examples],
            "reply": skill.intents[0].reply,
        }
        for skill in skills
        if len(skill.intents) == 1 and answers_by_reply(skill)
    ]


def _folder(context: Context) -> Path:
    return context.workspace.store(context.name) / OWN_SKILLS


def _folders(context: Context) -> tuple[Path, ...]:
    own = _folder(context)
    return (own,) if own.is_dir() else ()


def _interpreter(context: Context) -> Any:
    from pippin.apps.assistant.understanding.skill_model import skill_interpreter

    return skill_interpreter(context, _folders(context))


def _checked(context: Context, name: str, intent: str, sentences: str) -> tuple[str, list[str]]:
    """Return the label and the sentences of a new skill; PippinError in one sentence where they cannot be used."""
    from pippin.apps.assistant.skills.skill_files import load_skills

    for what, value in (("The skill", name), ("What is asked of it", intent)):
        if not NAME.fullmatch(value):
            raise PippinError(
                f"{what} is named by one lower-case word of up to 30 letters and digits, not {value[:40]!r}.",
                input=what,
            )
    if name in {skill.name for skill in load_skills(_folders(context))}:
        raise PippinError(f"There is a skill called {name!r}; take another name, or remove yours first.", input=name)
    texts = [_plain("A sentence", line, MAX_SENTENCE) for line in sentences.splitlines() if line.strip()]
    texts = list({text.casefold(): text for text in texts}.values())
    if not FEWEST <= len(texts) <= MOST:
        raise PippinError(
            f"These are {pluralize(len(texts), 'different sentence')}; give from {FEWEST} to {MOST}, one a line "
            f"({ADVISED} are a good number).",
            input=len(texts),
        )
    return f"{name}.{intent}", texts


def _plain(what: str, text: str, most: int) -> str:
    """Return a text as one line without control characters and marks of slots."""
    from pippin.apps.assistant.skills.skill_files import SLOT

    line = " ".join("".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in text).split())
    line = SLOT.sub(r"\1", line)
    if not line:
        raise PippinError(f"{what} is empty; write one.", input=what)
    if len(line) > most:
        raise PippinError(f"{what} has {len(line):,} characters; write at most {most}.", input=what)
    return line


def _toml(intent: str, texts: list[str], reply: str) -> str:
    """Return a skill file; JSON's strings are TOML's, where no control characters are in them."""
    examples = "".join(f"  {_quoted(text)},\n" for text in texts)
    return (
        f'summary = "answers: {_quoted(reply)[1:-1]}"\n\n[[intent]]\nname = "{intent}"\n'
        f"reply = {_quoted(reply)}\nexamples = [\n{examples}]\n"
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
