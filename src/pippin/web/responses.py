"""Responses: JSON that encodes any text, and refusals as JSON or as a small page."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pippin.web.plain_page import plain_page

# Pages to print, which run nothing; slides, whose own policy names the one script they run.
PRINTED = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "no-store"}
SLIDES = {
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:",
    "Cache-Control": "no-store",
}


class SafeJSONResponse(JSONResponse):
    """JSON in which text that is not Unicode (a lone surrogate) is written as an escape instead of failing."""

    def render(self, content: Any) -> bytes:
        """Return the bytes of a JSON value."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


def refusal(
    status: int, message: str, headers: dict[str, str] | None = None, request: Request | None = None, **page: Any
) -> Response:
    """Return one sentence, as a page where a person's browser asks for one, else as JSON.

    `page` holds arguments of `plain_page`, such as the field for a token.
    """
    if request is not None and wants_page(request):
        return plain_page(status, message, headers, **page)
    return SafeJSONResponse({"error": {"message": message}}, status, headers)


def wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page to show."""
    if request.method not in ("GET", "HEAD") or request.url.path.startswith("/v1/"):
        return request.headers.get("sec-fetch-dest", "") == "document"
    return "text/html" in request.headers.get("accept", "")
