"""ASGI layers of `pippin serve`: a limit of what is in work, a pace for bodies, refusals in the protocol's form."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pippin.web.responses import refusal
from pippin.web.serving.json_log import JsonLog
from pippin.web.serving.metrics import Metrics

PACE_SECONDS = 5.0  # in which a body must bring PACE_BYTES; the connection itself is closed after ten
PACE_BYTES = 5 * 1024
LINGER_SECONDS = 5.0  # for which the rest of a refused body is read, so that its sender sees the answer
RECORD = "pippin.record"  # key of the scope: what the log tells of a request


class BodyTooSlow(Exception):
    """A body came more slowly than allowed."""


async def refuse_slow_body(request: Request, problem: Exception) -> Response:
    """Answer who sends too slowly."""
    pace = f"less than {PACE_BYTES} bytes in {PACE_SECONDS:g} seconds"
    return refusal(408, f"The body came too slowly, {pace}; send it again.", {"Connection": "close"})


class Admission:
    """Lets a limited number of requests with a body in; the others are told when to come again."""

    def __init__(self, app: ASGIApp, most: int, expected_wait: Callable[[], int], metrics: Metrics) -> None:
        self.app, self.most, self.expected_wait, self.metrics = app, most, expected_wait, metrics
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        if self.inside >= self.most:
            message = f"{self.most} requests are in work here, which is all it takes; come again in a moment."
            await refusal(503, message, {"Retry-After": str(self.expected_wait())})(scope, receive, send)
            return
        self.inside += 1
        self.metrics.inside.inc()
        try:
            await self.app(scope, _paced(receive), send)
        finally:
            self.inside -= 1
            self.metrics.inside.dec()


def _paced(receive: Receive) -> Receive:
    """Return a `receive` that ends a body which comes too slowly."""
    began, amount, ended = time.monotonic(), 0, False

    async def receiving() -> Message:
        nonlocal began, amount, ended
        if ended:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), PACE_SECONDS)
        except TimeoutError:
            raise BodyTooSlow from None
        amount += len(message.get("body", b""))
        ended = not message.get("more_body", False)
        if not ended and time.monotonic() - began > PACE_SECONDS:
            if amount < PACE_BYTES:
                raise BodyTooSlow
            began, amount = time.monotonic(), 0
        return message

    return receiving


class Frontier:
    """The outermost layer: counts and logs each request, and gives refusals the form that the protocol has."""

    def __init__(self, app: ASGIApp, log: JsonLog, metrics: Metrics) -> None:
        self.app, self.log, self.metrics = app, log, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        record: dict[str, Any] = {"application": None, "command": "other"}
        scope[RECORD] = record
        began = time.monotonic()
        try:
            await self.app(scope, exchange.receive, exchange.send)
        finally:
            seconds = time.monotonic() - began
            self.metrics.count(record["application"] or "", record["command"], exchange.status, seconds)
            if exchange.is_logged:
                sizes = {"bytes_in": exchange.read, "bytes_out": exchange.written}
                self.log("request", **record, status=exchange.status, seconds=round(seconds, 4), **sizes)


class _Exchange:
    """One request and its response on their way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.is_protocol = scope["path"].startswith("/v2")
        self.is_logged = not scope["path"].startswith(("/v2/health", "/metrics"))  # asked for every few seconds
        self.status, self.read, self.written = 0, 0, 0
        self._has_body = scope["method"] not in ("GET", "HEAD")
        self._held: Message | None = None  # the start of a refusal whose body is written in another form

    async def receive(self) -> Message:
        """Receive, and note how much came and whether it was all."""
        message = await self._receive()
        self.read += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._has_body = False
        return message

    async def send(self, message: Message) -> None:
        """Send, rewriting refusals and waiting for the rest of a body that was refused."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.is_protocol and self.status >= 400:
                self._held = message
                return
        elif message["type"] == "http.response.body":
            if self._held is not None:
                message = await self._rewrite(self._held, message)
            self.written += len(message.get("body", b""))
            if not message.get("more_body", False) and self._has_body and self.status >= 400:
                await self._linger(message)
                return
        await self._send(message)

    async def _rewrite(self, start: Message, message: Message) -> Message:
        self._held = None
        body = json.dumps({"error": _sentence(message.get("body", b""), self.status)}).encode()
        headers = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"content-type")]
        headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        await self._send({**start, "headers": headers})
        return {**message, "body": body}

    async def _linger(self, message: Message) -> None:
        """Send a refusal, and read what its sender still sends, before the connection may be closed."""
        await self._send({**message, "more_body": True})
        if self.status != 408:
            try:
                async with asyncio.timeout(LINGER_SECONDS):
                    while self._has_body:
                        await self.receive()
            except TimeoutError:
                pass
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _sentence(body: bytes, status: int) -> str:
    """Return the sentence of a refusal, in whichever form it is."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return f"The request was refused with the status {status}."
    return str(error["message"] if isinstance(error, dict) else error)
