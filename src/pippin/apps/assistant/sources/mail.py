"""Mails: .eml files and mbox folders, as their web page text, their date and their calendars."""

from __future__ import annotations

import email
import email.policy
import email.utils
import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from pathlib import Path

MAX_PART = 20_000_000


@dataclass(frozen=True)
class Mail:
    """One message: when it was sent (seconds since 1970; 0: not known), its HTML and its calendars."""

    sent: float
    pages: tuple[str, ...]
    calendars: tuple[str, ...]


def read_eml(content: bytes) -> Mail:
    """Return an .eml file's message."""
    return _read_message(email.message_from_bytes(content, policy=email.policy.default))


def read_mbox(path: Path) -> Iterator[Mail]:
    """Yield the messages of an mbox file."""
    box = mailbox.mbox(path, factory=None, create=False)
    try:
        for key in box.iterkeys():
            yield _read_message(email.message_from_bytes(box.get_bytes(key), policy=email.policy.default))
    finally:
        box.close()


def _read_message(message: Message | EmailMessage) -> Mail:
    pages: list[str] = []
    calendars: list[str] = []
    for part in message.walk():
        kind = part.get_content_type()
        if kind in ("text/html", "text/calendar") and not part.is_multipart():
            (pages if kind == "text/html" else calendars).append(_read_text(part))
    return Mail(_read_date(message), tuple(pages), tuple(calendars))


def _read_text(part: Message) -> str:
    content = part.get_payload(decode=True)
    content = content[:MAX_PART] if isinstance(content, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _read_date(message: Message) -> float:
    try:
        moment = email.utils.parsedate_to_datetime(str(message["Date"]))
        return moment.timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0.0
