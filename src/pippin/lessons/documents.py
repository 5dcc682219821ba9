"""HTML files that stand alone: no other file, no other host, nothing runs but a script that is named by its hash."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from pippin.lessons.markdown import Block, to_html

PRINT = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 46rem; padding: 2rem; color: #1b2116; background: #fff;
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2 { line-height: 1.2; color: #2e5c0f; } h2 { margin-top: 1.6em; break-after: avoid; }
table { width: 100%; border-collapse: collapse; } th, td { padding: .3rem .5rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid #d9dfd0; } td:last-child, th:last-child { text-align: right; white-space: nowrap; }
pre { padding: .6rem; background: #eff3e8; white-space: pre-wrap; } code { font-family: ui-monospace, monospace; }
.line { border-bottom: 1px solid #1b2116; height: 2.5rem; } .small { font-size: .85rem; color: #4b5745; }
@page { margin: 18mm; } @media print { body { padding: 0; } }
"""


def document(title: str, language: str, style: str, body: str, script: str = "") -> str:
    """Return a page that loads nothing; `body` is HTML. A script may run where it is given."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"; script-src 'sha256-{digest}'" if script else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:{allowed}"
    tail = f"\n<script>{script}</script>" if script else ""
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<style>{style}</style></head>\n<body>\n{body}{tail}\n</body></html>\n"
    )


def block_to_html(block: Block) -> str:
    """Return a heading, paragraph, list or code as HTML, everything escaped."""
    if block.kind == "heading":
        return f"<h2>{to_html(block.lines[0])}</h2>"
    if block.kind == "list":
        return "<ul>" + "".join(f"<li>{to_html(line)}</li>" for line in block.lines) + "</ul>"
    if block.kind == "text":
        return f"<p>{to_html(block.lines[0])}</p>"
    return f"<pre>{escape(block.text)}</pre>"
