"""Code lines by room (no blanks, comments, docstrings): raising a budget needs a reason in the commit."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

import pippin

ROOT = Path(pippin.__file__).parent
BUDGETS = {
    "core": 3_600,
    "verbs": 4_680,
    "lessons": 2_050,
    "curves": 815,
    "engines": 750,
    "tuning": 385,
    "conformance": 565,
    "web": 4_880,
    "learn": 8_260,
    "": 380,
}
NOT_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@pytest.mark.parametrize("room", BUDGETS)
def test_each_room_keeps_its_budget(room: str) -> None:
    files = (ROOT / room).rglob("*.py") if room else ROOT.glob("*.py")
    assert 0 < sum(map(count_code_lines, files)) <= BUDGETS[room]


def count_code_lines(path: Path) -> int:
    """Lines that hold code; a string that stands by itself is documentation."""
    source = path.read_text(encoding="utf-8")
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)]
    documentation = {
        line
        for text in texts
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
        for line in range(text.lineno, (text.end_lineno or text.lineno) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for token in tokens if token.type not in NOT_CODE for line in range(token.start[0], token.end[0] + 1)}
    return len(code - documentation)
