"""Lines for a terminal that ask this service for an answer, as `curl` takes them."""

from __future__ import annotations

import json
import shlex
from typing import Any

from starlette.requests import Request

from pippin.core.application import Application
from pippin.verbs.describe import FILES, samples
from pippin.web.identity import VISITOR
from pippin.web.server_settings import ServerSettings

EXAMPLE = {"image": "photo.jpg", "audio": "sound.wav", "video": "clip.mp4"}


def api_lines(app: Application, request: Request, rules: ServerSettings) -> dict[str, Any]:
    """Return lines with the visitor's own token and workspace, where the service has such.

    `sample` can be run as it is; `own` reads a file of one's own, where the application reads files.
    """
    address = f"{request.url.scheme}://{request.headers['host']}/v1/{app.name}/predict"
    access = ["curl", *(["--insecure"] if rules.secure else []), "-H", "X-Pippin: 1"]
    if rules.token:
        access += ["-H", f"Authorization: Bearer {rules.token}"]
    if visitor := request.cookies.get(VISITOR, ""):
        access += ["-b", f"{VISITOR}={visitor}"]
    first = (samples(app) or [{}])[0]
    given = {"sample": 0} if app.input in FILES else first.get("value")
    values = ["-H", "Content-Type: application/json", "-d", json.dumps({"inputs": [given]}, ensure_ascii=False)]
    own = [*access, "-F", f"inputs=@{EXAMPLE[app.input]}", address] if app.input in FILES else None
    return {
        "sample": shlex.join([*access, *values, address]),
        "own": shlex.join(own) if own else None,
        "file": EXAMPLE.get(app.input),
        "secret": bool(rules.token),
        "self_signed": rules.secure,
    }
