"""`ask`: the chat in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_json
from pippin.core.report.cells import Table
from pippin.core.report.report import Report


def ask(
    context: Context,
    text: Annotated[str, "what is wrong, in everyday words"] = "",
    *,
    age: Annotated[str, "in years"] = "",
    sex: Annotated[str, "F or M"] = "",
    keep: Annotated[bool, "keep age, sex and past illnesses in the workspace"] = False,
    forget: Annotated[bool, "delete what was kept"] = False,
    resume: Annotated[Path | None, "a file that holds the answers; made where it is missing"] = None,
) -> Report:
    """Answer questions about symptoms, one after another.

    /why tells why a question is asked, /change NUMBER changes an answer, /rank shows the ranking, /quit ends.
    Nothing is kept unless you say --keep or --resume FILE. For research and education; not a medical device.
    """
    from pippin.apps.symptoms.commands.profile import forget_profile, load_profile
    from pippin.apps.symptoms.commands.terminal_chat import TerminalChat
    from pippin.apps.symptoms.patients.rows import read_age, read_sex

    if forget:
        forget_profile(context)
    state = _read_file(resume) if resume is not None and resume.exists() else load_profile(context)
    state.age = read_age(age, "--age") if age else state.age
    state.sex = read_sex(sex, "--sex") if sex else state.sex
    chat = TerminalChat(context, state, lambda current: _write_file(resume, current))
    payload = chat.run(text, asks_profile=state.age is None and not text)
    if keep:
        from pippin.apps.symptoms.commands.profile import keep_profile

        keep_profile(context, chat.state)
    return report(payload)


def _read_file(path: Path) -> Any:
    from pippin.apps.symptoms.chat.state import read_state
    from pippin.apps.symptoms.patients.reading import read_file

    try:
        return read_state(read_file(path))
    except PippinError as problem:
        raise PippinError(f"{path} holds no chat: {problem.message}", input=path) from problem


def _write_file(path: Path | None, state: Any) -> None:
    if path is not None:
        write_json(path, state.to_json())


def report(payload: dict[str, Any]) -> Report:
    """Return where a chat ended: red flags first, then the ranking."""
    from pippin.apps.symptoms.predictions import NOTICE

    if "crisis" in payload:
        return Report(title=payload["crisis"], payload=payload)
    rows: tuple[tuple[Any, ...], ...] = tuple(
        (rank, one["name"], one["probability"]) for rank, one in enumerate(payload["ranked"], 1)
    )
    if payload["none"] is not None:
        rows += (("", "none of these", payload["none"]),)
    answers = tuple((number, one["text"], one["weight"]) for number, one in enumerate(payload["answered"], 1))
    return Report(
        title="symptoms: where your answers lead" if rows else "symptoms: nothing is ranked",
        summary=" ".join(one["text"] for one in payload["flags"]),
        tables=tuple(
            Table(columns, found)
            for columns, found in (
                (("rank", "condition", "probability"), rows),
                (("", "answer", "for the first"), answers),
            )
            if found
        ),
        notes=(*payload["contradictions"], *payload["notes"], NOTICE),
        payload=payload,
        next="pippin symptoms explain" if not rows else "",
    )
