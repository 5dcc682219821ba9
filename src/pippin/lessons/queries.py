"""Questions and ideas on the pages of a lesson: ask, me-too, answer, solved; text only, in one JSON file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError, writing
from pippin.core.files import read_json, write_json
from pippin.core.locks import lock
from pippin.core.workspace import Workspace
from pippin.lessons.markdown import CONTROL

MAX_LETTERS, MAX_OF_ONE, MAX_QUERIES, MAX_REPLIES = 500, 30, 1000, 20
NEW, SHOWN, HIDDEN = "new", "shown", "hidden"
SELF = "self"  # the author of all that stands in a private notebook
TEACHER = "teacher"  # as the author of answers in a class


@dataclass(frozen=True)
class Reply:
    """An answer to a query; others see it when its state is "shown"."""

    id: int
    author: str
    text: str
    time: float
    state: str = NEW


@dataclass(frozen=True)
class Query:
    """A question (or an idea) on a page, who else has it, and its answers."""

    id: int
    page: int
    author: str
    text: str
    time: float
    state: str = NEW
    is_solved: bool = False
    me_too: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = field(default=())

    def is_visible(self, reader: str) -> bool:
        """Return whether a reader sees it: others' once it is approved, one's own always."""
        return self.state == SHOWN or self.author == reader


def private_notebook(workspace: Workspace) -> QueryBoard:
    """Return the notebook of a workspace, which its user alone reads; `erase` removes it."""
    return QueryBoard(workspace.home / "store" / "learn" / "queries.json")


class QueryBoard:
    """All queries of a class, or of one reader; each change is written at once, and atomically."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self, page: int | None = None) -> list[Query]:
        """Return the queries of a page (None: of all), oldest first."""
        found = read_json(self._file)["queries"] if self._file.exists() else []
        queries = [_query(one) for one in found]
        return [one for one in queries if page in (None, one.page)]

    def ask(self, page: int, author: str, text: str, *, approved: bool = False) -> Query:
        """Add a query; PippinError where the text is none, or there are too many."""
        with self._changing() as queries:
            own = sum(one.author == author for one in queries)
            if own >= MAX_OF_ONE or len(queries) >= MAX_QUERIES:
                raise PippinError(f"There are {own} questions of yours already; take one back first.")
            state = SHOWN if approved else NEW
            made = Query(_next_id(queries), page, author, read_text(text), time.time(), state)
            queries.append(made)
        return made

    def toggle_me_too(self, id: int, author: str) -> None:
        """Say that one has the same question, or no longer; one's own is counted already."""

        def change(query: Query) -> Query:
            others = tuple(one for one in query.me_too if one != author)
            added = query.me_too == others and query.author != author
            return replace(query, me_too=(*others, author) if added else others)

        self._change(id, change, author)

    def reply(self, id: int, author: str, text: str, *, approved: bool = False) -> None:
        """Add an answer to a query that its author sees."""

        def change(query: Query) -> Query:
            if len(query.replies) >= MAX_REPLIES:
                raise PippinError(f"This question has {MAX_REPLIES} answers already.")
            state = SHOWN if approved else NEW
            made = Reply(_next_id(query.replies), author, read_text(text), time.time(), state)
            return replace(query, replies=(*query.replies, made))

        self._change(id, change, author)

    def solve(self, id: int, author: str | None) -> None:
        """Mark a query as solved, or open again: its author does, or the teacher (None)."""

        def change(query: Query) -> Query:
            if author not in (None, query.author):
                raise PippinError("Those who asked say whether it is solved.")
            return replace(query, is_solved=not query.is_solved)

        self._change(id, change, author)

    def judge(self, id: int, state: str, reply: int | None = None) -> None:
        """Approve or hide a query, or one of its answers: the teacher does."""
        if state not in (SHOWN, HIDDEN):
            raise PippinError(f"state must be {SHOWN} or {HIDDEN}, not {state[:20]!r}.", input="state")

        def change(query: Query) -> Query:
            if reply is None:
                return replace(query, state=state)
            if reply not in [one.id for one in query.replies]:
                raise PippinError(f"There is no answer {reply} to this question.")
            judged = (replace(one, state=state) if one.id == reply else one for one in query.replies)
            return replace(query, replies=tuple(judged))

        self._change(id, change, None)

    def remove(self, id: int, author: str) -> None:
        """Remove a query of one's own, with its answers."""
        with self._changing() as queries:
            queries.remove(_find([one for one in queries if one.author == author], id))

    def forget_authors(self, is_gone: Callable[[str], bool]) -> None:
        """Remove all that authors who are gone wrote."""
        if not any(is_gone(name) for one in self.read() for name in _authors(one)):
            return
        with self._changing() as queries:
            queries[:] = [_without(one, is_gone) for one in queries if not is_gone(one.author)]

    def erase(self) -> None:
        """Remove everything."""
        with writing(self._file):
            self._file.unlink(missing_ok=True)

    def _change(self, id: int, change: Callable[[Query], Query], reader: str | None) -> None:
        with self._changing() as queries:
            found = _find(queries, id)
            if reader not in (None, TEACHER) and not found.is_visible(str(reader)):
                raise _missing(id)
            queries[queries.index(found)] = change(found)

    @contextmanager
    def _changing(self) -> Iterator[list[Query]]:
        """Hold the file's lock, and write the list back when the block ends well."""
        with lock(self._file.with_suffix(".lock")):
            queries = self.read()
            yield queries
            write_json(self._file, {"queries": [asdict(one) for one in queries]})


def read_text(text: str) -> str:
    """Return a text without spaces around it; PippinError where it is not plain and short."""
    text = text.strip()
    if not 1 <= len(text) <= MAX_LETTERS:
        raise PippinError(f"Write 1 to {MAX_LETTERS} characters, not {len(text)}.", input="text")
    if CONTROL.search(text):
        raise PippinError("The text holds a control character; write letters, digits and signs.", input="text")
    return text


def _query(values: dict[str, Any]) -> Query:
    replies = tuple(Reply(**one) for one in values["replies"])
    return Query(**{**values, "me_too": tuple(values["me_too"]), "replies": replies})


def _next_id(items: Sequence[Query | Reply]) -> int:
    return max((one.id for one in items), default=0) + 1


def _find(queries: Sequence[Query], id: int) -> Query:
    found = next((one for one in queries if one.id == id), None)
    if found is None:
        raise _missing(id)
    return found


def _missing(id: int) -> PippinError:
    return PippinError(f"There is no question {id}.", input=str(id))


def _authors(query: Query) -> Iterator[str]:
    yield from (query.author, *query.me_too, *(one.author for one in query.replies))


def _without(query: Query, is_gone: Callable[[str], bool]) -> Query:
    me_too = tuple(one for one in query.me_too if not is_gone(one))
    return replace(query, me_too=me_too, replies=tuple(one for one in query.replies if not is_gone(one.author)))
