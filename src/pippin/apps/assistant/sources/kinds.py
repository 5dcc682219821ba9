"""What a file is for the assistant, told by its content, never by its name."""

from __future__ import annotations

import re
from pathlib import Path

from pippin.apps.assistant.sources.timetable_reading import is_timetable

CALENDAR, MAIL, MAILBOX, TIMETABLE, PAGE, JSON, TABLE = (
    "calendar",
    "mail",
    "mailbox",
    "timetable",
    "page",
    "json",
    "table",
)
HEAD = 8192


def find_kind(path: Path) -> str:
    """Return the kind of a file, or "" where it is none that can be used."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return ""
    if head.startswith(b"PK"):
        return TIMETABLE if is_timetable(path) else ""
    if b"\0" in head:
        return ""
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    return _kind_of_text(text, head)


def _kind_of_text(text: str, head: bytes) -> str:
    if text[:200].upper().startswith("BEGIN:VCALENDAR"):
        return CALENDAR
    if head.startswith(b"From ") and re.match(r"From \S+.*\r?\n[\w-]+:", text):
        return MAILBOX
    if text[:1] in "{[":
        return JSON
    lower = text.lower()
    if re.match(
        r"(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|script|div|meta|span|table|p\b)", lower, re.DOTALL
    ):
        return PAGE
    if re.match(r"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}", text.replace("\r", "")) and re.search(
        r"^(?:from|date|subject|message-id|received|mime-version):", lower, re.MULTILINE
    ):
        return MAIL
    first = text.splitlines()[0] if text else ""
    return TABLE if first.count(",") >= 1 else ""
