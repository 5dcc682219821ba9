"""What stands before every request: who may ask, from where, how often and how much; and headers on every answer."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE, VISITOR = "pippin-token", "pippin-visitor"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}
MEBIBYTE = 1 << 20


class TooMuch(Exception):
    """A body is larger than allowed."""


@dataclass(frozen=True)
class Rules:
    """What is allowed: `token` where one is asked for, `names` the server answers to, sizes in bytes, rates a second.

    `shared` gives each visitor a workspace of their own, kept until they did not come for so many `days` (0: forever).
    """

    token: str = ""
    names: frozenset[str] = frozenset({"localhost"})
    shared: bool = False
    secure: bool = False
    largest: int = 256 * MEBIBYTE
    rate: float = 30.0
    burst: float = 150.0
    days: int = 30


@dataclass
class Allowance:
    """How many requests each caller may make: so many a second, and some at once."""

    rate: float
    burst: float
    left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, caller: str) -> bool:
        """Whether the caller may make one more now."""
        now = time.monotonic()
        amount, last = self.left.get(caller, (self.burst, now))
        amount = min(self.burst, amount + (now - last) * self.rate)
        if len(self.left) > 10_000:
            self.left.clear()
        self.left[caller] = (max(0.0, amount - 1), now)
        return amount >= 1


class Guard:
    """The outermost layer: refuses what is not allowed, and turns whatever goes wrong within into a sentence."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app, self.rules = app, rules
        self.each = Allowance(rules.rate, rules.burst)
        self.all = Allowance(rules.rate * 60, rules.burst * 60)
        self.attempts = Allowance(0.2, 10)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; websockets are none of ours."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request, began, ended = Request(scope), False, False

        async def sending(message: Message) -> None:
            nonlocal began, ended
            if message["type"] == "http.response.start":
                began = True
                message = {**message, "headers": _headers(message["headers"], visitor, self.rules)}
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)

        visitor = _visitor(request) if self.rules.shared else ""
        scope["visitor"] = visitor
        try:
            refused = self._refused(request)
            await (refused or self._within)(scope, _limited(request, receive, self.rules.largest), sending)
        except Exception as problem:
            if began and not ended:  # the answer is under way; it can only be cut off
                raise
            if not began:
                await failure(problem)(scope, receive, sending)

    async def _within(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        host, caller = request.headers.get("host", ""), request.client.host if request.client else ""
        if not self._ours(host):
            return refusal(421, "This address is not one that Pippin answers to.")
        if request.method not in ("GET", "HEAD"):
            if not _same_origin(request, host):
                return refusal(403, "This request comes from another site; a program sends the header X-Pippin: 1.")
        elif request.headers.get("sec-fetch-site") == "cross-site" and request.url.path.startswith("/v1"):
            return refusal(403, "This request comes from another site.")
        if not (self.each.take(f"{caller} {request.cookies.get(VISITOR, '')}") and self.all.take(caller)):
            return refusal(429, "Too many requests at once; wait a moment.", {"Retry-After": "1"})
        return self._without_token(request, caller) if self.rules.token else None

    def _ours(self, host: str) -> bool:
        """A name we were given, or a bare address: what rebinds a name of its own to this machine is neither."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower()
        if name in self.rules.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or bool(self.rules.token)

    def _without_token(self, request: Request, caller: str) -> Response | None:
        given = request.cookies.get(COOKIE, "")
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        offered = parse_qs(request.url.query).get("token", [""])[0]
        if scheme.lower() == "bearer":
            given = bearer
        if not (given or offered):
            return refusal(401, "Pippin asks for its token here: open the address that it printed, or scan its code.")
        if not self.attempts.left.get(caller, (1.0, 0))[0] >= 1 and not self.attempts.take(caller):
            return refusal(429, "Too many wrong tokens; wait a minute.", {"Retry-After": "60"})
        if offered and _equal(offered, self.rules.token) and request.method == "GET":
            answer = RedirectResponse(request.url.path, 303)
            secure = self.rules.secure
            answer.set_cookie(COOKIE, self.rules.token, httponly=True, samesite="lax", secure=secure)
            return answer
        if not _equal(given, self.rules.token):
            self.attempts.take(caller)
            return refusal(401, "This token is not the one that Pippin printed.")
        return None


def own_names(host: str) -> frozenset[str]:
    """The names this machine goes by when it is reached from others."""
    name = socket.gethostname().lower()
    return frozenset({"localhost", name, name.partition(".")[0], f"{name.partition('.')[0]}.local", host.lower()})


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An answer that is one sentence."""
    return JSONResponse({"error": {"message": message}}, status, headers)


def _same_origin(request: Request, host: str) -> bool:
    """From our own page, or from a program: a form of another site can send neither our origin nor our header."""
    origin = request.headers.get("origin")
    if origin is not None:
        return origin in (f"http://{host}", f"https://{host}")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    return request.headers.get("x-pippin") == "1" or "authorization" in request.headers


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _visitor(request: Request) -> str:
    """The visitor's name for themselves; a fresh one where they bring none that we gave."""
    given = request.cookies.get(VISITOR, "")
    fine = len(given) == 32 and all(letter in "0123456789abcdef" for letter in given)
    return given if fine else secrets.token_hex(16)


def _headers(raw: list[tuple[bytes, bytes]], visitor: str, rules: Rules) -> list[tuple[bytes, bytes]]:
    there = {name.lower() for name, _ in raw}
    added = [
        (name.lower().encode(), value.encode()) for name, value in HEADERS.items() if name.lower().encode() not in there
    ]
    if visitor:
        secure = "; Secure" if rules.secure else ""
        lasts = 86400 * (rules.days or 400)  # no browser keeps one for longer than 400 days
        cookie = f"{VISITOR}={visitor}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Lax{secure}"
        added.append((b"set-cookie", cookie.encode()))
    return [*raw, *added]


def _limited(request: Request, receive: Receive, largest: int) -> Receive:
    """`receive` that ends where a body is larger than allowed, whatever its header says."""
    said = Headers(scope=request.scope).get("content-length", "0")
    got = 0

    async def receiving() -> Message:
        nonlocal got
        if said.isdigit() and int(said) > largest:
            raise TooMuch
        message = await receive()
        got += len(message.get("body", b""))
        if got > largest:
            raise TooMuch
        return message

    return receiving


def failure(problem: Exception) -> Response:
    """What a visitor is told of what nobody foresaw: a number, under which the terminal tells the rest."""
    if isinstance(problem, TooMuch):
        return refusal(413, "That is more than Pippin takes at once.", {"Connection": "close"})
    name = secrets.token_hex(4)
    print(f"Problem {name}:", "".join(traceback.format_exception(problem)), file=sys.stderr, sep="\n")
    message = f"Something went wrong inside Pippin; its terminal tells more under {name}."
    return JSONResponse({"error": {"message": message, "id": name}}, 500)
