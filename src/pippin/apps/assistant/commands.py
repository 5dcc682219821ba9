"""Commands of `assistant` beside the verbs: connect sources, ask, chat, rehearse, add a skill, forget."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

HOUSEHOLD = (
    "Nothing of yours is connected, so this is the bundled household; `pippin assistant connect FILE` changes that."
)
OWN_SKILLS = "skills"


def connect(
    context: Context,
    *sources: Annotated[
        Path, "a file, a folder or an address: calendars, mails, a timetable (GTFS), a menu, products, courses"
    ],
    home_stop: Annotated[str, "the stop at which you live"] = "",
    work_stop: Annotated[str, "the stop at which you work"] = "",
    zone: Annotated[str, "your time zone, such as Europe/Berlin"] = "",
) -> Report:
    """Connect your own files, folders or calendar addresses.

    What each holds is told by its content. They are read again whenever they change, and go nowhere.
    """
    from pippin.apps.assistant.sources.local_zone import find_zone

    if not (sources or home_stop or work_stop or zone):
        raise PippinError("Name a file, a folder or an address to connect, or --home-stop, --work-stop or --zone.")
    index = _open_index(context)
    for name, value in (("home", home_stop), ("work", work_stop), ("zone", zone)):
        if value:
            index.set(name, str(find_zone(value)) if name == "zone" else value)
    now = datetime.now(_zone(index))
    infos = [index.connect(_as_given(source), now) for source in sources]
    return _sources_report(infos or index.sources(), "Connected")


def _as_given(source: Path) -> str:
    """Return a path as it is, and an address with the slash that a path loses."""
    return re.sub(r"^(https?|webcals?):/(?!/)", r"\1://", str(source))


def _open_index(context: Context) -> Any:
    from pippin.apps.assistant.sources.index import SourceIndex

    return SourceIndex(context.workspace.store(context.name))


def _zone(index: Any) -> Any:
    from pippin.apps.assistant.sources.local_zone import find_zone

    return find_zone(index.setting("zone") or None)


def _sources_report(infos: list[Any], title: str) -> Report:
    from pippin.apps.assistant.sources.addresses import is_address, show_address

    def show(info: Any) -> str:
        return show_address(info.address) if is_address(info.address) else str(info.address)

    def count(info: Any) -> str:
        names = {"dish": ("dish", "dishes"), "flights": ("message about flights", "messages about flights")}
        forms = {name: names.get(name, (name, f"{name}s")) for name in info.counts if name != "timetable"}
        return ", ".join(f"{info.counts[name]} {form[info.counts[name] != 1]}" for name, form in sorted(forms.items()))

    rows = tuple((show(info), ", ".join(info.kinds), count(info), _age(info.read)) for info in infos)
    notes = tuple(note for info in infos for note in info.notes[:10])
    return Report(
        title=f"{title}: {pluralize(len(infos), 'source')}",
        tables=(Table(("source", "kind", "holds", "read"), rows),) if rows else (),
        notes=notes,
        payload={
            "sources": [
                {
                    "number": info.id,
                    "source": show(info),
                    "kinds": info.kinds,
                    "holds": info.counts,
                    "read": info.read,
                    "skipped": info.notes,
                }
                for info in infos
            ]
        },
        next='pippin assistant ask "What is my schedule for tomorrow?"',
    )


def _age(read: float) -> str:
    return datetime.fromtimestamp(read).strftime("%Y-%m-%d %H:%M") if read else ""


def sources(context: Context) -> Report:
    """List what is connected, its age and what was skipped."""
    index = _open_index(context)
    index.refresh(datetime.now(_zone(index)))
    return _sources_report(index.sources(), "The bundled household" if index.is_household else "Connected")


def forget(
    context: Context,
    source: Annotated[str, "what `sources` lists: its path, its name, or its number; or: talk"],
) -> Report:
    """Forget a source and all that was read of it.

    Your own files stay. `talk` forgets what was said and kept.
    """
    from pippin.apps.assistant.sources.copies import forget_copy

    index = _open_index(context)
    if source == "talk":
        for name in ("talk", "kept"):
            index.database.write(name, None)
        index.database.compact()
        return Report(title="The talk is forgotten.", payload={"forgotten": "talk"})
    address = index.forget(source)
    forget_copy(context.workspace.store(context.name), address)
    return Report(title=f"{address} is forgotten.", payload={"forgotten": address}, next="pippin assistant sources")


def ask(
    context: Context,
    text: Annotated[str, "what you would say"],
    *,
    keep: Annotated[bool, "keep what is said in the workspace"] = False,
) -> Report:
    """Say one thing to the assistant and get its answer.

    It goes on with what was said in the last ten minutes.
    """
    session = open_session(context, keep)
    began = perf_counter()
    result = session.say(text)
    waiting = result.state.open
    return Report(
        title=result.reply,
        notes=(HOUSEHOLD,) if session.index.is_household else (),
        payload={
            "reply": result.reply,
            "acts": [act.to_json() for act in result.acts],
            "household": session.index.is_household,
            "trace": list(result.trace),
            "waits": waiting.act if waiting else "",
            "undoable": len(result.state.journal),
            "ms": round((perf_counter() - began) * 1000, 1),
        },
    )


def open_session(context: Context, keep: bool = False) -> Any:
    """Return the user's talk."""
    from pippin.apps.assistant.session import Session

    index = _open_index(context)
    own = context.workspace.store(context.name) / OWN_SKILLS
    return Session(index, _make_interpreter(context, own), _zone(index), own_skills=own, keep=keep)


