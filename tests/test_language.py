"""The project's language: the field's words, verbs for functions; rules: docs/contributing/names-and-prose.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORDS = re.compile(r"\b(anew|whoever|whatever|nobody|somebody|ails|lest|of late|by lot)\b", re.IGNORECASE)
# Articles, question words, prepositions, pronouns, numerals and nouns that began docstrings of functions.
NOT_A_VERB = re.compile(
    "[^A-Z]|(A|After|All|Among|An|Another|Answers|As|At|Because|Before|Both|By|Each|Every|Everything|Examples|First|For|"
    "From|How|If|In|Into|It|Its|Lines|Names|No|Nothing|Notes|Of|On|One|Only|Other|Pairs|Rows|Sentences|Several|Some|"
    "Something|That|The|Their|There|These|This|Those|Two|Up|Values|What|When|Where|Whether|Which|Who|Whose|Why|With|"
    r"Without|Words)\b"
)
PARTICIPLES = {"told", "said", "kept", "found", "made", "begun", "drawn", "seen", "given"}
TYPESCRIPT_FUNCTION = re.compile(r"\bfunction (\w+)|\bconst (\w+) = (?:async )?\([^)?.]*\)(?:: [^=]+)? =>")
# The child's dialogue, the studio's home page and the lesson keep their warm voice.
WARM = ("docs/recognize.ipynb", "studio/src/pages/Home.svelte", "src/pippin/lessons/deep-learning/")
TEXTS = [
    path
    for pattern in ("src/**/*.py", "src/**/*.md", "studio/src/**/*.*", "docs/**/*.md", "*.md")
    for path in sorted(ROOT.glob(pattern))
    if path.suffix in {".py", ".md", ".ts", ".svelte", ".css", ".html"}
    and path.name != "CHANGELOG.md"
    and not path.relative_to(ROOT).as_posix().startswith(WARM)
]


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that a module itself names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def test_texts_avoid_private_words() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {word.group()}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (word := WORDS.search(line))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", ["tests", "benchmarks", "docs"])
def test_docstrings_avoid_private_words(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {word.group()}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if (word := WORDS.search(node.value.value))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks"])
def test_identifiers_are_the_terms_of_the_field(folder: str) -> None:
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {
            (node.lineno, node.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        bad = {(line, name) for line, name in functions if name.lstrip("_") in PARTICIPLES}
        bad |= {
            (line, name)
            for line, name in identifiers(tree)
            if "picture" in name.lower() or re.match(r"_?(MOST|LEAST)_", name)
        }
        found += [f"{path.relative_to(ROOT)}:{line}: {name}" for line, name in sorted(bad)]
    assert not found, "\n".join(found)


def test_docstrings_of_functions_begin_with_a_verb() -> None:
    found = []
    for path in sorted((ROOT / "src/pippin").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_property(node):
                text = ast.get_docstring(node) or "Return"
                if NOT_A_VERB.match(text):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}: {text.splitlines()[0]}")
    assert not found, "\n".join(found)


def is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell a property, which is named and described by a noun."""
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def test_functions_of_the_pages_are_named_by_verbs() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path in TEXTS
        if path.suffix in {".ts", ".svelte"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in TYPESCRIPT_FUNCTION.finditer(line)
        for name in match.groups()
        if name in PARTICIPLES
    ]
    assert not found, "\n".join(found)
