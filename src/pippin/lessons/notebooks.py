"""The pages as notebooks: their text, and the lines of Python that do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pippin.core.files import write_bytes
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.lessons.lesson import LETTERS, Page
from pippin.lessons.progress import Progress


def write_notebooks(progress: Progress, folder: Path) -> Report:
    """Write each page as a notebook into a folder."""
    rows = []
    for page in progress.lesson.pages:
        path = folder / f"{page.name}.ipynb"
        content = json.dumps(notebook(page), indent=1, ensure_ascii=False) + "\n"
        write_bytes(path, content.encode())
        rows.append((page.number, page.title, str(path)))
    return Report(
        title=f"{progress.lesson.title}: {len(rows)} notebooks",
        tables=(Table(("page", "title", "file"), tuple(rows)),),
        payload={"lesson": progress.lesson.name, "files": [row[2] for row in rows]},
        next=f"jupyter lab {folder}",
    )


def notebook(page: Page) -> dict[str, Any]:
    """Return a page in the notebook format 4.5."""
    cells = [{**cell, "id": f"cell-{at}"} for at, cell in enumerate(_cells(page))]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _cells(page: Page) -> Iterator[dict[str, Any]]:
    yield _text(f"# {page.number}. {page.title}")
    tasks = {task.line: task for task in page.tasks}
    quizzes = {quiz.line: quiz for quiz in page.quizzes}
    for block in page.blocks:
        if block.kind == "python":
            yield {"cell_type": "code", "metadata": {}, "source": block.text, "outputs": [], "execution_count": None}
        elif block.kind == "task":
            yield _text(f"**Task ({tasks[block.line].xp} XP).** {tasks[block.line].text}")
        elif block.kind == "quiz":
            quiz = quizzes[block.line]
            choices = "\n".join(f"- {letter}) {text}" for letter, text in zip(LETTERS, quiz.choices, strict=False))
            yield _text(f"**Question ({quiz.xp} XP).** {quiz.question}\n\n{choices}")
        elif block.kind == "heading":
            yield _text(f"{'#' * block.level} {block.lines[0]}")
        elif block.kind == "list":
            yield _text("\n".join(f"- {line}" for line in block.lines))
        elif block.kind == "text":
            yield _text(block.lines[0])
        elif block.kind != "slide":
            yield _text(f"```{'' if block.kind == 'text-code' else block.kind}\n{block.text}\n```")


def _text(words: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": words}
