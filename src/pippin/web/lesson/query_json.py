"""Queries as JSON: for a reader without anybody's name, for the teacher with nicknames, and as CSV."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Sequence
from typing import Any

from pippin.lessons.queries import SHOWN, Query, Reply
from pippin.web.lesson.names import FORMULA


def for_reader(queries: Sequence[Query], reader: str) -> list[dict[str, Any]]:
    """Return what a reader may see: what was approved, and what is one's own; authors are not named."""
    return [
        {
            **_query(one, mine=one.author == reader),
            "i_too": reader in one.me_too,
            "answers": [
                _reply(reply, mine=reply.author == reader)
                for reply in one.replies
                if reply.state == SHOWN or reply.author == reader
            ],
        }
        for one in queries
        if one.is_visible(reader)
    ]


def for_teacher(queries: Sequence[Query], name_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return all queries with the nicknames of who wrote them."""
    return [
        {
            **_query(one, mine=False),
            "author": name_of(one.author),
            "answers": [{**_reply(reply, mine=False), "author": name_of(reply.author)} for reply in one.replies],
        }
        for one in queries
    ]


def to_csv(queries: Sequence[Query], name_of: Callable[[str], str]) -> str:
    """Return a row for each question and each answer."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["page", "question", "kind", "author", "state", "solved", "me too", "time", "text"])
    for one in queries:
        shared = (one.page, one.id)
        solved = "solved" if one.is_solved else ""
        writer.writerow(
            [*shared, "question", name_of(one.author), one.state, solved, len(one.me_too), _time(one), _cell(one.text)]
        )
        for reply in one.replies:
            writer.writerow(
                [*shared, "answer", name_of(reply.author), reply.state, "", "", _time(reply), _cell(reply.text)]
            )
    return lines.getvalue()


def _query(query: Query, *, mine: bool) -> dict[str, Any]:
    return {
        "id": query.id,
        "page": query.page,
        "text": query.text,
        "state": query.state,
        "solved": query.is_solved,
        "me_too": len(query.me_too),
        "mine": mine,
    }


def _reply(reply: Reply, *, mine: bool) -> dict[str, Any]:
    return {"id": reply.id, "text": reply.text, "state": reply.state, "mine": mine}


def _time(one: Query | Reply) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(one.time))


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[0] in FORMULA else text
