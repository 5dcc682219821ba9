"""The chat in the terminal, line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pippin.apps.symptoms.chat.state import (
    UNKNOWN,
    UNKNOWN_WORDS,
    YES_WORDS,
    ChatState,
    merge,
    read_answer,
    with_answer,
)
from pippin.apps.symptoms.chat.step import BEFORE, step
from pippin.apps.symptoms.commands.step import understand
from pippin.apps.symptoms.knowledge.structure import SCALE, SEVERAL, YES_NO
from pippin.apps.symptoms.patients.rows import read_age, read_sex
from pippin.apps.symptoms.predictions import NOTICE
from pippin.apps.symptoms.text.crisis import HELP, is_crisis
from pippin.core.context import Context
from pippin.core.errors import PippinError

USAGE = "Answer with yes, no, ? (do not know), a number or words; /why, /change NUMBER, /rank, /quit."
N_OPTIONS = 12
QUIT = ("/quit", "/q", "quit", "exit")


class TerminalChat:
    """Reads lines, keeps the answers, and writes them down after each by `save`."""

    def __init__(self, context: Context, state: ChatState, save: Callable[[ChatState], None]) -> None:
        self.learner, self.state, self.save = context.learner(), state, save
        self.payload: dict[str, Any] = {}
        self.said: tuple[str, ...] = ()  # red flags that were shown

    def run(self, text: str, *, asks_profile: bool) -> dict[str, Any]:
        """Ask until the answers suffice or end; returns the last step."""
        say(NOTICE, BEFORE, USAGE)
        try:
            if asks_profile:
                self._ask_profile()
            self._take_text(text or self._prompt("What is wrong? In your words, or Enter for questions"))
            while self._ask_next():
                pass
        except EOFError:
            say("The input ended.")
        except _CrisisError:
            return {"crisis": HELP}
        return self._step()

    def _step(self) -> dict[str, Any]:
        self.payload = step(self.learner, self.state, list(self.state.flags))
        keys = tuple(one["key"] for one in self.payload["flags"])
        new = [one for one in self.payload["flags"] if one["key"] not in self.said]
        self.said = keys
        if keys != self.state.flags:
            self.state = replace(self.state, flags=keys)
            self.save(self.state)
        say(*(f"!! {one['text']}" for one in new))
        return self.payload

    def _prompt(self, question: str) -> str:
        """Return the next line; EOFError at the end or at /quit."""
        print(f"{question}\n> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line or line.strip().lower() in QUIT:
            raise EOFError
        if is_crisis(line):
            raise _CrisisError
        return line.strip()

    def _ask_profile(self) -> None:
        """Ask age, sex and past illnesses once; each may stay empty."""
        self.state.age = self._until_valid(
            "How old are you? (Enter: not told)", lambda line: read_age(line, "Your answer")
        )
        self.state.sex = self._until_valid("Sex, F or M? (Enter: not told)", lambda line: read_sex(line, "Your answer"))
        self._take_text(self._prompt("Past illnesses, medicines, habits? In your words (Enter: none told)"))

    def _until_valid(self, question: str, read: Callable[[str], Any]) -> Any:
        while True:
            try:
                return read(self._prompt(question))
            except PippinError as problem:
                say(problem.message)

    def _take_text(self, text: str) -> None:
        """Take what a text says, each after a yes."""
        if is_crisis(text):
            raise _CrisisError
        try:
            found = understand(text) if text else []
        except PippinError as problem:
            say(problem.message)
            return
        for one in found:
            if self._is_yes(f"Understood: {one['name']} ({one['quote']!r}). Right?"):
                self.state = merge(self.state, {one["code"]: tuple(one["options"])})
                self.save(self.state)

    def _is_yes(self, question: str) -> bool:
        while True:
            line = self._prompt(question).lower()
            if YES_WORDS.get(line) or line in UNKNOWN_WORDS:
                return YES_WORDS.get(line) == "yes"
            say("Answer yes or no.")

    def _ask_next(self) -> bool:
        """Ask the next question; False where there is none."""
        following = self._step()["next"]
        if following is None:
            say(self.payload["stopped"])
            return False
        self._take_line(following, self._prompt(_shown(following)))
        return True

    def _take_line(self, following: dict[str, Any], line: str) -> None:
        if line == "/why":
            say(following["why"])
        elif line == "/rank":
            say(*_ranking(self.payload), *self.payload["notes"])
        elif line.startswith("/change"):
            self._change(line.removeprefix("/change").strip())
        else:
            self._answer(following, line)

    def _answer(self, following: dict[str, Any], line: str) -> None:
        try:
            options = parse_line(following, line)
        except PippinError as problem:
            say(problem.message)
            return
        self.state = with_answer(self.state, following["code"], options)
        self.save(self.state)

    def _change(self, number: str) -> None:
        """Forget an answer, so that its question is asked again."""
        answered = self.payload["answered"]
        if not number.isdigit() or not 1 <= int(number) <= len(answered):
            say(*(f"{index}. {one['text']}" for index, one in enumerate(answered, 1)), "/change NUMBER of these.")
            return
        one = answered[int(number) - 1]
        self._answer(one, self._prompt(f"{one['question']} (it was: {one['text']})"))


class _CrisisError(Exception):
    """The person may be in danger: help lines, and no ranking."""


def _ranking(payload: dict[str, Any]) -> list[str]:
    lines = [f"{one['probability']:.2f}  {one['name']}" for one in payload["ranked"]]
    return lines if payload["none"] is None else [*lines, f"{payload['none']:.2f}  none of these"]


def _shown(following: dict[str, Any]) -> str:
    asked = [following["why"], following["question"]]
    if following["kind"] in (YES_NO, SCALE):
        return "\n".join(asked)
    options = [f"{number}. {one['name']}" for number, one in enumerate(following["options"][:N_OPTIONS], 1)]
    several = "several with commas; others in words" if following["kind"] == SEVERAL else "one of these"
    return "\n".join([*asked, *options, f"({several}; ? do not know)"])


def parse_line(following: dict[str, Any], line: str) -> tuple[str, ...]:
    """Return the options a line chooses: codes, numbers of the options shown, or words of their names."""
    if line.lower() in UNKNOWN_WORDS:
        return (UNKNOWN,)
    options = following.get("options")
    if not line or following.get("kind", YES_NO) in (YES_NO, SCALE) or not options or isinstance(options[0], str):
        return read_answer(following["code"], line)
    chosen = [_choose(options, part.strip()) for part in line.split(",") if part.strip()]
    return read_answer(following["code"], chosen)


def _choose(options: list[dict[str, str]], part: str) -> str:
    if part.isdigit() and 1 <= int(part) <= min(N_OPTIONS, len(options)):
        return options[int(part) - 1]["code"]
    matches = [one["code"] for one in options if part.lower() in one["name"].lower()]
    return matches[0] if matches else part


def say(*lines: str) -> None:
    """Print lines of the chat; standard output stays for the report."""
    print(*lines, sep="\n", file=sys.stderr, flush=True)
