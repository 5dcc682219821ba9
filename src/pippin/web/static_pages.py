"""The built pages: one page for every path, and its scripts and styles."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

from pippin.core.errors import PippinError

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"  # the names of built files change with their content
# Models run in workers of the pages, and only there may WebAssembly be compiled.
WORKER = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


def serve(app: FastAPI) -> None:
    """Serve the pages' files; every path that is no file is the one page, which knows what to show."""

    @app.get("/assets/{name}")
    async def asset(name: str) -> Response:
        path = STATIC / "assets" / name
        if "/" in name or "\\" in name or name.startswith(".") or not path.is_file():
            raise HTTPException(404)
        return _static(path, FOREVER, WORKER if ".worker-" in name else "")

    @app.get("/licences.txt")
    async def licences() -> Response:
        if not (STATIC / "licences.txt").exists():
            raise PippinError("The pages are not built; run `make studio`.")
        return FileResponse(STATIC / "licences.txt", media_type="text/plain; charset=utf-8")

    @app.get("/{place:path}")
    async def page(place: str) -> Response:
        if place.startswith(("v1/", "assets/")) or place == "v1" or "." in place:
            raise HTTPException(404)
        return index()


def index() -> Response:
    """Return the one page, which knows what to show at its address."""
    if not (STATIC / "index.html").exists():
        raise PippinError("The pages are not built; run `make studio`.")
    return _static(STATIC / "index.html", "no-cache")


def _static(path: Path, lasting: str, policy: str = "") -> Response:
    """Return a file; under a policy of its own where one is named, else under that of all answers."""
    types = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
    media_type = types.get(path.suffix, "application/octet-stream")
    headers = {"Cache-Control": lasting, **({"Content-Security-Policy": policy} if policy else {})}
    return FileResponse(path, media_type=media_type, headers=headers)
