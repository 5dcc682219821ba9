"""Questions on a page: what others see of them, who may do what, and what is refused."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.lessons.command import learn
from pippin.lessons.queries import MAX_LETTERS, MAX_OF_ONE, SELF, QueryBoard, private_notebook, read_text


@pytest.fixture
def board(tmp_path: Path) -> QueryBoard:
    return QueryBoard(tmp_path / "queries.json")


def test_a_question_is_seen_by_others_once_it_is_approved(board: QueryBoard) -> None:
    asked = board.ask(2, "ada", "  Why a ball?  ")
    (query,) = board.read(2)
    assert (query.text, query.is_visible("ada"), query.is_visible("bob")) == ("Why a ball?", True, False)
    with pytest.raises(PippinError, match="no question"):
        board.toggle_me_too(asked.id, "bob")
    board.judge(asked.id, "shown")
    board.toggle_me_too(asked.id, "bob")
    board.toggle_me_too(asked.id, "ada")  # her own counts already
    assert board.read()[0].me_too == ("bob",)
    board.toggle_me_too(asked.id, "bob")
    assert board.read()[0].me_too == ()
    board.judge(asked.id, "hidden")
    assert not board.read()[0].is_visible("bob")
    assert board.read(1) == []


def test_answers_are_approved_too_and_those_who_asked_say_it_is_solved(board: QueryBoard) -> None:
    asked = board.ask(1, "ada", "Why?", approved=True)
    board.reply(asked.id, "bob", "Because it is round.")
    board.reply(asked.id, "teacher", "Try it.", approved=True)
    assert [one.state for one in board.read()[0].replies] == ["new", "shown"]
    board.judge(asked.id, "shown", 1)
    with pytest.raises(PippinError, match="no answer 9"):
        board.judge(asked.id, "shown", 9)
    with pytest.raises(PippinError, match="say whether"):
        board.solve(asked.id, "bob")
    board.solve(asked.id, "ada")
    assert board.read()[0].is_solved
    board.solve(asked.id, None)  # the teacher opens it again
    assert not board.read()[0].is_solved
    with pytest.raises(PippinError, match="no question"):
        board.remove(asked.id, "bob")
    board.remove(asked.id, "ada")
    assert board.read() == []


def test_who_is_gone_leaves_nothing(board: QueryBoard, tmp_path: Path) -> None:
    for author in ("ada", "bob"):
        board.ask(1, author, f"A question of {author}", approved=True)
    board.toggle_me_too(2, "ada")
    board.reply(2, "ada", "An answer of ada")
    board.forget_authors(lambda name: name == "ada")
    (query,) = board.read()
    assert (query.author, query.me_too, query.replies) == ("bob", (), ())
    assert b"ada" not in (tmp_path / "queries.json").read_bytes()


@pytest.mark.parametrize("text", ["", "   ", "x" * (MAX_LETTERS + 1), "red \x1b[31m", "left \u202e right", "\x00"])
def test_texts_that_are_none_are_refused(board: QueryBoard, text: str) -> None:
    with pytest.raises(PippinError):
        board.ask(1, "ada", text)
    assert board.read() == []


@given(st.text(max_size=600))
def test_a_text_is_stored_as_it_is_or_refused(text: str) -> None:
    try:
        found = read_text(text)
    except PippinError:
        return
    assert found == text.strip()
    assert 1 <= len(found) <= MAX_LETTERS


def test_one_reader_fills_no_board(board: QueryBoard) -> None:
    for number in range(MAX_OF_ONE):
        board.ask(1, "ada", f"Question {number}")
    with pytest.raises(PippinError, match="already"):
        board.ask(1, "ada", "one more")
    board.ask(1, "bob", "mine")


def test_questions_at_the_same_time_are_all_kept(board: QueryBoard) -> None:
    threads = [threading.Thread(target=board.ask, args=(1, f"pupil {n}", f"Question {n}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.id for one in board.read()) == list(range(1, 9))


def test_a_notebook_is_kept_in_the_terminal_and_goes_with_all_that_is_yours() -> None:
    shown = learn("3", ask="Is roundness enough?").show(width=100)
    assert "Your questions" in shown
    assert "Is roundness enough?" in shown
    assert "Your ideas" in learn("14", ask="Coins in a jar").show(width=100)
    notebook = private_notebook(Workspace())
    assert [(one.page, one.author) for one in notebook.read()] == [(3, SELF), (14, SELF)]
    with pytest.raises(PippinError, match="Name the page"):
        learn(ask="where?")
    from pippin.verbs.erase import erase_everything

    erase_everything(yes=True)
    assert notebook.read() == []
