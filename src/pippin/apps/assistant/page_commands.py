"""Commands that only the page of `assistant` calls: connect files that are sent to it, and list what can be meant."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.assistant.commands import OWN_SKILLS, _open_index, _sources_report, _zone
from pippin.apps.assistant.sources.copies import COPIES, copy_file
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.report import Report


def connect_files(
    context: Context, files: Annotated[Any, "calendars, mails, a timetable, a menu, products, courses"]
) -> Report:
    """Connect copies of the files sent; what changes is written into these copies."""
    sent = _sent_files(files)
    index, folder = _open_index(context), context.workspace.store(context.name) / COPIES
    now = datetime.now(_zone(index))
    infos = [_connect_copy(index, path, folder / path.name, now) for path in sent]
    return _sources_report(infos, "Connected")


def _sent_files(files: Any) -> list[Path]:
    path = Path(str(files))
    sent = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    if not sent or not all(item.is_file() for item in sent):
        raise PippinError("Send a file to connect, such as a calendar (.ics).")
    return sent


def _connect_copy(index: Any, path: Path, target: Path, now: datetime) -> Any:
    """Connect a copy at `target`; one of that name is replaced, and comes back where the new one holds nothing."""
    before = target.read_bytes() if target.exists() else None
    copy_file(path, target)
    try:
        return index.connect(str(target), now)
    except PippinError as problem:
        if before is None:
            target.unlink()
        else:
            target.write_bytes(before)
            index.connect(str(target), now)
        message = problem.message.replace(str(target.resolve()), target.name).replace(str(target), target.name)
        raise PippinError(message, input=target.name) from problem


def due(context: Context) -> Report:
    """Return the reminders and timers that ring now; each rings once."""
    from pippin.apps.assistant.commands import open_session

    texts = open_session(context).pop_due()
    return Report(title=f"{len(texts)} due", payload={"due": texts})


def intents(context: Context) -> Report:
    """List what a sentence can mean, and the skills that were made on the page."""
    from pippin.apps.assistant.skill_editor import own_skills
    from pippin.apps.assistant.skills.skill_files import load_skills

    own = context.workspace.store(context.name) / OWN_SKILLS
    found = [
        {"label": intent.label, "skill": skill.name, "summary": intent.summary or intent.name.replace("_", " ")}
        for skill in load_skills((own,) if own.is_dir() else ())
        for intent in skill.intents
    ]
    return Report(title=f"{len(found)} intents", payload={"intents": found, "skills": own_skills(context)})
