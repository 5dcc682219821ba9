"""The slides of a lesson: one HTML file that needs no other, moved through by the arrow keys, printed as pages."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from pippin.core.files import write_bytes
from pippin.core.report.report import Report
from pippin.lessons.markdown import Block, to_html
from pippin.lessons.progress import Progress
from pippin.lessons.terminal import slides_of

STYLE = """
html { scroll-snap-type: y mandatory; }
body { margin: 0; font: clamp(1.2rem, 2.6vw, 2.2rem)/1.4 system-ui, sans-serif; color: #1d2a1f; background: #fbfaf6; }
section { min-height: 100vh; box-sizing: border-box; padding: 8vh 9vw; scroll-snap-align: start; break-after: page;
  display: flex; flex-direction: column; justify-content: center; }
h1, h2 { color: #2e6b34; line-height: 1.15; margin: 0 0 .6em; }
li { margin: .4em 0; } code, pre { font-family: ui-monospace, monospace; background: #eeece2; padding: 0 .2em; }
pre { padding: .6em; white-space: pre-wrap; } footer { margin-top: auto; font-size: .6em; color: #5c6a5e; }
"""


def document(title: str, language: str, style: str, body: str) -> str:
    """Return a page that may load and run nothing; `body` is HTML."""
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{style}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def write_slides(progress: Progress, folder: Path) -> Report:
    """Write the slides as `slides.html` into a folder, with the numbers of this workspace."""
    lesson = progress.lesson
    sections = list(_sections(progress))
    path = folder / "slides.html"
    write_bytes(path, document(lesson.title, lesson.language, STYLE, "\n".join(sections)).encode())
    return Report(
        title=f"{lesson.title}: {len(sections)} slides",
        summary=f"Written to {path}; a browser shows it, Page Down moves on, printing makes pages.",
        payload={"lesson": lesson.name, "slides": len(sections), "files": [str(path)]},
    )


def _sections(progress: Progress) -> Iterator[str]:
    lesson = progress.lesson
    done = f"{progress.total} of {lesson.xp} XP on this machine so far."
    yield f"<section><h1>{escape(lesson.title)}</h1><p>{len(lesson.pages)} pages. {done}</p></section>"
    for page in lesson.pages:
        for blocks in slides_of(page):
            body = "\n".join(map(block_to_html, blocks))
            yield f"<section>{body}<footer>{page.number}. {escape(page.title)}</footer></section>"


def block_to_html(block: Block) -> str:
    """Return a heading, paragraph, list or code as HTML, everything escaped."""
    if block.kind == "heading":
        return f"<h2>{to_html(block.lines[0])}</h2>"
    if block.kind == "list":
        return "<ul>" + "".join(f"<li>{to_html(line)}</li>" for line in block.lines) + "</ul>"
    if block.kind == "text":
        return f"<p>{to_html(block.lines[0])}</p>"
    return f"<pre>{escape(block.text)}</pre>"
