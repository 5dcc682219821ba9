"""The text of an .ics file: its events as blocks, replaced without touching anything else in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pippin.core.errors import PippinError

BLOCK = re.compile(
    r"^BEGIN:VEVENT[ \t]*\r?\n.*?^END:VEVENT[ \t]*(?:\r?\n|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
ZONE = re.compile(
    r"^BEGIN:VTIMEZONE[ \t]*\r?\n.*?^END:VTIMEZONE[ \t]*(?:\r?\n|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
END = re.compile(r"^END:VCALENDAR[ \t]*(?:\r?\n|\Z)", re.MULTILINE | re.IGNORECASE)
EMPTY = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Pippin//assistant//EN\r\nEND:VCALENDAR\r\n"


@dataclass(frozen=True)
class Block:
    """One VEVENT as it is written, and where."""

    uid: str
    summary: str
    text: str
    begin: int
    stop: int


def unfold(text: str) -> str:
    """Join lines that were folded."""
    return re.sub(r"\r?\n[ \t]", "", text)


def read_property(block: str, name: str) -> str:
    """Return the value of a property of an unfolded block, or ""."""
    match = re.search(rf"^{name}(?:;[^:\r\n]*)?:(.*?)\r?$", block, re.MULTILINE | re.IGNORECASE)
    return match[1].strip() if match else ""


def find_blocks(text: str) -> list[Block]:
    """Return all events of an .ics text."""
    blocks = []
    for match in BLOCK.finditer(text):
        plain = unfold(match[0])
        summary = re.sub(r"\\([,;\\])", r"\1", read_property(plain, "SUMMARY"))
        blocks.append(Block(read_property(plain, "UID"), summary, match[0], match.start(), match.end()))
    return blocks


def find_zones(text: str) -> str:
    """Return the VTIMEZONE components of an .ics text."""
    return "".join(match[0] for match in ZONE.finditer(text))


def event_text(text: str, uid: str) -> str | None:
    """Return all blocks of one UID (an event, or a series and its exceptions), or None."""
    found = "".join(block.text for block in find_blocks(text) if block.uid == uid)
    return found or None


def replace_event(text: str, uid: str, new: str | None) -> str:
    """Return an .ics text in which the blocks of `uid` are `new`; None removes them.

    All else stays as it was, to the byte.
    """
    blocks = [block for block in find_blocks(text) if block.uid == uid]
    newline = "\r\n" if "\r\n" in text else "\n"
    written = "" if new is None else re.sub(r"\r?\n", newline, new.rstrip("\r\n")) + newline
    if not blocks:
        end = list(END.finditer(text))
        if not end:
            raise PippinError("The calendar's file has no END:VCALENDAR; it cannot be written to.")
        return text[: end[-1].start()] + written + text[end[-1].start() :]
    for number, block in reversed(list(enumerate(blocks))):
        text = text[: block.begin] + (written if number == 0 else "") + text[block.stop :]
    return text