def _make_interpreter(context: Context, own: Path) -> Callable[[Any], Any]:
    def make(skills: Any) -> Any:
        from pippin.apps.assistant.understanding.skill_model import skill_interpreter

        return skill_interpreter(context, (own,) if own.is_dir() else ())

    return make


def chat(
    context: Context,
    *,
    keep: Annotated[bool, "keep what is said in the workspace"] = False,
) -> Report:
    """Talk with the assistant, line by line.

    /why shows what it understood, /undo takes the last change back, an empty line or /quit ends.
    """
    session = open_session(context, keep)
    print(HOUSEHOLD if session.index.is_household else "Yes?", file=sys.stderr)
    turns = 0
    while (line := _read_line(session)) not in (None, "", "/quit"):
        assert line is not None
        if line == "/why":
            print(*map(_explain, session.last_trace), sep="\n")
            continue
        try:
            print(session.say("undo" if line == "/undo" else line).reply)
        except PippinError as problem:
            print(problem.message)
        turns += 1
    return Report(title=f"You said {pluralize(turns, 'thing')}.", payload={"turns": turns})


def _explain(step: Any) -> str:
    scores = ", ".join(f"{label} {score:.2f}" for label, score in step["intents"])
    return f"heard {step['heard']!r}; {step['decided']}" + (f"; {scores}" if scores else "")


def _read_line(session: Any) -> str | None:
    """Return the next line; reminders that are due are said while it waits."""
    import select

    print("> ", end="", file=sys.stderr, flush=True)
    while sys.stdin.isatty() and not select.select([sys.stdin], [], [], 1.0)[0]:
        for text in session.pop_due():
            print(f"\a\nReminder: {text}\n> ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.strip() if line else None


def rehearse(
    context: Context,
    conversations: Annotated[Path, "a JSON file of conversations"],
    *,
    data: Annotated[Path | None, "the folder that files of fixtures lie below"] = None,
    only: Annotated[str, "ids of conversations, with commas"] = "",
) -> Report:
    """Replay scripted conversations, each on fresh copies.

    They take place at their own "now"; nothing of yours is read or changed.
    """
    from pippin.apps.assistant.rehearsal import rehearse_all

    names = [name.strip() for name in only.split(",") if name.strip()]
    done = rehearse_all(conversations, data, _make_interpreter(context, Path("/nonexistent")), names)
    failed = [one for one in done if one.problems]
    turns = sum(len(one.turns) for one in done)
    return Report(
        title=f"{len(done) - len(failed)} of {pluralize(len(done), 'conversation')} right to the end ({turns} turns)",
        tables=(Table(("conversation", "not as expected"), tuple((o.id, o.problems[0]) for o in failed)),)
        if failed
        else (),
        payload={"conversations": [one.to_json() for one in done]},
    )


def new_skill(
    context: Context,
    folder: Annotated[Path, "a folder with skill.toml and skill.py; one that is not there yet is begun with examples"],
) -> Report:
    """Add a skill from a folder; the next turn knows it.

    Its skill.py is run on this machine: add only what you wrote or read.
    """
    from pippin.apps.assistant.skills.active import load_answers
    from pippin.apps.assistant.skills.begin import begin_skill
    from pippin.apps.assistant.skills.skill_files import load_skill

    if not folder.exists():
        begin_skill(folder)
        return Report(
            title=f"{folder} was begun; write your sentences into its skill.toml.",
            payload={"folder": str(folder), "added": False},
            next=f"pippin assistant new-skill {folder}",
        )
    skill = load_skill(folder.resolve())
    load_answers(skill)
    target = context.workspace.store(context.name) / OWN_SKILLS / skill.name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    examples = sum(len(intent.examples) for intent in skill.intents)
    few = [intent.name for intent in skill.intents if len(intent.examples) < 10]
    return Report(
        title=f"The skill {skill.name} was added: {pluralize(len(skill.intents), 'intent')}, "
        f"{pluralize(examples, 'example')}.",
        notes=(f"Fewer than ten examples: {', '.join(few)}; more make it surer.",) if few else (),
        payload={"skill": skill.name, "intents": [intent.label for intent in skill.intents], "added": True},
        next=f'pippin assistant ask "{skill.intents[0].examples[0].text}"',
    )
