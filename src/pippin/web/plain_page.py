"""A page of one sentence that needs no other file: for people without the token, and for unknown addresses."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.responses import Response

TITLES = {401: "Pippin asks for a token", 403: "Not open here", 404: "No such page", 429: "A moment, please"}
STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#fafbf6, #12150f); color: light-dark(#1b2116, #e8ecdf); }
main { width: min(26rem, 100vw - 2rem); padding: 1.5rem; box-sizing: border-box; border-radius: .9rem;
  background: light-dark(#fff, #1a1f15); border: 1px solid light-dark(#d9dfd0, #363f2d); }
.brand { margin: 0; font-weight: 680; color: light-dark(#3c7413, #a5d36b); }
h1 { margin: .5rem 0; font-size: 1.5rem; line-height: 1.2; }
form { display: grid; gap: .75rem; margin-top: 1.25rem; }
label { font-weight: 560; }
input { font: inherit; padding: .5rem .75rem; border: 1px solid light-dark(#7d8a70, #7f8d70); border-radius: .5rem;
  background: none; color: inherit; }
button { font: inherit; font-weight: 560; justify-self: start; padding: .55rem 1.1rem; border: 0; border-radius: 2rem;
  background: light-dark(#3c7413, #a5d36b); color: light-dark(#fff, #14200a); cursor: pointer; }
a { color: light-dark(#3c7413, #a5d36b); }
:focus-visible { outline: 2px solid light-dark(#3c7413, #a5d36b); outline-offset: 2px; }
"""
HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def plain_page(
    status: int, message: str, headers: dict[str, str] | None = None, *, ask_at: str = "", home: bool = False
) -> Response:
    """Return the page; with a field for the token that leads to the path `ask_at`, or with a link home."""
    title = TITLES.get(status, "Pippin")
    below = _field(ask_at) if ask_at else '<p><a href="/">All applications</a></p>' if home else ""
    body = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} – Pippin</title><style>{STYLE}</style></head>
<body><main><p class="brand">Pippin</p><h1>{escape(title)}</h1><p>{escape(message)}</p>{below}</main></body></html>
"""
    own = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", **(headers or {})}
    return Response(body.encode("utf-8", "replace"), status, own, "text/html; charset=utf-8")


def _field(place: str) -> str:
    return (
        f'<form method="get" action="{escape(place)}"><label for="token">Token</label>'
        '<input id="token" name="token" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" '
        "required autofocus><button>Come in</button></form>"
    )
